/** Random forests: single trees like scikit-learn's, the same forest whatever the number of threads. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import {
  closeTreeWorkers,
  emitForest,
  type ForestOptions,
  fitForest,
  predictForest,
  type TreeTarget,
} from '../../../lib/train/trees/index.ts';
import { type Case, classesOf, largestDifference, makeRows, matrixOf, runEmitted } from './helpers.ts';

const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL('./fixtures/decision-trees.json', import.meta.url), 'utf8'),
);
const oneTree = { seed: 1, trees: 1, bootstrap: false, maxDepth: 4, minSamplesLeaf: 15 };
const regression = (values: ArrayLike<number>): TreeTarget => ({ task: 'regression', values });
const classification = (labels: ArrayLike<number>, classes: number): TreeTarget => ({
  task: 'classification',
  labels,
  classes,
});

afterAll(closeTreeWorkers);

describe('against scikit-learn', () => {
  test.each<[string, number]>([
    ['regression', 0],
    ['missing', 0],
    ['missing-classes', 2],
    ['classification', 3],
    ['weighted', 3],
  ])('a single %s tree over all columns answers like DecisionTree', async (name, classes) => {
    const { columns, y, weights, expected, importances } = cases[name]!;
    const x = matrixOf(cases[name]!);
    const target = classes === 0 ? regression(y) : classification(y, classes);

    const forest = await fitForest(x, target, {
      ...oneTree,
      maxFeatures: columns,
      ...(weights && { weights }),
    });
    const answer = await runEmitted(x, (builder, features) => emitForest(builder, features, forest).answer);

    expect(answer.dims).toEqual(classes === 0 ? [y.length] : [y.length, classes]);
    expect(largestDifference(answer.data, expected)).toBeLessThan(1e-6);
    if (importances) expect(largestDifference(forest.importances, importances)).toBeLessThan(1e-9);
  });
});

describe('fitForest', () => {
  const { x, signal } = makeRows(10_000, 7, { missing: 0.1 });
  const fresh = makeRows(2000, 7, { seed: 2, missing: 0.1 });

  // So many rows that few trees of few nodes are worth three threads.
  const many = makeRows(100_000, 7, { missing: 0.1 });

  test.each([
    ['numbers', regression(many.signal), 4],
    ['three classes', classification(classesOf(many.signal, 3), 3), 13],
  ])('gives the same trees by one thread and by three for %s', async (_, target, trees) => {
    const options = { seed: 3, trees, maxDepth: 8 };

    const one = await fitForest(many.x, target, { ...options, threads: 1 });
    const three = await fitForest(many.x, target, { ...options, threads: 3 });

    expect(three).toEqual(one);
  });

  test('another seed gives another forest', async () => {
    const target = classification(classesOf(signal, 2), 2);

    const one = await fitForest(x, target, { seed: 1, trees: 2, maxDepth: 3 });
    const other = await fitForest(x, target, { seed: 2, trees: 2, maxDepth: 3 });

    expect(other.trees).not.toEqual(one.trees);
  });

  test.each([2, 3] as const)(
    'the exported graph gives the mean class shares of %i classes',
    async (classes) => {
      const target = classification(classesOf(signal, classes), classes);
      const forest = await fitForest(x, target, { seed: 1, trees: 20 });

      const answer = await runEmitted(
        fresh.x,
        (builder, features) => emitForest(builder, features, forest).answer,
      );

      expect(answer.dims).toEqual([fresh.x.rows, classes]);
      expect(largestDifference(answer.data, predictForest(forest, fresh.x))).toBeLessThan(1e-5);
    },
  );

  test('large targets lose no digits in the exported graph', async () => {
    const far = signal.map((value) => 1e6 + value);
    const forest = await fitForest(x, regression(far), { seed: 1, trees: 20, minSamplesLeaf: 5 });

    const answer = await runEmitted(
      fresh.x,
      (builder, features) => emitForest(builder, features, forest).answer,
    );

    // Half a unit in the last place of float32 at a million is 1/32.
    expect(largestDifference(answer.data, predictForest(forest, fresh.x))).toBeLessThan(1 / 16);
  });

  test('a leaf holds at least so many different rows, and depth is limited', async () => {
    const target = regression(signal);

    const { trees } = await fitForest(x, target, { seed: 1, trees: 3, minSamplesLeaf: 2000, maxDepth: 2 });

    expect(Math.max(...trees.map(({ feature }) => feature.length))).toBeLessThanOrEqual(7);
    const leaves = trees.flatMap(({ feature }) => [...feature].filter((column) => column < 0));
    expect(leaves.length).toBeLessThanOrEqual(9);
  });

  test('rows of weight 0 are not learned from', async () => {
    const labels = classesOf(signal, 2);
    const flipped = labels.map((label, row) => (row % 2 === 0 ? label : 1 - label));
    const weights = flipped.map((_, row) => (row % 2 === 0 ? 1 : 0));
    const options = { seed: 1, trees: 20, maxDepth: 6 };

    const forest = await fitForest(x, classification(flipped, 2), { ...options, weights });

    const fits = predictForest(forest, x).filter((_, place) => place % 2 === 1);
    const right = labels.filter((label, row) => label === Number(fits[row]! > 0.5)).length;
    expect(right / labels.length).toBeGreaterThan(0.8);
  });

  test('an abort ends the fit with its reason', async () => {
    const reason = new Error('enough');

    const fit = fitForest(x, regression(signal), { seed: 1, signal: AbortSignal.abort(reason) });

    await expect(fit).rejects.toBe(reason);
  });
});

describe('bad call: fitForest', () => {
  const { x, signal } = makeRows(30, 2);

  test.each<[string, Partial<ForestOptions>]>([
    ['trees must be at least 1, got 0', { trees: 0 }],
    ['maxFeatures must be a whole number, got 1.5', { maxFeatures: 1.5 }],
  ])('%s', async (message, options) => {
    const fit = fitForest(x, regression(signal), { seed: 1, ...options });

    await expect(fit).rejects.toThrow(message);
    await expect(fit).rejects.toMatchObject({ kind: 'invalid_request' });
  });
});
