/** Names for the rows of a node and where what is known of them lies. */
import type { Bins } from './bins.ts';

/** A contiguous run of row numbers. */
export interface RowRange {
  readonly rows: Int32Array;
  readonly start: number;
  readonly end: number;
}

/** Rows by number, with two statistics each, whose meaning is the problem's. */
export interface RowBlock {
  readonly bins: Bins;
  /** Statistics of row `r` at `2r` and `2r + 1`. */
  readonly statistics: Float64Array;
}

/** The rows of a node. */
export interface NodeRows {
  readonly block: RowBlock;
  readonly range: RowRange;
}
