import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';
import {
  evaluateClassification,
  evaluateRegression,
  type MetricName,
  quantile,
  scoreClassification,
  scoreRegression,
} from '../../lib/evaluate/index.ts';
import oracle from './fixtures/metrics.json' with { type: 'json' };

/** A binary data set whose scores are informative: AUC is 0.76 for a shift of 1. */
function simulate(seed: number, rows: number): { actual: number[]; probabilities: Float64Array } {
  const random = createRandom(seed);
  const actual: number[] = [];
  const probabilities = new Float64Array(2 * rows);
  for (let row = 0; row < rows; row += 1) {
    const label = random.uniform() < 0.4 ? 1 : 0;
    const score = 1 / (1 + Math.exp(-(label - 0.5 + random.normal())));
    actual.push(label);
    probabilities.set([1 - score, score], 2 * row);
  }
  return { actual, probabilities };
}

describe('bootstrap intervals', () => {
  it.each(Object.entries(oracle.intervals))('of %s agree with those of SciPy', (name, [low, high]) => {
    const { actual, probabilities } = oracle.classification[0]!;
    const { actual: target, predicted } = oracle.regression[0]!;

    const table =
      name === 'rmse' || name === 'r2'
        ? evaluateRegression({ actual: target, predicted, seed: 5, resamples: 3000 })
        : evaluateClassification({
            actual,
            probabilities: Float64Array.from(probabilities),
            classes: 2,
            seed: 5,
            resamples: 3000,
          });

    // Both ends are random: with 3000 and 5000 resamples they wander by about 3 % of the width.
    const estimate = table[name as MetricName]!;
    const tolerance = 0.1 * (high! - low!);
    expect(Math.abs(estimate.low - low!)).toBeLessThan(tolerance);
    expect(Math.abs(estimate.high - high!)).toBeLessThan(tolerance);
  });

  it('hold the true value in about 95 of 100 data sets', () => {
    const truth = { auc: 0.7602499389065233, accuracy: expectedAccuracy() };
    const held = { auc: 0, accuracy: 0 };
    const sets = 300;

    for (let set = 0; set < sets; set += 1) {
      const table = evaluateClassification({
        ...simulate(1000 + set, 120),
        classes: 2,
        seed: set,
        resamples: 200,
      });
      for (const name of ['auc', 'accuracy'] as const) {
        if (table[name]!.low <= truth[name] && truth[name] <= table[name]!.high) held[name] += 1;
      }
    }

    for (const name of ['auc', 'accuracy'] as const) {
      expect(held[name] / sets).toBeGreaterThan(0.9);
      expect(held[name] / sets).toBeLessThan(0.985);
    }
  });

  it('repeat with the same seed and differ with another', () => {
    const answers = { ...simulate(1, 80), classes: 2, resamples: 50 };

    const tables = [7, 7, 8].map((seed) => evaluateClassification({ ...answers, seed }));

    expect(tables[1]).toEqual(tables[0]);
    expect(tables[2]!.auc!.low).not.toBe(tables[0]!.auc!.low);
  });

  it('shrink to the value when every row is right', () => {
    const probabilities = Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1);

    const { accuracy } = evaluateClassification({ actual: [0, 1, 0, 1], probabilities, classes: 2, seed: 1 });

    expect(accuracy).toEqual({ value: 1, low: 1, high: 1, baseline: 0.5 });
  });
});

/** P(score > 0.5 agrees with the label) of the simulation: Phi(0.5) for both classes. */
const expectedAccuracy = (): number => 0.6914624612740131;

describe('folds', () => {
  it('give the mean of the metric of each fold', () => {
    const { actual, probabilities } = simulate(3, 90);
    const folds = Uint8Array.from(actual, (_, row) => row % 3);

    const table = evaluateClassification({ actual, probabilities, classes: 2, seed: 1, folds });
    const single = [0, 1, 2].map((fold) => {
      const rows = actual.map((_, row) => row).filter((row) => folds[row] === fold);
      return evaluateClassification({
        actual: rows.map((row) => actual[row]!),
        probabilities: Float64Array.from(
          rows.flatMap((row) => [...probabilities.subarray(2 * row, 2 * row + 2)]),
        ),
        classes: 2,
        seed: 1,
      });
    });

    for (const name of ['auc', 'f1', 'log_loss', 'accuracy'] as const) {
      const mean = single.reduce((sum, part) => sum + part[name]!.value, 0) / 3;
      expect(table[name]!.value).toBeCloseTo(mean, 12);
    }
  });

  it('never let a row of one fold stand in for one of another', () => {
    // Within a fold all errors are equal, so a resample within folds cannot change anything.
    const folds = [0, 0, 0, 1, 1, 1];

    const { mae } = evaluateRegression({
      actual: [1, 2, 3, 4, 5, 6],
      predicted: [2, 3, 4, 9, 10, 11],
      seed: 1,
      folds,
    });

    expect(mae).toMatchObject({ value: 3, low: 3, high: 3 });
  });

  it('leave out a fold in which a metric is undefined', () => {
    const probabilities = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3);

    const table = evaluateClassification({
      actual: [0, 1, 0, 0],
      probabilities,
      classes: 2,
      seed: 1,
      folds: [0, 0, 1, 1],
    });

    expect(table.auc!.value).toBe(1);
  });
});

