import { describe, expect, it } from 'vitest';
import { encode, fitted, numbers, rowsOf, tableOf } from './tables.ts';

describe('numeric columns for linear models', () => {
  it('fills with the median, scales to unit variance, and marks what was missing', async () => {
    const table = tableOf(numbers('age', [1, 2, 3, null, 10]), numbers('weight', [5, 5, 5, 7, 3]));
    const preprocessor = fitted(table);

    const encoded = await encode(preprocessor, table);

    // Filled: 1, 2, 3, 2.5, 10 with mean 3.7 and variance 10.36; and mean 5 with variance 8 / 5.
    expect(preprocessor.outputNames).toEqual(['age', 'weight', 'age:missing']);
    expect(preprocessor.sourceOf).toEqual([0, 1, 0]);
    expect(encoded[3]![0]).toBeCloseTo((2.5 - 3.7) / Math.sqrt(10.36), 6);
    expect(encoded[3]![1]).toBeCloseTo(2 / Math.sqrt(1.6), 6);
    expect(encoded.map((row) => row[2])).toEqual([0, 0, 0, 1, 0]);
  });

  it('treats infinities, and numbers beyond float32, as missing, in training and afterwards', async () => {
    const extremes = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -2e38, null];
    const table = tableOf(numbers('x', [1, 2, 3, ...extremes]));
    const preprocessor = fitted(table);

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.features[0]).toMatchObject({ missing: 5 / 8, range: [1, 3] });
    expect(encoded.map((row) => row[1])).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
    expect(new Set(encoded.slice(3).map((row) => row[0]))).toEqual(new Set([0]));
  });

  it('stays finite however far a value lies from those of the training', async () => {
    const table = tableOf(numbers('x', [1e-30, 2e-30, 3e-30, 1e30, -1e30, 9e37]));
    const preprocessor = fitted(table, {}, { train: 3 });

    const encoded = await encode(preprocessor, table);

    expect(encoded.slice(3)).toEqual([[Math.fround(1e15)], [Math.fround(-1e15)], [Math.fround(1e15)]]);
  });

  it.each(['standard', 'min_max', 'robust'] as const)(
    'makes 0 of a constant column under %s scaling, whatever rounding does to its mean',
    async (scaling) => {
      const table = tableOf(numbers('x', Array(7).fill(0.1)), numbers('far', Array(7).fill(16_777_215)));

      const encoded = await encode(fitted(table, { scaling }), table);

      expect(encoded).toEqual(Array(7).fill([0, 0]));
    },
  );

  it('makes 0 of a column without any value, and takes a value there later', async () => {
    const table = tableOf(numbers('x', [null, null, null, 4]), numbers('y', [1, 2, 3, 4]));
    const preprocessor = fitted(table, { scaling: 'none' }, { train: 3 });

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.features[0]).toEqual({
      name: 'x',
      type: 'numeric',
      input: 'numeric',
      index: 0,
      missing: 1,
    });
    expect(encoded).toEqual([
      [0, 1, 1],
      [0, 2, 1],
      [0, 3, 1],
      [4, 4, 0],
    ]);
  });

  it('loses no more of a large offset than float32 input does', async () => {
    const offset = 1_700_000_000;
    const values = Array.from({ length: 200 }, (_, index) => offset + 128 * ((index * 37) % 200));
    const table = tableOf(numbers('seconds', values));

    const encoded = await encode(fitted(table), table);

    const mean = values.reduce((sum, value) => sum + value, 0) / 200;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200);
    const errors = encoded.map(([scaled], row) => Math.abs(scaled! - (values[row]! - mean) / spread));
    expect(Math.max(...errors)).toBeLessThanOrEqual(64 / spread + 1e-6);
  });
});

describe('numeric columns for trees', () => {
  it('keeps values as they are and missing ones as NaN', async () => {
    const table = tableOf(numbers('x', [0.1, null, Number.POSITIVE_INFINITY, -7]));
    const preprocessor = fitted(table, {}, { style: 'tree' });

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual(['x']);
    expect(encoded).toEqual([[Math.fround(0.1)], [Number.NaN], [Number.NaN], [-7]]);
  });

  it('fills with the median and marks for a learner that takes no NaN', async () => {
    const table = tableOf(numbers('x', [1, null, 3]));
    const preprocessor = fitted(table, {}, { style: 'tree', keepMissing: false });

    const encoded = await encode(preprocessor, table);

    expect(encoded).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
    ]);
  });

  it('scales what is there when a spec asks for it, and fills when it asks for that', async () => {
    const table = tableOf(numbers('x', [0, null, 4]));

    const scaled = await encode(fitted(table, { scaling: 'min_max' }, { style: 'tree' }), table);
    const filled = await encode(fitted(table, { numeric_missing: 'mean' }, { style: 'tree' }), table);

    expect(scaled).toEqual([[0], [Number.NaN], [1]]);
    expect(filled).toEqual([
      [0, 0],
      [2, 1],
      [4, 0],
    ]);
  });
});

describe('numeric_missing: drop_row', () => {
  const table = tableOf(numbers('x', [1, null, 3, 5, 100]), numbers('y', [null, 1, 1, 2, 2]));

  it('learns from complete rows alone, and fills with their median when asked for an answer', async () => {
    const preprocessor = fitted(table, { numeric_missing: 'drop_row', scaling: 'none' }, { train: 4 });

    const kept = preprocessor.keepRows(table, rowsOf(table));
    const encoded = await encode(preprocessor, table);

    expect([...kept]).toEqual([2, 3, 4]);
    expect(preprocessor.outputNames).toEqual(['x', 'y']);
    expect(encoded[1]).toEqual([4, 1]);
    expect(encoded[0]).toEqual([1, 1.5]);
  });

  it('keeps every row under any other choice', () => {
    const preprocessor = fitted(table);

    const kept = preprocessor.keepRows(table, rowsOf(table));

    expect(kept).toHaveLength(5);
  });

  it('bad call: refuses data in which no row is complete', () => {
    const fit = () => fitted(table, { numeric_missing: 'drop_row' }, { train: 2 });

    expect(fit).toThrow(
      expect.objectContaining({ code: 'no_rows_left', param: 'preprocess.numeric_missing' }),
    );
  });

  it('bad call: refuses a constant that float32 cannot hold', () => {
    const fit = () => fitted(table, { numeric_missing: 'constant', numeric_constant: 1e39 });

    expect(fit).toThrow(expect.objectContaining({ code: 'constant_too_large' }));
  });
});
