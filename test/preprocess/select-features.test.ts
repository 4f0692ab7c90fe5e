import { describe, expect, it } from 'vitest';
import { type ColumnInfo, selectFeatures } from '../../lib/preprocess/index.ts';

const columns: readonly ColumnInfo[] = [
  { name: 'id', type: 'identifier' },
  { name: 'age', type: 'numeric' },
  { name: 'sex', type: 'category' },
  { name: 'visit', type: 'datetime', format: '%d.%m.%Y' },
  { name: 'notes', type: 'text' },
  { name: 'country', type: 'constant' },
  { name: 'weight', type: 'numeric' },
  { name: 'smoker', type: 'boolean' },
  { name: 'photo', type: 'image' },
  { name: 'disease', type: 'category' },
];

describe('selectFeatures', () => {
  it('numbers each tensor on its own, in the order of the data, without the target', () => {
    const { features } = selectFeatures(columns, { target: 'disease' });

    expect(features).toEqual([
      { name: 'age', type: 'numeric', input: 'numeric', index: 0 },
      { name: 'sex', type: 'category', input: 'text', index: 0 },
      { name: 'visit', type: 'datetime', input: 'text', index: 1, format: '%d.%m.%Y' },
      { name: 'notes', type: 'text', input: 'text', index: 2 },
      { name: 'weight', type: 'numeric', input: 'numeric', index: 1 },
      { name: 'smoker', type: 'boolean', input: 'text', index: 3 },
      { name: 'photo', type: 'image', input: 'image', index: 0 },
    ]);
  });

  it('says why a column is left out, and how to use it all the same', () => {
    const { leftOut } = selectFeatures(columns, { target: 'disease', exclude: ['sex'] });

    expect(leftOut.map(({ column, code }) => [column, code])).toEqual([
      ['id', 'identifier'],
      ['sex', 'excluded'],
      ['country', 'constant'],
    ]);
    expect(leftOut[0]!.message).toContain('features.types');
  });

  it('takes only what is included, and of that not what is excluded', () => {
    const wishes = { target: 'disease', include: ['sex', 'weight', 'age'], exclude: ['age'] };

    const { features } = selectFeatures(columns, wishes);

    expect(features.map(({ name, index }) => [name, index])).toEqual([
      ['sex', 0],
      ['weight', 0],
    ]);
  });

  it.each([
    ['a wish for an unknown column', { exclude: ['aeg'] }, 'unknown_column', 'features.exclude'],
    ['the target as a feature', { include: ['disease'] }, 'target_as_feature', 'features.include'],
    ['no usable column', { include: ['id', 'country'] }, 'no_features', 'features'],
  ])('bad call: refuses %s', (_case, wishes, code, param) => {
    const select = () => selectFeatures(columns, { target: 'disease', ...wishes });

    expect(select).toThrow(expect.objectContaining({ code, param }));
  });
});
