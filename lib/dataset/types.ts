/** The vocabulary of data sets: typed columns, and what is known of each of them. */
import type { PictureLayout } from '../contracts/pictures.ts';

/** What a column holds; the user can override what was inferred. */
export type ColumnType =
  | 'numeric'
  | 'boolean'
  | 'category'
  | 'datetime'
  | 'text'
  | 'image'
  | 'identifier'
  | 'constant';

/** Numbers; NaN is a missing value. */
export interface NumericColumn {
  readonly name: string;
  readonly type: 'numeric';
  readonly values: Float64Array;
}

/**
 * Texts exactly as in the data; `null` is a missing value.
 * A `datetime` column holds ISO 8601 text in one form, `YYYY-MM-DDTHH:MM:SS`.
 */
export interface TextColumn {
  readonly name: string;
  readonly type: Exclude<ColumnType, 'numeric' | 'image'>;
  readonly values: readonly (string | null)[];
}

/** Pictures of one size, a byte for each value. */
export interface ImageColumn {
  readonly name: string;
  readonly type: 'image';
  readonly layout: PictureLayout;
  /** Row-major [rows, height, width, channels]; a missing picture is black. */
  readonly pixels: Uint8Array;
  /** SHA-256 of each picture's pixels, by which equal ones are known; `null` is a missing one. */
  readonly values: readonly (string | null)[];
}

/** A column in memory. */
export type Column = NumericColumn | TextColumn | ImageColumn;

/** A data set in memory, in the order of the file. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** One fold: numbers of the rows to learn from and of the rows to be tested on. */
export interface Fold {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}
