/** The hot loops: adding the statistics of rows to the bins of their columns. */
import { BINS } from './bins.ts';

/** float64 places of one column's histogram of pairs: a gradient sum and a packed count and weight a bin. */
export const PAIR_PLACES = 2 * BINS;

/** A contiguous run of row numbers. */
export interface RowRange {
  readonly rows: Int32Array;
  readonly start: number;
  readonly end: number;
}

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

/** Adds pairs to the histogram of one column. */
export function addColumnPairs(
  histogram: Float64Array,
  { bytes, stride, pairs }: { bytes: Uint8Array; stride: number; pairs: Float64Array },
  { rows, start, end }: RowRange,
): void {
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    const place = bytes[row * stride]! << 1;
    histogram[place]! += pairs[2 * row]!;
    histogram[place + 1]! += pairs[2 * row + 1]!;
  }
}

/** Class labels and packed rows by row number; bins of row `r` are at `r * stride`. */
export interface ClassRows {
  readonly classes: number;
  readonly labels: Uint16Array;
  readonly packed: Float64Array;
  readonly stride: number;
}

/** Adds packed rows to the class counts of one column; bin `b`, class `k` is at `b * classes + k`. */
export function addColumnClasses(
  histogram: Float64Array,
  bytes: Uint8Array,
  { classes, labels, packed, stride }: ClassRows,
  { rows, start, end }: RowRange,
): void {
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    histogram[bytes[row * stride]! * classes + labels[row]!]! += packed[row]!;
  }
}

/** `addColumnClasses` for four columns in one pass over the rows. */
export function addFourColumnClasses(
  histograms: readonly [Float64Array, Float64Array, Float64Array, Float64Array],
  columns: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array],
  { classes, labels, packed, stride }: ClassRows,
  { rows, start, end }: RowRange,
): void {
  const [histogram0, histogram1, histogram2, histogram3] = histograms;
  const [bytes0, bytes1, bytes2, bytes3] = columns;
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    const place = row * stride;
    const label = labels[row]!;
    const value = packed[row]!;
    histogram0[bytes0[place]! * classes + label]! += value;
    histogram1[bytes1[place]! * classes + label]! += value;
    histogram2[bytes2[place]! * classes + label]! += value;
    histogram3[bytes3[place]! * classes + label]! += value;
  }
}
