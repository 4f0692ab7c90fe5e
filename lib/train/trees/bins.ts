/** Turns columns of numbers into at most 255 value bins a column, and one more for missing values. */
import type { Matrix } from '../../core/index.ts';
import { sharedBytes, sharedFloat32, sharedInt32 } from './memory.ts';
import { sortFloats } from './radix-sort.ts';
import { shareOf, type Team } from './team.ts';

/** The bin of NaN; value bins are 0 to 254. */
export const MISSING_BIN = 255;
/** Columns of a forest's group: nodes are small and jump from row to row, so one read should bring many bins. */
export const COLUMNS_A_GROUP = 16;
/** Bins of a column, the missing one included. */
export const BINS = 256;

const MAX_THRESHOLDS = 254;
/** Quantiles come from so many rows at most, as in scikit-learn. */
const SAMPLE_ROWS = 200_000;

/** A binned matrix in shared memory; row `r` of column `c` is in byte `offsets[c] + r * stride`. */
export interface Bins {
  readonly rows: number;
  readonly columns: number;
  readonly bytes: Uint8Array;
  readonly stride: number;
  readonly offsets: readonly number[];
  /** Upper edges of the value bins, 254 places a column: a value x is in the first bin with `x <= edge`. */
  readonly thresholds: Float32Array;
  /** How many of a column's places are used: its value bins less one. */
  readonly thresholdCounts: Int32Array;
  /** 1 for a column with missing values. */
  readonly hasMissing: Uint8Array;
  /** 1 for a column of category codes: its bins are the codes, and it is split by sets of them. */
  readonly isCategory: Uint8Array;
}

/** How the bins of a matrix lie in memory. */
export interface BinLayout {
  /** Columns in a group, a power of two. */
  readonly lanes: number;
  readonly members: number;
  /** Columns of category codes, all below MISSING_BIN; others than whole numbers from 0 on are missing. */
  readonly categories?: readonly number[];
  /** Where the bytes come from, if not from a shared array of their own. */
  readonly bytes?: (length: number) => Uint8Array;
}

/**
 * Space for a binned matrix. The columns of a member's share come in groups, and a row's bins of one group lie
 * side by side: one read from far memory brings them all.
 */
export function allocateBins(
  { rows, columns }: Matrix,
  { lanes, members, categories = [], bytes = sharedBytes }: BinLayout,
): Bins {
  const offsets: number[] = [];
  let groups = 0;
  for (let member = 0; member < members; member += 1) {
    const [first, last] = shareOf({ member, size: members }, columns);
    for (let column = first; column < last; column += 1) {
      const lane = (column - first) % lanes;
      offsets.push(lanes * rows * (groups + (column - first - lane) / lanes) + lane);
    }
    groups += Math.ceil((last - first) / lanes);
  }
  const isCategory = sharedBytes(columns);
  for (const column of categories) isCategory[column] = 1;
  return {
    rows,
    columns,
    stride: lanes,
    offsets,
    bytes: bytes(lanes * rows * groups),
    thresholds: sharedFloat32(columns * MAX_THRESHOLDS),
    thresholdCounts: sharedInt32(columns),
    hasMissing: sharedBytes(columns),
    isCategory,
  };
}

/** The float32 edge a split after `bin` compares with; infinite after the last value bin. */
export function thresholdOf(bins: Bins, column: number, bin: number): number {
  return bin < bins.thresholdCounts[column]! ? bins.thresholds[column * MAX_THRESHOLDS + bin]! : Infinity;
}

/** The bins of one column: row `r` is at `r * stride`. */
export const columnBytes = (bins: Bins, column: number): Uint8Array =>
  bins.bytes.subarray(bins.offsets[column]!);

/** Finds the edges of the columns in this member's share and fills in their bins. A barrier must follow. */
export function fillBins(team: Team, matrix: Matrix, bins: Bins): void {
  const [first, last] = shareOf(team, matrix.columns);
  for (let from = first; from < last; from += COLUMNS_A_READ) {
    const columns = readColumns(matrix, from, Math.min(last, from + COLUMNS_A_READ));
    for (const [place, values] of columns.entries()) fillColumn(bins, from + place, values);
  }
}

/** Columns taken from the matrix in one pass: their values lie side by side, and one read from memory brings them. */
const COLUMNS_A_READ = 8;

