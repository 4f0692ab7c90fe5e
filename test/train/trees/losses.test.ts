import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Matrix } from '../../../lib/core/index.ts';
import {
  boostingScores,
  closeTreeWorkers,
  emitBoosting,
  fitBoosting,
  fitForest,
  predictForest,
  type TreeTarget,
} from '../../../lib/train/trees/index.ts';
import { weightedQuantile } from '../../../lib/train/trees/quantile.ts';
import { largestDifference, matrixOf, runEmitted } from './helpers.ts';

interface Reference {
  readonly train: number;
  readonly x: readonly (number | null)[];
  readonly numbers: readonly number[];
  readonly counts: readonly number[];
  readonly classes: readonly number[];
  readonly poissonDeviance: number;
  readonly pinball: Readonly<Record<string, number>>;
  readonly signs: readonly number[];
  readonly monotone: readonly number[];
  readonly extraTrees: { readonly logLoss: number; readonly r2: number };
}

const reference = JSON.parse(
  readFileSync(new URL('./fixtures/losses.json', import.meta.url), 'utf8'),
) as Reference;
const { train } = reference;
const columns = 6;
const trainRows = matrixOf({ columns, x: reference.x.slice(0, train * columns) });
const testRows = matrixOf({ columns, x: reference.x.slice(train * columns) });
const numbers = (values: readonly number[]): TreeTarget => ({
  task: 'regression',
  values: values.slice(0, train),
});
const shared = { seed: 3, iterations: 40 } as const;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const pinball = (quantile: number, actual: readonly number[], predicted: ArrayLike<number>): number =>
  mean(
    actual.map((value, row) => {
      const residual = value - predicted[row]!;
      return Math.max(quantile * residual, (quantile - 1) * residual);
    }),
  );

const deviance = (actual: readonly number[], means: ArrayLike<number>): number =>
  2 *
  mean(
    actual.map((value, row) => (value > 0 ? value * Math.log(value / means[row]!) : 0) - value + means[row]!),
  );

afterAll(closeTreeWorkers);

describe('boosting on counts', () => {
  it('has the Poisson deviance of scikit-learn on other rows, with any number of threads', async () => {
    const target = numbers(reference.counts);

    const one = await fitBoosting(trainRows, target, { ...shared, loss: { kind: 'poisson' }, threads: 1 });
    const two = await fitBoosting(trainRows, target, { ...shared, loss: { kind: 'poisson' }, threads: 2 });

    const means = boostingScores(one, testRows).map(Math.exp);
    expect(deviance(reference.counts.slice(train), means)).toBeLessThan(reference.poissonDeviance * 1.01);
    expect(boostingScores(two, testRows)).toEqual(boostingScores(one, testRows));
  });

  it('writes a graph that answers the mean, and whose score is its logarithm', async () => {
    const boosting = await fitBoosting(trainRows, numbers(reference.counts), {
      ...shared,
      loss: { kind: 'poisson' },
    });

    const { data: answers } = await runEmitted(
      testRows,
      (builder, x) => emitBoosting(builder, x, boosting).answer,
    );

    const means = boostingScores(boosting, testRows).map(Math.exp);
    expect(largestDifference(answers, means)).toBeLessThan(1e-4);
  });

  it('does not overshoot where a few large counts are in one leaf', async () => {
    const x: Matrix = { rows: 200, columns: 1, data: Float32Array.from({ length: 200 }, (_, row) => row) };
    const values = Array.from({ length: 200 }, (_, row) => (row < 30 ? 1000 : 0.01));

    const fitted = await fitBoosting(
      x,
      { task: 'regression', values },
      { seed: 1, loss: { kind: 'poisson' }, learningRate: 1, iterations: 30 },
    );

    const means = boostingScores(fitted, x).map(Math.exp);
    expect(means[0]).toBeGreaterThan(990);
    expect(means[0]).toBeLessThan(1010);
  });

  it('bad call: refuses negative values, and nothing but zeros', async () => {
    const options = { ...shared, loss: { kind: 'poisson' } } as const;

    await expect(
      fitBoosting(trainRows, numbers(reference.counts.with(4, -1)), options),
    ).rejects.toMatchObject({ param: 'loss', message: expect.stringContaining('row 4') });
    await expect(
      fitBoosting(trainRows, numbers(reference.counts.map(() => 0)), options),
    ).rejects.toMatchObject({ param: 'loss' });
  });
});

