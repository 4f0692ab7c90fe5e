/** Isolation forests (Liu, Ting and Zhou 2008): rows that few random splits part from the others are unlike them. */
import { setImmediate } from 'node:timers/promises';
import { createRandom, invalidInput, type Matrix, type Random } from '../../core/index.ts';
import { checkWhole } from './checks.ts';
import { leafOf } from './predict.ts';
import type { FitOptions, IsolationForest, Tree } from './types.ts';

/** The defaults are those of scikit-learn. */
export interface IsolationOptions extends Pick<FitOptions, 'seed' | 'signal' | 'onProgress'> {
  /** Number of trees. Default 100. */
  readonly trees?: number;
  /** Rows that each tree is grown from, drawn without replacement; all where there are fewer. Default 256. */
  readonly samples?: number;
}

/**
 * Fits an isolation forest. Every node splits a random column at a random place between its extremes; missing values go
 * to a random side. A tree is as deep as a balanced one of its rows would be, so that its cost does not depend on them.
 *
 * @param x float32 rows; NaN is missing
 * @throws invalid_request for fewer than two rows, infinite values and options that cannot be used; the signal's reason
 * if aborted
 */
export async function fitIsolationForest(
  x: Matrix,
  { trees = 100, samples = 256, seed, signal, onProgress }: IsolationOptions,
): Promise<IsolationForest> {
  checkWhole(1, { trees });
  checkWhole(2, { samples });
  if (x.rows < 2 || x.columns < 1) {
    throw invalidInput(
      `an isolation forest needs two rows and a column at least, got ${x.rows} x ${x.columns}`,
      {
        param: 'x',
      },
    );
  }
  const size = Math.min(samples, x.rows);
  const grown: Tree[] = [];
  for (let index = 0; index < trees; index += 1) {
    const random = createRandom(seed).fork(index);
    grown.push(growTree(x, drawRows(x.rows, size, random), random));
    onProgress?.((index + 1) / trees);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { kind: 'isolation_forest', columns: x.columns, samples: size, trees: grown };
}

/** Different rows by Floyd's method, which needs no list of all rows. */
function drawRows(rows: number, size: number, random: Random): Int32Array {
  const drawn = new Set<number>();
  for (let row = rows - size; row < rows; row += 1) {
    const other = random.integer(row + 1);
    drawn.add(drawn.has(other) ? row : other);
  }
  return Int32Array.from(drawn);
}

/**
 * The mean number of splits that a search in a random binary tree of so many rows takes to fail, c(n) in the paper:
 * `2 H(n - 1) - 2 (n - 1) / n` with the harmonic number H(i) near ln(i) + 0.5772.
 */
export function meanPathLength(rows: number): number {
  if (rows <= 1) return 0;
  if (rows === 2) return 1;
  return 2 * (Math.log(rows - 1) + EULER) - (2 * (rows - 1)) / rows;
}

const EULER = 0.5772156649015329;

interface Node {
  readonly rows: Int32Array;
  readonly depth: number;
}

function growTree(x: Matrix, sample: Int32Array, random: Random): Tree {
  const maxDepth = Math.ceil(Math.log2(Math.max(2, sample.length)));
  const nodes: Node[] = [{ rows: sample, depth: 0 }];
  const feature: number[] = [];
  const threshold: number[] = [];
  const missingLeft: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  // Children are put at the end of the list, which the loop comes to in the end.
  for (const [node, { rows, depth }] of nodes.entries()) {
    const split = depth < maxDepth && rows.length > 1 ? drawSplit(x, rows, random) : null;
    feature[node] = split?.column ?? -1;
    threshold[node] = split?.threshold ?? 0;
    missingLeft[node] = Number(split?.missingLeft ?? false);
    left[node] = split ? nodes.length : -1;
    right[node] = split ? nodes.length + 1 : -1;
    if (!split) continue;
    const goesLeft = (row: number): boolean => {
      const value = x.data[row * x.columns + split.column]!;
      return Number.isNaN(value) ? split.missingLeft : value <= split.threshold;
    };
    nodes.push({ rows: rows.filter(goesLeft), depth: depth + 1 });
    nodes.push({ rows: rows.filter((row) => !goesLeft(row)), depth: depth + 1 });
  }
  return {
    feature: Int32Array.from(feature),
    threshold: Float32Array.from(threshold),
    setStart: new Int32Array(feature.length).fill(-1),
    setWords: new Uint32Array(0),
    missingLeft: Uint8Array.from(missingLeft),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    values: Float32Array.from(nodes, ({ rows, depth }, node) =>
      feature[node]! < 0 ? depth + meanPathLength(rows.length) : 0,
    ),
    cover: Float32Array.from(nodes, ({ rows }) => rows.length),
  };
}

interface DrawnSplit {
  readonly column: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
}

/** A split by one of the columns in which the rows differ, all as likely; null if there is none. */
function drawSplit(x: Matrix, rows: Int32Array, random: Random): DrawnSplit | null {
  const columns = Array.from({ length: x.columns }, (_, column) => column);
  for (let untried = columns.length; untried > 0; untried -= 1) {
    const place = random.integer(untried);
    const column = columns[place]!;
    columns[place] = columns[untried - 1]!;
    const { low, high } = extremes(x, rows, column);
    if (!(low < high)) continue;
    const drawn = Math.fround(low + random.uniform() * (high - low));
    // Rounding may reach the highest value, which must go right.
    return { column, threshold: drawn < high ? drawn : low, missingLeft: random.uniform() < 0.5 };
  }
  return null;
}

function extremes(
  x: Matrix,
  rows: Int32Array,
  column: number,
): { readonly low: number; readonly high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const value = x.data[row * x.columns + column]!;
    if (Math.abs(value) === Number.POSITIVE_INFINITY) {
      throw invalidInput(`row ${row}, feature column ${column} is ${value}; give finite numbers`, {
        param: 'x',
      });
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** Anomaly scores `2^(-E[h(x)] / c(n))` of rows by their mean path length, in (0, 1): high for rows unlike the others. */
export function isolationScores(
  { trees, samples }: IsolationForest,
  { rows, columns, data }: Matrix,
): Float64Array {
  const lengths = new Float64Array(rows);
  for (const tree of trees) {
    for (let row = 0; row < rows; row += 1) lengths[row]! += tree.values[leafOf(tree, data, row * columns)]!;
  }
  return lengths.map((length) => 2 ** (-length / trees.length / meanPathLength(samples)));
}
