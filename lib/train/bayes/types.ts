/** What naive Bayes knows of each class. */

/** Columns [start, start + size) of the encoded features. */
export interface ColumnRange {
  readonly start: number;
  readonly size: number;
}

/** Normal distributions, one a class and column; row-major [columns, classes]. */
export interface GaussianPart extends ColumnRange {
  readonly kind: 'gaussian';
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** Logarithms of the share of each category within a class; row-major [codes of all columns one after the other, classes]. */
export interface CategoryPart extends ColumnRange {
  readonly kind: 'categories';
  /** Codes that a column has. */
  readonly codes: readonly number[];
  readonly logShares: Float64Array;
}

/** Logarithms of the share of each word within a class; row-major [words, classes]. */
export interface TermPart extends ColumnRange {
  readonly kind: 'terms';
  readonly logShares: Float64Array;
}

export type BayesPart = GaussianPart | CategoryPart | TermPart;

/** Logarithms of the classes' shares, and the columns in parts. */
export interface NaiveBayes {
  readonly classes: number;
  readonly logPriors: Float64Array;
  readonly parts: readonly BayesPart[];
}

/** Labelled, weighted rows. */
export interface BayesRows {
  readonly labels: Int32Array;
  readonly weightOf: (row: number) => number;
  readonly classes: number;
}
