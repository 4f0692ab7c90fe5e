import { describe, expect, it } from 'vitest';
import { packColumns } from '../../lib/preprocess/index.ts';
import { featuresOf, numbers, tableOf, texts } from './tables.ts';

const table = tableOf(
  numbers('age', [30, null, 50]),
  texts('sex', ['F', null, '']),
  numbers('weight', [60, 70, 80]),
  texts('visit', ['2024-05-06T00:00:00', null, '2024-05-07T10:11:12'], 'datetime'),
);

describe('packColumns', () => {
  it('packs numbers and texts row by row, missing values as NaN and empty text', () => {
    const packed = packColumns(table, featuresOf(table));

    expect(packed).toEqual({
      numeric: { type: 'float32', dims: [3, 2], data: Float32Array.of(30, 60, Number.NaN, 70, 50, 80) },
      text: {
        type: 'string',
        dims: [3, 2],
        data: ['F', '2024-05-06T00:00:00', '', '', '', '2024-05-07T10:11:12'],
      },
    });
  });

  it('takes chosen rows in the order asked for, repeats included', () => {
    const [age] = featuresOf(table);

    const packed = packColumns(table, [age!], Uint32Array.of(2, 0, 2));

    expect(packed).toEqual({
      numeric: { type: 'float32', dims: [3, 1], data: Float32Array.of(50, 30, 50) },
    });
  });

  it('follows the numbering of the columns, not the order in which they are listed', () => {
    const reversed = [...featuresOf(table)].reverse();

    const packed = packColumns(table, reversed, Uint32Array.of(0));

    expect([...(packed.numeric!.data as Float32Array)]).toEqual([30, 60]);
  });

  it.each([
    ['a column that is not there', { name: 'height', input: 'numeric', index: 0 }, 'unknown_column'],
    ['texts where numbers are due', { name: 'sex', input: 'numeric', index: 0 }, 'column_type'],
    ['numbers where texts are due', { name: 'age', input: 'text', index: 0 }, 'column_type'],
    ['a gap in the numbering', { name: 'age', input: 'numeric', index: 1 }, 'internal'],
  ] as const)('bad call: refuses %s', (_case, place, code) => {
    const pack = () => packColumns(table, [place]);

    expect(pack).toThrow(expect.objectContaining({ code }));
  });
});
