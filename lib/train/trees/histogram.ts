/** The hot loops of forests: adding the statistics of rows to the bins of their columns. */
import { BINS } from './bins.ts';
import type { NodeRows } from './node-rows.ts';

/** float64 places of one column's histogram of pairs: a gradient sum and a packed count and weight a bin. */
export const PAIR_PLACES = 2 * BINS;

/** Adds the pairs of a node's rows to the histogram of one column. */
export function addColumnPairs(
  histogram: Float64Array,
  column: number,
  { block: { bins, statistics }, range: { rows, start, end } }: NodeRows,
): void {
  const { bytes, stride } = bins;
  const offset = bins.offsets[column]!;
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    const place = bytes[row * stride + offset]! << 1;
    histogram[place]! += statistics[2 * row]!;
    histogram[place + 1]! += statistics[2 * row + 1]!;
  }
}

/** Adds the packed rows of a node to the class sums of one column; bin `b`, class `k` is at `b * classes + k`. */
export function addColumnClasses(
  sums: Float64Array,
  classes: number,
  { column, block: { bins, statistics }, range: { rows, start, end } }: NodeRows & { column: number },
): void {
  const { bytes, stride } = bins;
  const offset = bins.offsets[column]!;
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    sums[bytes[row * stride + offset]! * classes + statistics[2 * row + 1]!]! += statistics[2 * row]!;
  }
}

/** `addColumnClasses` for four columns in one pass over the rows, their sums one after the other. */
export function addFourColumnClasses(
  sums: Float64Array,
  classes: number,
  { columns, block: { bins, statistics }, range: { rows, start, end } }: NodeRows & { columns: Int32Array },
): void {
  const { bytes, stride, offsets } = bins;
  const offset0 = offsets[columns[0]!]!;
  const offset1 = offsets[columns[1]!]!;
  const offset2 = offsets[columns[2]!]!;
  const offset3 = offsets[columns[3]!]!;
  const places = BINS * classes;
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    const base = row * stride;
    const packed = statistics[2 * row]!;
    const label = statistics[2 * row + 1]! | 0;
    sums[bytes[base + offset0]! * classes + label]! += packed;
    sums[places + bytes[base + offset1]! * classes + label]! += packed;
    sums[2 * places + bytes[base + offset2]! * classes + label]! += packed;
    sums[3 * places + bytes[base + offset3]! * classes + label]! += packed;
  }
}
