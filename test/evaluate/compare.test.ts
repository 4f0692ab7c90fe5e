import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';
import { compareModels, type RegressionAnswers } from '../../lib/evaluate/index.ts';

const rows = 200;

/** Answers of a regression with errors of the given size on the same rows each time. */
function answers(spread: number, seed: number): RegressionAnswers {
  const target = createRandom(1);
  const noise = createRandom(seed);
  const actual = Float64Array.from({ length: rows }, () => 10 + target.normal());
  return { actual, predicted: actual.map((value) => value + spread * noise.normal()) };
}

describe('comparing two models', () => {
  it.each([
    ['a smaller error is better', 0.5, 1, 'better'],
    ['a larger error is worse', 1, 0.5, 'worse'],
    ['errors of one size are indistinguishable', 0.8, 0.8, 'indistinguishable'],
  ])('%s', (_title, candidate, champion, verdict) => {
    const result = compareModels({
      metric: 'rmse',
      candidate: answers(candidate, 2),
      champion: answers(champion, 3),
      seed: 4,
    });

    expect(result.verdict).toBe(verdict);
    expect(result.low!).toBeLessThan(result.high!);
    expect(Math.abs(result.difference! - (candidate - champion))).toBeLessThan(0.15);
  });

  it('reads the direction of the metric: a higher R2 is better', () => {
    const [candidate, champion] = [answers(0.3, 2), answers(0.9, 3)];

    const result = compareModels({ metric: 'r2', candidate, champion, seed: 4 });

    expect(result.verdict).toBe('better');
    expect(result.difference!).toBeGreaterThan(0);
  });

  it('sees a small but steady gain that unpaired intervals would hide', () => {
    const champion = answers(1, 2);
    const predicted = Float64Array.from(champion.actual, (actual, row) => {
      return actual + 0.97 * (champion.predicted[row]! - actual);
    });

    const result = compareModels({
      metric: 'rmse',
      candidate: { ...champion, predicted },
      champion,
      seed: 4,
    });

    expect(result.verdict).toBe('better');
  });

  it('of a model with itself finds no difference', () => {
    const same = answers(1, 2);

    const result = compareModels({ metric: 'mae', candidate: same, champion: same, seed: 4 });

    expect(result).toEqual({ difference: 0, low: 0, high: 0, verdict: 'indistinguishable' });
  });

  it('cannot tell by a metric that is undefined for the rows', () => {
    const probabilities = Float64Array.of(0.4, 0.6, 0.1, 0.9);
    const same = { actual: [1, 1], probabilities, classes: 2 };

    const result = compareModels({ metric: 'auc', candidate: same, champion: same, seed: 4 });

    expect(result).toEqual({ difference: null, low: null, high: null, verdict: 'indistinguishable' });
  });

  it('bad call: answers to different rows', () => {
    const candidate = { actual: [1, 2], predicted: [1, 2] };
    const champion = { actual: [1, 3], predicted: [1, 2] };

    expect(() => compareModels({ metric: 'mae', candidate, champion, seed: 1 })).toThrow('Row 1 is 2');
  });

  it('bad call: a metric of the other task', () => {
    const same = { actual: [1, 2], predicted: [1, 2] };

    expect(() => compareModels({ metric: 'auc', candidate: same, champion: same, seed: 1 })).toThrow(
      'other task',
    );
  });
});
