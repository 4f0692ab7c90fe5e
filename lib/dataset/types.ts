/** The vocabulary of data sets: typed columns, and what is known of each of them. */

/** What a column holds; the user can override what was inferred. */
export type ColumnType = 'numeric' | 'boolean' | 'category' | 'datetime' | 'text' | 'identifier' | 'constant';

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
  readonly type: Exclude<ColumnType, 'numeric'>;
  readonly values: readonly (string | null)[];
}

/** A column in memory. */
export type Column = NumericColumn | TextColumn;

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
