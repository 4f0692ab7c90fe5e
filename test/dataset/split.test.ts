import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Fold,
  groupedFolds,
  randomFolds,
  stratifiedFolds,
  timeBlockFolds,
  timeOrderedFolds,
} from '../../lib/dataset/index.ts';

const options = { folds: 5, seed: 7 };

/** Every row is tested once, and learnt from in all other folds. */
function expectPartition(folds: readonly Fold[], rows: number): void {
  const all = Array.from({ length: rows }, (_, row) => row);
  expect(folds.flatMap(({ test }) => [...test]).sort((left, right) => left - right)).toEqual(all);
  for (const { train, test } of folds) {
    expect([...train, ...test].sort((left, right) => left - right)).toEqual(all);
  }
}

describe('random folds', () => {
  it('part the rows into parts of nearly equal size, the same for the same seed', () => {
    const folds = randomFolds(103, options);

    const again = randomFolds(103, options);
    const other = randomFolds(103, { ...options, seed: 8 });

    expectPartition(folds, 103);
    expect(folds.map(({ test }) => test.length)).toEqual([21, 21, 21, 20, 20]);
    expect(again).toEqual(folds);
    expect(other).not.toEqual(folds);
  });

  it('bad call: fewer rows than folds', () => {
    expect(() => randomFolds(4, options)).toThrow('at least 5 rows; there are 4');
  });
});

describe('stratified folds', () => {
  it('give each class the same share in every fold and folds the same size', () => {
    const labels = Array.from({ length: 107 }, (_, row) =>
      row % 7 === 0 ? 'rare' : row % 3 === 0 ? 'some' : 'most',
    );

    const folds = stratifiedFolds(labels, options);

    expectPartition(folds, 107);
    for (const label of ['rare', 'some', 'most']) {
      const counts = folds.map(({ test }) => [...test].filter((row) => labels[row] === label).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    const sizes = folds.map(({ test }) => test.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });
});

describe('grouped folds', () => {
  it('never part a group and level the sizes', () => {
    const groups = Array.from({ length: 200 }, (_, row) => `g${(row * row) % 37}`);

    const folds = groupedFolds(groups, options);

    expectPartition(folds, 200);
    for (const { train, test } of folds) {
      const trained = new Set([...train].map((row) => groups[row]));
      expect([...test].some((row) => trained.has(groups[row] as string))).toBe(false);
    }
    const sizes = folds.map(({ test }) => test.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(15);
  });

  it('bad call: fewer groups than folds', () => {
    expect(() => groupedFolds(['a', 'a', 'b', 'c', 'd', 'd'], options)).toThrow(
      'at least 5 groups; there are 4',
    );
  });
});

describe('folds in order of time', () => {
  const oracle: Record<string, { train: number; test: [number, number] }[]> = JSON.parse(
    readFileSync('test/dataset/fixtures/time-series-split.json', 'utf8'),
  );

  it.each(Object.keys(oracle).map(Number))(
    "are those of scikit-learn's TimeSeriesSplit for %i rows",
    (rows) => {
      const times = Float64Array.from({ length: rows }, (_, row) => row);

      const folds = timeOrderedFolds(times, 5);

      expect(folds.map(({ train, test }) => ({ train: train.length, test: [test[0], test.at(-1)] }))).toEqual(
        oracle[rows],
      );
    },
  );

  it('put rows in order first, equal times in the order of the file', () => {
    const times = ['2003', '2001', '2002', '2001', '2005', '2004'];

    const folds = timeOrderedFolds(times, 2);

    expect(folds).toEqual([
      { train: Uint32Array.of(1, 3), test: Uint32Array.of(2, 0) },
      { train: Uint32Array.of(1, 3, 2, 0), test: Uint32Array.of(5, 4) },
    ]);
  });

  it('cut time into blocks that each are tested once, the first ones a row longer if need be', () => {
    const times = ['2007', '2001', '2002', '2006', '2005', '2004', '2003'];

    const folds = timeBlockFolds(times, 3);

    expect(folds).toEqual([
      { train: Uint32Array.of(5, 4, 3, 0), test: Uint32Array.of(1, 2, 6) },
      { train: Uint32Array.of(1, 2, 6, 3, 0), test: Uint32Array.of(5, 4) },
      { train: Uint32Array.of(1, 2, 6, 5, 4), test: Uint32Array.of(3, 0) },
    ]);
  });

  it('bad call: a row without a time, or too few rows', () => {
    expect(() => timeOrderedFolds(['2001', null, '2002'], 2)).toThrow('Row 2 has no time');
    expect(() => timeOrderedFolds(Float64Array.of(1, Number.NaN, 2), 2)).toThrow('Row 2 has no time');
    expect(() => timeOrderedFolds(['2001', '2002'], 2)).toThrow('at least 3 rows');
  });
});