describe('baselines', () => {
  it('answer the largest class with the class shares', () => {
    const probabilities = Float64Array.of(0.6, 0.4, 0.3, 0.7, 0.8, 0.2, 0.9, 0.1);

    const table = evaluateClassification({ actual: [0, 1, 0, 0], probabilities, classes: 2, seed: 1 });

    expect(table.accuracy!.baseline).toBe(0.75);
    expect(table.auc!.baseline).toBe(0.5);
    expect(table.f1!.baseline).toBe(0);
    expect(table.average_precision!.baseline).toBe(0.25);
    expect(table.log_loss!.baseline).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 14);
  });

  it('take the class shares of the training rows when given', () => {
    const probabilities = Float64Array.of(0.6, 0.4, 0.3, 0.7);

    const table = evaluateClassification({
      actual: [0, 0],
      probabilities,
      classes: 2,
      seed: 1,
      priors: [0.2, 0.8],
    });

    expect(table.accuracy!.baseline).toBe(0);
    expect(table.log_loss!.baseline).toBeCloseTo(-Math.log(0.2), 14);
  });

  it('answer the mean of the target, or what the caller says', () => {
    const answers = { actual: [1, 2, 3, 6], predicted: [1, 2, 3, 5], seed: 1 };

    const mean = evaluateRegression(answers);
    const last = evaluateRegression({ ...answers, baselinePredictions: [1, 1, 2, 3] });

    expect(mean.r2!.baseline).toBe(0);
    expect(mean.mae!.baseline).toBe(1.5);
    expect(last.mae!.baseline).toBe(1.25);
  });
});

describe('scores without intervals', () => {
  it('are the values of the tables', () => {
    const { actual, probabilities } = oracle.classification[0]!;
    const answers = { actual, probabilities: Float64Array.from(probabilities), classes: 2 };
    const values = { actual: [1, 2, 4], predicted: [1, 3, 3] };

    const classes = evaluateClassification({ ...answers, seed: 1, resamples: 2 });
    const numbers = evaluateRegression({ ...values, seed: 1, resamples: 2 });

    for (const [name, value] of scoreClassification(answers)) expect(classes[name]!.value).toBe(value);
    for (const [name, value] of scoreRegression(values)) expect(numbers[name]!.value).toBe(value);
    expect([scoreClassification(answers).size, scoreRegression(values).size]).toEqual([11, 5]);
  });
});

describe('a metric that is undefined', () => {
  it('is left out of the table', () => {
    const table = evaluateClassification({
      actual: [1, 1],
      probabilities: Float64Array.of(0.1, 0.9, 0.4, 0.6),
      classes: 2,
      seed: 1,
    });

    expect(table.auc).toBeUndefined();
    expect(table.accuracy!.value).toBe(1);
  });
});

describe('quantile', () => {
  it('interpolates between order statistics', () => {
    expect(quantile(Float64Array.of(1, 2, 4, 8), 0.5)).toBe(3);
    expect(quantile(Float64Array.of(1, 2, 4, 8), 1)).toBe(8);
    expect(quantile(new Float64Array(0), 0.5)).toBeUndefined();
  });
});

describe('bad call', () => {
  const probabilities = Float64Array.of(0.5, 0.5);
  it.each([
    [
      'no rows',
      () => evaluateClassification({ actual: [], probabilities: new Float64Array(0), classes: 2, seed: 1 }),
      'no rows',
    ],
    [
      'one class',
      () => evaluateClassification({ actual: [0], probabilities, classes: 1, seed: 1 }),
      'two classes',
    ],
    [
      'a positive class that is none',
      () => evaluateClassification({ actual: [0], probabilities, classes: 2, positive: 2, seed: 1 }),
      'positive class is 2',
    ],
    [
      'folds of other rows',
      () => evaluateClassification({ actual: [0], probabilities, classes: 2, folds: [0, 1], seed: 1 }),
      '2 fold numbers',
    ],
    [
      'priors of other classes',
      () => evaluateClassification({ actual: [0], probabilities, classes: 2, priors: [1], seed: 1 }),
      '1 prior',
    ],
    [
      'baseline of other rows',
      () => evaluateRegression({ actual: [0], predicted: [0], baselinePredictions: [], seed: 1 }),
      '0 predicted',
    ],
  ])('bad call: %s', (_title, call, message) => {
    expect(call).toThrow(message);
  });
});
