import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { timeBlockFolds } from '../../lib/dataset/split.ts';

describe('blocks of time', () => {
  const oracle: Record<string, { train: number; test: [number, number] }[]> = JSON.parse(
    readFileSync('test/dataset/fixtures/time-blocks.json', 'utf8'),
  );

  it.each(Object.keys(oracle).map(Number))(
    "are those of scikit-learn's KFold for %i rows in order",
    (rows) => {
      const times = Float64Array.from({ length: rows }, (_, row) => row);

      const folds = timeBlockFolds(times, 5);

      expect(folds.map(({ train, test }) => ({ train: train.length, test: [test[0], test.at(-1)] }))).toEqual(
        oracle[rows],
      );
    },
  );

  it('put rows in order first, equal times in the order of the file, the first blocks a row longer if need be', () => {
    const times = ['2007', '2001', '2002', '2006', '2002', '2004', '2003'];

    const folds = timeBlockFolds(times, 3);

    expect(folds).toEqual([
      { train: Uint32Array.of(6, 5, 3, 0), test: Uint32Array.of(1, 2, 4) },
      { train: Uint32Array.of(1, 2, 4, 3, 0), test: Uint32Array.of(6, 5) },
      { train: Uint32Array.of(1, 2, 4, 6, 5), test: Uint32Array.of(3, 0) },
    ]);
  });

  it('bad call: a row without a time, or too few rows', () => {
    expect(() => timeBlockFolds(['2001', null, '2002'], 2)).toThrow('Row 2 has no time');
    expect(() => timeBlockFolds(Float64Array.of(1, Number.NaN, 2), 2)).toThrow('Row 2 has no time');
    expect(() => timeBlockFolds(['2001', '2002'], 3)).toThrow('at least 3 rows; there are 2');
  });
});
