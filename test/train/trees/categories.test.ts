import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { ensembleScores } from '../../../lib/explain/ensemble-scores.ts';
import { readEnsemble } from '../../../lib/explain/read-ensemble.ts';
import { createGraphBuilder } from '../../../lib/onnx/index.ts';
import {
  type Boosting,
  type BoostingOptions,
  boostingScores,
  closeTreeWorkers,
  emitBoosting,
  fitBoosting,
  type TreeTarget,
} from '../../../lib/train/trees/index.ts';
import { largestDifference, matrixOf, runEmitted } from './helpers.ts';

interface Reference {
  readonly train: number;
  readonly categories: readonly number[];
  readonly x: readonly number[];
  readonly weights: readonly number[];
  readonly numbers: readonly number[];
  readonly classes: readonly number[];
  readonly values: readonly number[];
  readonly monotone: readonly number[];
  readonly twoClasses: readonly number[];
  readonly threeClasses: readonly number[];
}

const reference = JSON.parse(
  readFileSync(new URL('./fixtures/categories.json', import.meta.url), 'utf8'),
) as Reference;
const { train, categories, weights } = reference;
const columns = 3;
const trainRows = matrixOf({ columns, x: reference.x.slice(0, train * columns) });
const testRows = matrixOf({ columns, x: reference.x.slice(train * columns) });
const numbers: TreeTarget = { task: 'regression', values: reference.numbers.slice(0, train) };
const classes = (count: 2 | 3): TreeTarget => ({
  task: 'classification',
  classes: count,
  labels: reference.classes.slice(0, train).map((label) => Math.min(label, count - 1)),
});
const boost = (target: TreeTarget, options: Partial<BoostingOptions> = {}): Promise<Boosting> =>
  fitBoosting(trainRows, target, { seed: 1, iterations: 10, categories, weights, ...options });

afterAll(closeTreeWorkers);

describe('boosting with columns of categories', () => {
  it.each([
    ['values', numbers, reference.values],
    ['two classes', classes(2), reference.twoClasses],
    ['three classes', classes(3), reference.threeClasses],
  ] as const)('answers other rows as scikit-learn does (%s)', async (_, target, wanted) => {
    const boosting = await boost(target);

    const scores = boostingScores(boosting, testRows);

    expect(largestDifference(scores, wanted)).toBeLessThan(1e-5);
  });

  it('keeps to rules on how the answer changes with other columns, as scikit-learn does', async () => {
    const boosting = await boost(numbers, { monotone: [0, 1, 0] });

    expect(largestDifference(boostingScores(boosting, testRows), reference.monotone)).toBeLessThan(1e-5);
  });

  it('grows the same trees with any number of threads', async () => {
    // So many columns that they are worth two threads.
    const { rows, data } = trainRows;
    const wide = Float32Array.from(
      { length: rows * 120 },
      (_, at) => data[Math.floor(at / 120) * columns + (at % columns)]!,
    );
    const x = { rows, columns: 120, data: wide };
    const options = { seed: 1, iterations: 180, maxLeaves: 4, categories: [0, 2, 117, 119] };
    const one = await fitBoosting(x, numbers, { ...options, threads: 1 });
    const two = await fitBoosting(x, numbers, { ...options, threads: 2 });

    expect(two.trees).toEqual(one.trees);
  });

  it('writes a graph that answers the same, also for unknown, missing and never seen categories', async () => {
    const boosting = await boost(numbers);
    const rows = Array.from({ length: 300 }, (_, row) => [(row % 9) - 1, (row % 5) / 2 - 1, row - 1]).flat();
    const fresh = matrixOf({ columns, x: [...rows, Number.NaN, 0, Number.NaN] });

    const { data } = await runEmitted(
      fresh,
      (builder, features) => emitBoosting(builder, features, boosting).answer,
    );

    expect(largestDifference(data, boostingScores(boosting, fresh))).toBeLessThan(1e-5);
  });

  it('writes trees that explanations read back, with one split for each chain of codes', async () => {
    const boosting = await boost(numbers);
    const builder = createGraphBuilder('trees');
    emitBoosting(builder, builder.input('x', 'float32', ['rows', columns]), boosting);
    const node = builder.model().graph.nodes.find(({ opType }) => opType === 'TreeEnsembleRegressor')!;

    const ensemble = readEnsemble(node);

    const scores = ensembleScores(ensemble, testRows).map((score) => score + boosting.baseline[0]!);
    const splitsOf = (feature: Int32Array, reached: (node: number) => boolean): number =>
      feature.filter((column, node) => column >= 0 && reached(node)).length;
    const reached = new Set([...ensemble.roots, ...ensemble.left, ...ensemble.right]);
    expect(largestDifference(scores, boostingScores(boosting, testRows))).toBeLessThan(1e-9);
    expect(ensemble.codes.some((codes) => codes !== null && codes.size > 1)).toBe(true);
    expect(splitsOf(ensemble.feature, (node) => reached.has(node))).toBeGreaterThan(0);
  });

  it('bad call: names a column that is not there, and a code that is none', async () => {
    const broken = { ...trainRows, data: trainRows.data.with(3, 255) };

    const absent = boost(numbers, { categories: [3] });
    await expect(absent).rejects.toThrow('categories names column 3, and there are 3');
    const coded = fitBoosting(broken, numbers, { seed: 1, categories });
    await expect(coded).rejects.toThrow('column 0 of row 1 is 255; codes of categories are whole numbers');
  });
});
