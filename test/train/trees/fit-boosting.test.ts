/** Gradient boosting: the same answers as scikit-learn, and the same whatever the number of threads. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type Boosting,
  type BoostingOptions,
  boostingScores,
  closeTreeWorkers,
  emitBoosting,
  fitBoosting,
  type TreeTarget,
} from '../../../lib/train/trees/index.ts';
import { type Case, classesOf, largestDifference, makeRows, matrixOf, runEmitted } from './helpers.ts';

const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL('./fixtures/boosting.json', import.meta.url), 'utf8'),
);
const like = { seed: 1, iterations: 20 };
const regression = (values: ArrayLike<number>): TreeTarget => ({ task: 'regression', values });
const classification = (labels: ArrayLike<number>, classes: number): TreeTarget => ({
  task: 'classification',
  labels,
  classes,
});

afterAll(closeTreeWorkers);

const fitCase = (
  name: string,
  target: TreeTarget,
  options: Partial<BoostingOptions> = {},
): Promise<Boosting> => fitBoosting(matrixOf(cases[name]!), target, { ...like, ...options });

describe('against scikit-learn', () => {
  test.each<[string, number, Partial<BoostingOptions>]>([
    ['regression', 0, {}],
    ['missing', 0, {}],
    ['regularised', 0, { l2: 3, maxDepth: 3, minSamplesLeaf: 5, learningRate: 0.3 }],
    ['binary', 2, {}],
    ['weighted', 2, {}],
    ['multinomial', 3, {}],
  ])('the exported %s ensemble answers like HistGradientBoosting', async (name, classes, options) => {
    const { y, weights, expected } = cases[name]!;
    const target = classes === 0 ? regression(y) : classification(y, classes);

    const boosting = await fitCase(name, target, { ...options, ...(weights && { weights }) });
    const answer = await runEmitted(
      matrixOf(cases[name]!),
      (builder, features) => emitBoosting(builder, features, boosting).answer,
    );

    expect(answer.dims).toEqual(classes === 0 ? [y.length] : [y.length, classes]);
    expect(largestDifference(answer.data, expected)).toBeLessThan(1e-5);
  });
});

describe('fitBoosting', () => {
  const { x, signal } = makeRows(20_000, 11, { missing: 0.1 });

  // Many rows and few splits: three threads on fewer processors wait for each other at every split.
  const many = makeRows(100_000, 11, { missing: 0.1 });

  test.each([
    ['squared error', regression(many.signal), 20],
    ['three classes', classification(classesOf(many.signal, 3), 3), 7],
  ])('gives the same trees by one thread and by three for %s', async (_, target, iterations) => {
    const options = { seed: 3, iterations, maxLeaves: 8, earlyStopping: { patience: 5 } };

    const one = await fitBoosting(many.x, target, { ...options, threads: 1 });
    const three = await fitBoosting(many.x, target, { ...options, threads: 3 });

    expect(three).toEqual(one);
  });

  test('leaves the event loop free and reports progress while threads work', async () => {
    let turns = 0;
    const heartbeat = setInterval(() => {
      turns += 1;
    }, 1);
    const fractions: number[] = [];

    await fitBoosting(x, regression(signal), {
      seed: 3,
      threads: 2,
      onProgress: (done) => fractions.push(done),
    });
    clearInterval(heartbeat);

    expect(turns).toBeGreaterThan(10);
    expect(fractions).toHaveLength(100);
    expect(fractions.at(-1)).toBe(1);
  });

  test.each([1, 2])(
    'an abort ends a fit by %i threads with its reason, and the next fit works',
    async (threads) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const options = { seed: 3, threads, maxLeaves: 8 };

      const fit = fitBoosting(x, regression(signal), {
        ...options,
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      });

      await expect(fit).rejects.toBe(reason);
      const next = await fitBoosting(x, regression(signal), options);
      expect(next.trees).toHaveLength(100);
    },
  );

  test('early stopping keeps the best round on the held-out rows', async () => {
    const noise = makeRows(2000, 3, { seed: 9 }).signal;

    const boosting = await fitBoosting(makeRows(2000, 3).x, regression(noise), {
      seed: 1,
      earlyStopping: { validationFraction: 0.2, patience: 5 },
    });

    const { validationLoss, trees } = boosting;
    expect(trees.length).toBeLessThan(20);
    expect(validationLoss.length).toBeLessThanOrEqual(trees.length + 6);
    expect(trees.length).toBe(Math.max(1, validationLoss.indexOf(Math.min(...validationLoss))));
  });

  test('importances name the columns that matter and add up to 1', async () => {
    const { importances } = await fitBoosting(x, regression(signal), { seed: 1, iterations: 20 });

    const total = importances.reduce((sum, share) => sum + share, 0);
    const useful = importances[0]! + importances[1]! + importances[2]!;
    expect(total).toBeCloseTo(1, 12);
    expect(importances.indexOf(Math.max(...importances))).toBe(0);
    expect(useful).toBeGreaterThan(0.9);
  });

  test('the exported graph agrees with the plain predictor, infinities and missing values included', async () => {
    const boosting = await fitBoosting(x, regression(signal), { seed: 1, iterations: 30 });
    const odd = { ...makeRows(500, 11, { seed: 5, missing: 0.3 }).x };
    odd.data.set([Infinity, -Infinity, 0, -0, 3.4e38, -3.4e38]);

    const answer = await runEmitted(
      odd,
      (builder, features) => emitBoosting(builder, features, boosting).answer,
    );

    expect(largestDifference(answer.data, boostingScores(boosting, odd))).toBeLessThan(1e-5);
  });

  test('a constant target and constant columns give the constant back', async () => {
    const flat = { rows: 50, columns: 2, data: new Float32Array(100).fill(1) };

    const boosting = await fitBoosting(flat, regression(new Float64Array(50).fill(12.5)), { seed: 1 });

    const answer = await runEmitted(
      flat,
      (builder, features) => emitBoosting(builder, features, boosting).answer,
    );
    expect(new Set(answer.data)).toEqual(new Set([12.5]));
    expect(boosting.importances).toEqual(new Float64Array(2));
  });
});

describe('bad call: fitBoosting', () => {
  const { x, signal } = makeRows(30, 2);
  const labels = classesOf(signal, 2);

  test.each<[string, TreeTarget, Partial<BoostingOptions>]>([
    ['the target has 29 entries for 30 rows', regression(signal.subarray(1)), {}],
    ['the target of row 2 is NaN', regression(signal.map((value, row) => (row === 2 ? NaN : value))), {}],
    ['needs two classes at least', classification(labels, 1), {}],
    [
      'is 7, not a class number below 2',
      classification(
        labels.map(() => 7),
        2,
      ),
      {},
    ],
    ['there are 1 weights for 30 rows', regression(signal), { weights: [1] }],
    ['the weight of row 0 is -1', regression(signal), { weights: new Float64Array(30).fill(-1) }],
    ['all weights are 0', regression(signal), { weights: new Float64Array(30) }],
    ['iterations must be at least 1, got 0', regression(signal), { iterations: 0 }],
    ['maxLeaves must be a whole number', regression(signal), { maxLeaves: 2.5 }],
    ['learningRate must be above 0', regression(signal), { learningRate: 0 }],
    ['threads must be at least 1', regression(signal), { threads: 0 }],
    [
      'validationFraction must be between 0 and 1',
      regression(signal),
      { earlyStopping: { validationFraction: 1 } },
    ],
  ])('%s', async (message, target, options) => {
    const fit = fitBoosting(x, target, { seed: 1, ...options });

    await expect(fit).rejects.toThrow(message);
    await expect(fit).rejects.toMatchObject({ kind: 'invalid_request' });
  });
});
