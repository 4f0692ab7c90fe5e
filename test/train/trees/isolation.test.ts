import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Matrix } from '../../../lib/core/index.ts';
import {
  emitIsolationForest,
  fitIsolationForest,
  type IsolationOptions,
  isolationScores,
} from '../../../lib/train/trees/index.ts';
import { largestDifference, matrixOf, runEmitted } from './helpers.ts';

interface Reference {
  readonly columns: number;
  readonly x: readonly number[];
  readonly odd: readonly number[];
  readonly scores: readonly number[];
  readonly auc: number;
}

const reference = JSON.parse(
  readFileSync(new URL('./fixtures/isolation.json', import.meta.url), 'utf8'),
) as Reference;
const x = matrixOf(reference);
const seeds = [1, 2, 3, 4, 5];

/** Share of the pairs of an odd and an ordinary row in which the odd one has the higher score. */
function areaUnderCurve(scores: Float64Array): number {
  const of = (odd: number): Float64Array => scores.filter((_, row) => reference.odd[row] === odd);
  const [ordinary, odd] = [of(0), of(1)];
  let wins = 0;
  for (const high of odd) for (const low of ordinary) wins += high > low ? 1 : high === low ? 0.5 : 0;
  return wins / (odd.length * ordinary.length);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('an isolation forest', () => {
  it('scores rows as scikit-learn does, over five seeds', async () => {
    const runs = await Promise.all(
      seeds.map(async (seed) => isolationScores(await fitIsolationForest(x, { seed }), x)),
    );

    const scores = reference.scores.map((_, row) => mean(runs.map((run) => run[row]!)));

    expect(largestDifference(scores, reference.scores)).toBeLessThan(0.02);
    expect(Math.abs(mean(runs.map(areaUnderCurve)) - reference.auc)).toBeLessThan(0.01);
  });

  it('writes a graph that answers the same, missing values among them', async () => {
    const gaps = { ...x, data: x.data.map((value, at) => (at % 7 === 0 ? Number.NaN : value)) };
    const forest = await fitIsolationForest(gaps, { seed: 1, trees: 20 });

    const { dims, data } = await runEmitted(
      gaps,
      (builder, features) => emitIsolationForest(builder, features, forest).answer,
    );

    expect(dims).toEqual([x.rows]);
    expect(largestDifference(data, isolationScores(forest, gaps))).toBeLessThan(1e-6);
  });

  it('gives rows that cannot be told apart the score of one half', async () => {
    const same: Matrix = { rows: 300, columns: 2, data: new Float32Array(600).fill(7) };

    const forest = await fitIsolationForest(same, { seed: 1, trees: 3 });

    expect(Array.from(isolationScores(forest, same).slice(0, 2))).toEqual([
      expect.closeTo(0.5, 6),
      expect.closeTo(0.5, 6),
    ]);
  });

  it('grows trees of as many rows as there are, and as deep as those need', async () => {
    const few = { ...x, rows: 50, data: x.data.subarray(0, 50 * x.columns) };

    const { samples, trees } = await fitIsolationForest(few, { seed: 1, trees: 5 });

    expect(samples).toBe(50);
    expect(trees.map(({ cover }) => cover[0])).toEqual([50, 50, 50, 50, 50]);
    // Six splits, and what is left of a leaf that the limit ended.
    expect(Math.max(...trees.flatMap(({ feature }) => feature.length))).toBeLessThan(2 ** 7);
  });
});

describe('bad call: fitIsolationForest', () => {
  it.each<[string, Partial<IsolationOptions>, Matrix]>([
    ['needs two rows and a column at least, got 1 x 6', {}, { ...x, rows: 1 }],
    ['samples must be at least 2, got 1', { samples: 1 }, x],
    ['trees must be a whole number, got 1.5', { trees: 1.5 }, x],
    [
      'is Infinity; give finite numbers',
      { samples: 600 },
      { ...x, data: x.data.with(0, Number.POSITIVE_INFINITY) },
    ],
  ])('%s', async (message, options, rows) => {
    const fitted = fitIsolationForest(rows, { seed: 1, ...options });

    await expect(fitted).rejects.toThrow(message);
  });
});