describe('boosting of quantiles', () => {
  it.each([0.1, 0.5, 0.9])('has the pinball loss of scikit-learn at %d on other rows', async (quantile) => {
    const loss = { kind: 'quantile', quantile } as const;

    const one = await fitBoosting(trainRows, numbers(reference.numbers), { ...shared, loss, threads: 1 });
    const two = await fitBoosting(trainRows, numbers(reference.numbers), { ...shared, loss, threads: 2 });

    const scores = boostingScores(one, testRows);
    const found = pinball(quantile, reference.numbers.slice(train), scores);
    expect(found).toBeLessThan(reference.pinball[quantile]! * 1.03);
    expect(boostingScores(two, testRows)).toEqual(scores);
  });

  it('bad call: refuses a quantile that is none', async () => {
    const loss = { kind: 'quantile', quantile: 1 } as const;

    await expect(
      fitBoosting(trainRows, numbers(reference.numbers), { ...shared, loss }),
    ).rejects.toMatchObject({ param: 'quantile' });
  });
});

describe('boosting under rules', () => {
  it('answers as scikit-learn with the same rules', async () => {
    const fitted = await fitBoosting(trainRows, numbers(reference.numbers), {
      ...shared,
      iterations: 5,
      monotone: reference.signs,
    });

    expect(largestDifference(boostingScores(fitted, testRows), reference.monotone)).toBeLessThan(1e-5);
  });

  it('never falls where it must rise, nor rises where it must fall', async () => {
    const fitted = await fitBoosting(trainRows, numbers(reference.numbers), {
      ...shared,
      monotone: reference.signs,
    });

    for (const [column, sign] of reference.signs.entries()) {
      if (sign === 0) continue;
      for (let row = 0; row < 40; row += 1) {
        const steps = 60;
        const data = new Float32Array(steps * columns);
        for (let step = 0; step < steps; step += 1) {
          data.set(testRows.data.subarray(row * columns, (row + 1) * columns), step * columns);
          data[step * columns + column] = step / 10 - 0.5;
        }
        const scores = boostingScores(fitted, { rows: steps, columns, data });
        for (let step = 1; step < steps; step += 1) {
          expect(sign * (scores[step]! - scores[step - 1]!)).toBeGreaterThanOrEqual(0);
        }
      }
    }
  });

  it('bad call: refuses signs that are none, too few of them, and three classes', async () => {
    const target = numbers(reference.numbers);
    const labels = reference.classes.slice(0, train);

    await expect(
      fitBoosting(trainRows, target, { ...shared, monotone: [2, 0, 0, 0, 0, 0] }),
    ).rejects.toMatchObject({ param: 'monotone' });
    await expect(fitBoosting(trainRows, target, { ...shared, monotone: [1] })).rejects.toMatchObject({
      param: 'monotone',
    });
    await expect(
      fitBoosting(
        trainRows,
        { task: 'classification', classes: 3, labels },
        { ...shared, monotone: [1, 0, 0, 0, 0, 0] },
      ),
    ).rejects.toMatchObject({ param: 'monotone' });
  });
});

describe('trees with drawn thresholds', () => {
  const options = { trees: 50, minSamplesLeaf: 3, bootstrap: false, thresholds: 'random' } as const;

  it('score as well as scikit-learn’s over five seeds', async () => {
    const labels = reference.classes.slice(0, train);
    const losses: number[] = [];
    const errors: number[] = [];
    const actual = reference.numbers.slice(train);
    const centre = mean(actual);
    const spread = mean(actual.map((value) => (value - centre) ** 2));

    for (let seed = 0; seed < 5; seed += 1) {
      const classifier = await fitForest(
        trainRows,
        { task: 'classification', classes: 3, labels },
        { ...options, seed },
      );
      const shares = predictForest(classifier, testRows);
      losses.push(
        mean(
          reference.classes.slice(train).map((label, row) => -Math.log(shares[3 * row + label]! || 1e-15)),
        ),
      );
      const values = predictForest(
        await fitForest(trainRows, numbers(reference.numbers), { ...options, seed }),
        testRows,
      );
      errors.push(mean(actual.map((value, row) => (value - values[row]!) ** 2)));
    }

    expect(mean(losses)).toBeLessThan(reference.extraTrees.logLoss + 0.01);
    expect(1 - mean(errors) / spread).toBeGreaterThan(reference.extraTrees.r2 - 0.01);
  });

  it('differ from tree to tree though all see the same rows', async () => {
    const forest = await fitForest(trainRows, numbers(reference.numbers), {
      ...options,
      seed: 1,
      trees: 2,
      maxFeatures: columns,
    });

    expect(forest.trees[0]!.threshold).not.toEqual(forest.trees[1]!.threshold);
  });
});

describe('quantiles of weighted values', () => {
  it('are the smallest values that enough weight does not exceed', () => {
    const values = Float64Array.of(3, 1, 2);

    expect(weightedQuantile(values, Float64Array.of(1, 1, 1), 0.5)).toBe(2);
    expect(weightedQuantile(values, Float64Array.of(1, 1, 1), 1 / 3)).toBe(1);
    expect(weightedQuantile(values, Float64Array.of(10, 1, 1), 0.5)).toBe(3);
    expect(weightedQuantile(values, Float64Array.of(0, 1, 0), 0.99)).toBe(1);
  });
});