function readColumns({ rows, columns, data }: Matrix, from: number, to: number): readonly Float32Array[] {
  const read = Array.from({ length: to - from }, () => new Float32Array(rows));
  for (let start = 0; start < rows; start += ROWS_A_READ) {
    const end = Math.min(rows, start + ROWS_A_READ);
    for (const [place, values] of read.entries()) {
      for (let row = start; row < end; row += 1) values[row] = data[row * columns + from + place]!;
    }
  }
  return read;
}

/** So few rows that they stay in a core's first-level cache until the last column is read. */
const ROWS_A_READ = 256;

function fillColumn(bins: Bins, column: number, values: Float32Array): void {
  const edges = bins.isCategory[column] === 1 ? codeEdges(values) : binEdges(sortedSample(values));
  bins.thresholds.set(edges, column * MAX_THRESHOLDS);
  bins.thresholdCounts[column] = edges.length;
  const missing = assignBins(values, edges, columnBytes(bins, column), bins.stride);
  bins.hasMissing[column] = missing > 0 ? 1 : 0;
}

/** Edges that give each code the bin of its number; what is no code becomes missing. */
function codeEdges(values: Float32Array): Float32Array {
  let highest = 0;
  for (let row = 0; row < values.length; row += 1) {
    if (!(values[row]! >= 0)) values[row] = Number.NaN;
    else highest = Math.max(highest, values[row]!);
  }
  return Float32Array.from({ length: highest }, (_, code) => code);
}

/** Values in ascending order without NaN; evenly spread rows if there are very many. */
function sortedSample(values: Float32Array): Float32Array {
  const size = Math.min(values.length, SAMPLE_ROWS);
  const sample = new Float32Array(size);
  let count = 0;
  for (let index = 0; index < size; index += 1) {
    const value = values[Math.floor((index * values.length) / size)]!;
    if (!Number.isNaN(value)) sample[count++] = value;
  }
  const present = sample.subarray(0, count);
  sortFloats(present);
  return present;
}

/**
 * Upper edges of all value bins but the last, ascending and exactly representable in float32: midpoints
 * between neighbours if at most 255 values differ, else the 254 inner quantiles (averaged inverse of the
 * empirical distribution, as in scikit-learn's histogram learner).
 *
 * @param sorted ascending values without NaN
 */
export function binEdges(sorted: Float32Array): Float32Array {
  const distinct = distinctValues(sorted, MAX_THRESHOLDS + 1);
  const edges: number[] = [];
  if (distinct !== null) {
    for (let index = 1; index < distinct.length; index += 1) {
      edges.push(midpoint(distinct[index - 1]!, distinct[index]!));
    }
    return Float32Array.from(edges);
  }
  const parts = MAX_THRESHOLDS + 1;
  for (let part = 1; part < parts; part += 1) {
    const position = sorted.length * part;
    const index = Math.floor(position / parts);
    const upper = sorted[index]!;
    const edge = position % parts === 0 ? midpoint(sorted[index - 1]!, upper) : upper;
    if (edges.length === 0 || edge > edges.at(-1)!) edges.push(edge);
  }
  return Float32Array.from(edges);
}

/** The different values, or null if there are more than `limit`. */
function distinctValues(sorted: Float32Array, limit: number): readonly number[] | null {
  const distinct: number[] = [];
  for (let index = 0; index < sorted.length; index += 1) {
    const value = sorted[index]!;
    if (index > 0 && value === sorted[index - 1]) continue;
    if (distinct.length === limit) return null;
    distinct.push(value);
  }
  return distinct;
}

/** A float32 number in [low, high): the middle where rounding and infinities leave it there, else `low`. */
function midpoint(low: number, high: number): number {
  const middle = Math.fround((low + high) / 2);
  return middle >= low && middle < high ? middle : low;
}

/** Writes the bin of each value; returns how many were missing. */
function assignBins(values: Float32Array, edges: Float32Array, bytes: Uint8Array, stride: number): number {
  // A search that always takes eight steps needs no branch, which could not be predicted: a quarter of the time.
  const padded = new Float32Array(BINS - 1).fill(Infinity);
  padded.set(edges);
  let missing = 0;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]!;
    if (Number.isNaN(value)) {
      bytes[row * stride] = MISSING_BIN;
      missing += 1;
      continue;
    }
    let bin = 0;
    for (let step = BINS / 2; step > 0; step >>>= 1) bin += step * Number(value > padded[bin + step - 1]!);
    bytes[row * stride] = bin;
  }
  return missing;
}
