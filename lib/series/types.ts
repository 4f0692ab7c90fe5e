/** The vocabulary of series: a frequency, rows as they come, and the regular series that is made of them. */

/** Time between two values: so many milliseconds, or so many months, `atEnd` on the last day of each. */
export type Frequency =
  | { readonly unit: 'ms'; readonly size: number }
  | { readonly unit: 'month'; readonly size: number; readonly atEnd: boolean };

/** Rows of one series, in any order. */
export interface SeriesRows {
  /** What the series is called, `''` if there is only one. */
  readonly name: string;
  /** Milliseconds since 1970 in UTC, one a row. */
  readonly stamps: Float64Array;
  /** One a row, NaN where missing. */
  readonly values: Float64Array;
  /** Of what is known of the future, `rows[row * width + place]`; NaN where missing. */
  readonly known: Float64Array;
  /** Number of each row in what the user sent, from 0, for messages. */
  readonly rows: ArrayLike<number>;
  /** The field of the request that they were sent in, for messages; absent for rows of a data set. */
  readonly place?: string;
}

/** A series without gaps: value `i` is that of `start` plus `i` steps. */
export interface Series {
  readonly name: string;
  readonly start: number;
  readonly values: Float64Array;
  /**
   * Known inputs of the values and of `ahead` further steps, row-major [values + ahead, width]; empty if the model has
   * none. Of a value, one that is missing is what it was before, at the beginning what it first is; of a step after the
   * values it is NaN.
   */
  readonly known: Float64Array;
  readonly ahead: number;
}

/** How rows become regular. */
export interface RegularOptions {
  readonly frequency: Frequency;
  /** Columns of `known`. */
  readonly width: number;
  readonly gaps: {
    readonly fill: 'interpolate' | 'previous' | 'zero' | 'refuse';
    readonly limit: number;
  };
  readonly aggregate?: 'mean' | 'sum' | 'min' | 'max' | 'first' | 'last' | undefined;
}

/** What was filled in on the way. */
export interface Filling {
  readonly series: Series;
  /** Steps that had no value. */
  readonly filled: number;
  /** Milliseconds since 1970 of the first of them; NaN if none was. */
  readonly firstFilled: number;
}
