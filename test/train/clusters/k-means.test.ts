import { describe, expect, it, test } from 'vitest';
import type { Matrix } from '../../../lib/core/index.ts';
import { silhouette } from '../../../lib/evaluate/silhouette.ts';
import { createGraphBuilder, createSession, encodeModel } from '../../../lib/onnx/index.ts';
import {
  emitKMeans,
  fitKMeans,
  type KMeansModel,
  type KMeansOptions,
} from '../../../lib/train/clusters/index.ts';
import { distance, features, oracle, questions } from '../learners/classic.ts';

/** The reference rows, moved apart by their class. */
const points: Matrix = { ...features, data: features.data.slice() };
for (const [row, code] of oracle.three.entries()) points.data[row * 5 + code]! += 4;

const options: KMeansOptions = { clusters: 3, starts: 10, maxIterations: 300, tolerance: 0, seed: 1 };
const { centres, inertia, labels, distances } = oracle.clusters;

async function answer(model: KMeansModel, x: Matrix) {
  const builder = createGraphBuilder('clusters');
  const emitted = emitKMeans(builder, builder.input('x', 'float32', ['N', x.columns]), model);
  builder.output('cluster', emitted.cluster, 'string', ['N']);
  builder.output('distances', emitted.distances, 'float32', ['N', model.clusters]);
  const session = await createSession(encodeModel(builder.model()));
  const outputs = await session.run({ x: { type: 'float32', dims: [x.rows, x.columns], data: x.data } });
  await session.release();
  return {
    cluster: [...(outputs.cluster!.data as readonly string[])],
    distances: outputs.distances!.data as Float32Array,
  };
}

describe('k-means', () => {
  test('finds the groups that scikit-learn finds', async () => {
    const model = await fitKMeans(points, options);
    const { cluster } = await answer(model, points);

    expect(model.inertia / inertia).toBeCloseTo(1, 6);
    const pairs = new Set(cluster.map((group, row) => `${group}=${labels[row]}`));
    expect(pairs.size).toBe(3);
    expect(model.sizes).toEqual(model.sizes.toSorted((left, right) => right - left));
  });

  test('answers the distances to every centre', async () => {
    const flat = Float64Array.from(centres.flat());
    const model = { centres: flat, clusters: 3, columns: 5, sizes: [], inertia };

    const answered = await answer(model, questions);

    expect(distance(answered.distances, distances.flat())).toBeLessThan(1e-6);
    const nearest = distances.map((row) => String(row.indexOf(Math.min(...row))));
    expect(answered.cluster).toEqual(nearest);
  });

  test('tells near rows apart that are far from zero', async () => {
    const at = (x: number, y: number): readonly number[] => [1e6 + x, -1e6 + y];
    const [one, other] = [at(0, 0), at(2, 0)];
    const model = { centres: Float64Array.of(...one, ...other), clusters: 2, columns: 2, sizes: [], inertia };
    const data = Float32Array.of(...at(0, 0), ...at(0.5, 0.5), ...at(1.5, 0), ...at(2, 3));

    const answered = await answer(model, { rows: 4, columns: 2, data });

    expect(answered.cluster).toEqual(['0', '0', '1', '1']);
    const expected = [0, 2, Math.SQRT1_2, Math.hypot(1.5, 0.5), 1.5, 0.5, Math.hypot(2, 3), 3];
    expect(distance(answered.distances, expected)).toBeLessThan(1e-6);
  });

  test('of as many groups as there are different rows leaves nothing', async () => {
    const data = Float32Array.of(0, 0, 1, 1, 5, 5, 9, 9, 9);

    const model = await fitKMeans({ rows: 9, columns: 1, data }, { ...options, clusters: 4 });

    expect(model.inertia).toBe(0);
    expect(model.sizes).toEqual([3, 2, 2, 2]);
  });

  test('is the same for the same seed', async () => {
    const few = { ...options, starts: 1, maxIterations: 2 };

    const [one, same, other] = await Promise.all(
      [1, 1, 2].map((seed) => fitKMeans(features, { ...few, seed })),
    );

    expect(one).toEqual(same);
    expect(one!.centres).not.toEqual(other!.centres);
  });

  test('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(fitKMeans(features, { ...options, signal })).rejects.toThrow('enough');
  });

  it.each([
    ['more clusters than different rows', Float32Array.of(1, 1, 2), 3, 'only 2 rows differ'],
    ['a missing value', Float32Array.of(1, Number.NaN, 2), 2, 'NaN (row 1, feature column 0)'],
  ])('bad call: %s', async (_title, data, clusters, message) => {
    const fit = fitKMeans({ rows: 3, columns: 1, data }, { ...options, clusters });

    await expect(fit).rejects.toThrow(message);
  });
});

describe('the silhouette', () => {
  test('is that of scikit-learn', () => {
    expect(silhouette(points, labels)).toBeCloseTo(oracle.clusters.silhouette, 6);
  });

  test('is undefined for one group, and 0 for rows that are alone', () => {
    const x = { rows: 2, columns: 1, data: Float32Array.of(0, 1) };

    expect(silhouette(x, [0, 0])).toBeNull();
    expect(silhouette(x, [0, 1])).toBe(0);
  });
});
