import { describe, expect, it } from 'vitest';
import type { TargetSpec } from '../../lib/contracts/index.ts';
import type { Table } from '../../lib/dataset/index.ts';
import { readTarget } from '../../lib/train/index.ts';

const tableOf = (texts: readonly (string | null)[]): Table => ({
  rows: texts.length,
  columns: [{ name: 'y', type: 'category', values: texts }],
});
const repeat = (...texts: (string | null)[]): (string | null)[] =>
  Array.from({ length: 20 }, () => texts).flat();
const classesOf = (texts: readonly (string | null)[], spec: Partial<TargetSpec> = {}): readonly string[] => {
  const { target } = readTarget(tableOf(texts), { dataset: 'd', target: 'y', ...spec }, 'category');
  if (target.task !== 'classification') throw new Error('The target was read as numbers.');
  return target.classes;
};

describe('reading the target', () => {
  it('renames only what is named, even a class called like what every object inherits', () => {
    const texts = repeat('constructor', 'toString', 'b');

    const named = classesOf(texts, { relabel: { b: 'B' } });
    const others = classesOf(texts, { relabel: { b: 'B', '*': 'other' } });

    expect([named, others]).toEqual([
      ['B', 'constructor', 'toString'],
      ['B', 'other'],
    ]);
  });

  it('takes many whole numbers for classes if the spec calls the column a category', () => {
    const grades = Array.from({ length: 100 }, (_, row) => String(row % 25));

    const { target } = readTarget(tableOf(grades), { dataset: 'd', target: 'y' }, 'numeric');
    const classes = classesOf(grades, { features: { types: { y: 'category' } } });

    expect(target.task).toBe('regression');
    expect(classes).toHaveLength(25);
  });

  it.each([
    { learner: 'ridge' },
    { learner: 'boosting', parameters: { loss: 'poisson' } },
    { learner: 'network', parameters: { loss: 'huber' } },
  ] as const)('takes few whole numbers for numbers if nothing else can be learnt by %j', (more) => {
    const counts = Array.from({ length: 100 }, (_, row) => String(row % 5));

    const { target } = readTarget(tableOf(counts), { dataset: 'd', target: 'y', ...more }, 'numeric');

    expect(target.task).toBe('regression');
    expect(classesOf(counts)).toHaveLength(5);
  });

  it('orders classes the same whatever the order of the rows: numbers by size, then texts', () => {
    const labels = ['2', '10', '1x', '-1', 'a'];

    const forwards = classesOf(repeat(...labels));
    const backwards = classesOf(repeat(...labels.toReversed()));

    expect(forwards).toEqual(['-1', '2', '10', '1x', 'a']);
    expect(backwards).toEqual(forwards);
  });

  it('takes classes as they are, with quotes, line breaks and dots', () => {
    expect(classesOf(repeat('a"b', 'c\nd', 'e.f', '__proto__'))).toEqual(['__proto__', 'a"b', 'c\nd', 'e.f']);
  });

  it('leaves out rows without a target, and texts that are no number in a numeric one', () => {
    const texts = repeat('1.5', null, 'n/a', '-0', '1e38');

    const { target, rows } = readTarget(tableOf(texts), { dataset: 'd', target: 'y' }, 'numeric');

    expect(rows).toHaveLength(60);
    expect(target).toMatchObject({ task: 'regression' });
    expect(Array.from(rows.slice(0, 3))).toEqual([0, 3, 4]);
  });

  it('bad call: refuses numbers that no float32 answer can be', () => {
    const read = (): unknown =>
      readTarget(tableOf(repeat('1.5', '2e300')), { dataset: 'd', target: 'y' }, 'numeric');

    expect(read).toThrow('Row 2 of the target column "y" is 2e+300; at most 1e+38 can be answered.');
  });
});
