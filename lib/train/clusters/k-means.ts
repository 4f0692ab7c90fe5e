/** K-means: parts rows into groups around centres, so that the squares of the distances to them are least. */
import { setImmediate } from 'node:timers/promises';
import { createRandom, invalidInput, type Matrix, type Random } from '../../core/index.ts';
import { refuseNonFinite } from '../linear/index.ts';
import { plantCentres } from './plant-centres.ts';

/** How groups are sought. */
export interface KMeansOptions {
  readonly clusters: number;
  /** Searches from new starts; the best is kept. */
  readonly starts: number;
  readonly maxIterations: number;
  /** Ends when the centres' moves, squared and added up, are below this part of the mean variance of a column. */
  readonly tolerance: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Part of the searches that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Groups as found. */
export interface KMeansModel {
  /** Row-major [clusters, columns]; the centre of the largest group first. */
  readonly centres: Float64Array;
  readonly clusters: number;
  readonly columns: number;
  /** Rows in each group. */
  readonly sizes: readonly number[];
  /** Sum over the rows of the squared distance to their centre. */
  readonly inertia: number;
}

/**
 * Lloyd's algorithm from starts by greedy k-means++ (Lloyd 1982; Arthur and Vassilvitskii 2007), as scikit-learn's
 * `KMeans`. A group that loses all of its rows takes the row that is farthest from its centre.
 *
 * Gives way to the event loop after every round.
 *
 * @throws invalid_request `too_many_clusters` for more groups than different rows, and for features that are not finite
 */
export async function fitKMeans(x: Matrix, options: KMeansOptions): Promise<KMeansModel> {
  refuse(x, options.clusters);
  const random = createRandom(options.seed);
  const goal = options.tolerance * meanVariance(x);
  let best: Round | undefined;
  for (let start = 0; start < options.starts; start += 1) {
    const found = await search(x, random.fork(start), goal, options);
    if (!best || found.inertia < best.inertia) best = found;
    options.onProgress?.((start + 1) / options.starts);
  }
  return { clusters: options.clusters, columns: x.columns, ...largestFirst(best!, x.columns) };
}

function refuse(x: Matrix, clusters: number): void {
  refuseNonFinite(x, 'K-means');
  const different = new Set<string>();
  for (let row = 0; row < x.rows && different.size < clusters; row += 1) {
    different.add(x.data.subarray(row * x.columns, (row + 1) * x.columns).join());
  }
  if (different.size >= clusters) return;
  throw invalidInput(
    `"parameters.clusters" is ${clusters}, but only ${different.size} rows differ from each other; ask for fewer clusters.`,
    { code: 'too_many_clusters', param: 'parameters.clusters' },
  );
}

/** The mean over the columns of their variances. */
function meanVariance({ rows, columns, data }: Matrix): number {
  const mean = new Float64Array(columns);
  for (let at = 0; at < data.length; at += 1) mean[at % columns]! += data[at]! / rows;
  let squares = 0;
  for (let at = 0; at < data.length; at += 1) squares += (data[at]! - mean[at % columns]!) ** 2;
  return squares / data.length;
}

/** Centres, and the groups of the rows around them. */
interface Round {
  readonly centres: Float64Array;
  readonly sizes: readonly number[];
  readonly inertia: number;
}

async function search(x: Matrix, random: Random, goal: number, options: KMeansOptions): Promise<Round> {
  const { clusters, maxIterations, signal } = options;
  let centres = plantCentres(x, clusters, random);
  for (let iteration = 0; iteration < maxIterations; iteration += 1) {
    await setImmediate();
    signal?.throwIfAborted();
    const next = moveCentres(x, assign(x, centres), clusters);
    const moved = next.reduce((sum, value, at) => sum + (value - centres[at]!) ** 2, 0);
    centres = next;
    if (moved <= goal) break;
  }
  const { groups, inertia } = assign(x, centres);
  const sizes = new Array<number>(clusters).fill(0);
  for (const group of groups) sizes[group]! += 1;
  return { centres, sizes, inertia };
}

/** Rows in groups. */
export interface Assignment {
  /** The nearest centre of each row. */
  readonly groups: Int32Array;
  /** Squared distance to it. */
  readonly distances: Float64Array;
  readonly inertia: number;
}

/** Puts each row into the group of its nearest centre. */
export function assign({ rows, columns, data }: Matrix, centres: Float64Array): Assignment {
  const groups = new Int32Array(rows);
  const distances = new Float64Array(rows);
  let inertia = 0;
  for (let row = 0; row < rows; row += 1) {
    let nearest = Number.POSITIVE_INFINITY;
    for (let start = 0; start < centres.length; start += columns) {
      let distance = 0;
      for (let column = 0; column < columns && distance < nearest; column += 1) {
        const apart = data[row * columns + column]! - centres[start + column]!;
        distance += apart * apart;
      }
      if (distance >= nearest) continue;
      nearest = distance;
      groups[row] = start / columns;
    }
    distances[row] = nearest;
    inertia += nearest;
  }
  return { groups, distances, inertia };
}

/** The mean of each group. */
function moveCentres(
  { rows, columns, data }: Matrix,
  { groups, distances }: Assignment,
  clusters: number,
): Float64Array {
  const centres = new Float64Array(clusters * columns);
  const sizes = new Float64Array(clusters);
  for (let row = 0; row < rows; row += 1) {
    const group = groups[row]!;
    sizes[group]! += 1;
    for (let column = 0; column < columns; column += 1) {
      centres[group * columns + column]! += data[row * columns + column]!;
    }
  }
  for (let at = 0; at < centres.length; at += 1)
    centres[at]! /= Math.max(1, sizes[Math.floor(at / columns)]!);
  const empty = [...sizes.keys()].filter((group) => sizes[group] === 0);
  if (empty.length === 0) return centres;
  const farthest = [...distances.keys()].sort((left, right) => distances[right]! - distances[left]!);
  for (const [at, group] of empty.entries()) {
    const row = farthest[at]!;
    centres.set(data.subarray(row * columns, (row + 1) * columns), group * columns);
  }
  return centres;
}

/** Groups in the order of their sizes, so that the same groups have the same numbers. */
function largestFirst({ centres, sizes, inertia }: Round, columns: number): Round {
  const order = [...sizes.keys()].sort((left, right) => sizes[right]! - sizes[left]!);
  const ordered = new Float64Array(centres.length);
  for (const [at, group] of order.entries()) {
    ordered.set(centres.subarray(group * columns, (group + 1) * columns), at * columns);
  }
  return { centres: ordered, sizes: order.map((group) => sizes[group]!), inertia };
}
