import { describe, expect, it } from 'vitest';
import { summarise } from '../../lib/dataset/statistics.ts';

describe('summarising numbers', () => {
  it('leaves NaN out and interpolates quantiles', () => {
    const values = Float64Array.of(4, Number.NaN, 1, 3, 2, Number.NaN);

    const { distinct, summary } = summarise(values);

    expect(distinct).toBe(4);
    expect(summary).toMatchObject({ min: 1, max: 4, mean: 2.5 });
    expect(summary?.std).toBeCloseTo(Math.sqrt(5 / 3), 15);
    expect(summary?.quantiles[4]).toBe(2.5);
    expect(summary?.quantiles[3]).toBe(1.75);
  });

  it('has nothing to say about no numbers', () => {
    const result = summarise(Float64Array.of(Number.NaN));

    expect(result).toEqual({ distinct: 0, summary: null });
  });

  it('puts a single value into the first bin and gives it no deviation', () => {
    const { summary } = summarise(Float64Array.of(5));

    expect(summary).toMatchObject({ min: 5, max: 5, mean: 5, std: null });
    expect(summary?.histogram).toEqual([1, ...Array(19).fill(0)]);
  });

  it('keeps the mean of large numbers with a small spread exact', () => {
    const values = Float64Array.from({ length: 100_000 }, (_, index) => 1e15 + (index % 2));

    const { summary } = summarise(values);

    expect(summary?.mean).toBe(1e15 + 0.5);
    expect(summary?.std).toBeCloseTo(0.5, 4);
  });

  it('does not overflow at the ends of the range of doubles', () => {
    const { summary } = summarise(Float64Array.of(-1.7e308, 1.7e308, 1.7e308, 1.7e308));

    expect(summary?.mean).toBe(0.85e308);
    expect(summary?.std).toBeNull();
    expect(summary?.histogram).toEqual([1, ...Array(18).fill(0), 3]);
    expect(summary?.quantiles.every(Number.isFinite)).toBe(true);
  });
});
