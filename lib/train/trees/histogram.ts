/** The hot loops: adding the statistics of rows to the bins of their columns. */
import { BINS } from './bins.ts';
import type { NodeRows, RowRange } from './node-rows.ts';

/** float64 places of one column's histogram of pairs: a gradient sum and a packed count and weight a bin. */
export const PAIR_PLACES = 2 * BINS;

/**
 * Adds pairs to the histograms of the four columns that share a word; one load then serves four columns.
 *
 * @param histogram places of the four columns, one after the other
 * @param words bins of the four columns by row, the first column in the low byte
 * @param pairs gradient and packed row of row `r` at `2r` and `2r + 1`
 */
export function addWordPairs(
  histogram: Float64Array,
  words: Uint32Array,
  pairs: Float64Array,
  { rows, start, end }: RowRange,
): void {
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    const word = words[row]!;
    const gradient = pairs[2 * row]!;
    const packed = pairs[2 * row + 1]!;
    let place = (word & 255) << 1;
    histogram[place]! += gradient;
    histogram[place + 1]! += packed;
    place = PAIR_PLACES + ((word >>> 7) & 510);
    histogram[place]! += gradient;
    histogram[place + 1]! += packed;
    place = 2 * PAIR_PLACES + ((word >>> 15) & 510);
    histogram[place]! += gradient;
    histogram[place + 1]! += packed;
    place = 3 * PAIR_PLACES + ((word >>> 23) & 510);
    histogram[place]! += gradient;
    histogram[place + 1]! += packed;
  }
}

/** `addWordPairs` for a word of which only the two low bytes are in use. */
export function addHalfWordPairs(
  histogram: Float64Array,
  words: Uint32Array,
  pairs: Float64Array,
  { rows, start, end }: RowRange,
): void {
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    const word = words[row]!;
    const gradient = pairs[2 * row]!;
    const packed = pairs[2 * row + 1]!;
    let place = (word & 255) << 1;
    histogram[place]! += gradient;
    histogram[place + 1]! += packed;
    place = PAIR_PLACES + ((word >>> 7) & 510);
    histogram[place]! += gradient;
    histogram[place + 1]! += packed;
  }
}

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
