/** What the tree learners take and give: targets, options, trees, and the two kinds of ensemble. */

/** What is to be learned, one entry a row of the matrix. */
export type TreeTarget =
  | {
      readonly task: 'classification';
      /** How many classes there are, at least two. */
      readonly classes: number;
      /** Class numbers in [0, classes). */
      readonly labels: ArrayLike<number>;
    }
  | { readonly task: 'regression'; readonly values: ArrayLike<number> };

/** How a fit is run; nothing here but `seed` and `weights` changes the result. */
export interface FitOptions {
  /** Seed of every random choice. */
  readonly seed: number;
  /** One non-negative weight a row; class weights are given as row weights. Default: all 1. */
  readonly weights?: ArrayLike<number>;
  /** Worker threads at most; 1 fits in the calling thread. Default: the machine's cores, at most 8. */
  readonly threads?: number;
  /** Ends the fit early: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told the share of the work that is done, in (0, 1]. */
  readonly onProgress?: (fraction: number) => void;
}

/** A random forest (Breiman 2001); the defaults are those of scikit-learn. */
export interface ForestOptions extends FitOptions {
  /** Number of trees. Default 100. */
  readonly trees?: number;
  /** Splits between the root and a leaf at most. Default: no limit. */
  readonly maxDepth?: number;
  /** Different rows in a leaf at least. Default 1. */
  readonly minSamplesLeaf?: number;
  /** Columns tried at a split. Default: square root of all for classification, all for regression. */
  readonly maxFeatures?: number;
  /** Draw rows with replacement for each tree. Default true; false gives every tree all rows. */
  readonly bootstrap?: boolean;
  /**
   * `best` looks at every threshold of a column; `random` draws one between the node's extremes and looks at no other,
   * as extremely randomised trees do (Geurts, Ernst and Wehenkel 2006). Default `best`.
   */
  readonly thresholds?: 'best' | 'random';
}

/** What boosting on numbers minimises. Classes have their log loss. */
export type NumberLoss =
  | { readonly kind: 'squared_error' }
  /** Deviance of counts and other values that are not negative; the mean is the exponential of the score. */
  | { readonly kind: 'poisson' }
  /** Pinball loss: the answer is the value that a share `quantile` of the rows stays below. */
  | { readonly kind: 'quantile'; readonly quantile: number };

/** Histogram gradient boosting; the defaults are those of scikit-learn's HistGradientBoosting. */
export interface BoostingOptions extends FitOptions {
  /** What is minimised on numbers. Default the squared error. */
  readonly loss?: NumberLoss;
  /**
   * One sign a column: 1 where the answer must not fall as the column rises, -1 where it must not rise, 0 for no rule.
   * For numbers and two classes. Default: no rules.
   */
  readonly monotone?: ArrayLike<number>;
  /**
   * Columns of category codes: whole numbers from 0 to 254, or -1 for what is not known. They are split by sets of codes
   * instead of a threshold. Default: none.
   */
  readonly categories?: readonly number[];
  /** Rounds at most; a round grows one tree, or one a class with three classes and more. Default 100. */
  readonly iterations?: number;
  /** Share of each tree's answer that is kept. Default 0.1. */
  readonly learningRate?: number;
  /** Leaves of a tree at most. Default 31. */
  readonly maxLeaves?: number;
  /** Splits between the root and a leaf at most. Default: no limit. */
  readonly maxDepth?: number;
  /** Rows in a leaf at least. Default 20. */
  readonly minSamplesLeaf?: number;
  /** Added to the denominator of leaf values (L2 regularisation). Default 0. */
  readonly l2?: number;
  /** Holds rows out and stops when they no longer improve. Default: off, every round is grown. */
  readonly earlyStopping?: {
    /** Share of the rows held out, in (0, 1). Default 0.1. */
    readonly validationFraction?: number;
    /** Rounds without improvement before the end; the best round is the last one kept. Default 10. */
    readonly patience?: number;
  };
}

/**
 * One tree as flat arrays, root at 0. A row goes left where `x <= threshold`, or where the code x is in a set; NaN and, in
 * columns of codes, -1 go as `missingLeft` says.
 */
export interface Tree {
  /** Column a node splits by; -1 marks a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  /** Where a node's set of codes begins in `setWords`; -1 where it has a threshold. */
  readonly setStart: Int32Array;
  /** Sets of codes, SET_WORDS words each. */
  readonly setWords: Uint32Array;
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** `nodes x outputs`, row-major; zero except at leaves. */
  readonly values: Float32Array;
  /** Training rows that came to each node while the tree grew; a row drawn twice counts once. */
  readonly cover: Float32Array;
}

/** A fitted random forest: the answer is `baseline` plus the mean of the trees' leaf values. */
export interface Forest {
  readonly kind: 'forest';
  readonly task: TreeTarget['task'];
  /** Columns of the matrix it was fitted on. */
  readonly columns: number;
  /** Values in a leaf: class probabilities, or one number. */
  readonly outputs: number;
  readonly baseline: number;
  readonly trees: readonly Tree[];
  /** Mean decrease in impurity by column, adding up to 1 (all 0 if nothing could be split). */
  readonly importances: Float64Array;
}

/** A fitted isolation forest: leaves hold path lengths, whose mean says how easily a row is parted from the others. */
export interface IsolationForest {
  readonly kind: 'isolation_forest';
  /** Columns of the matrix it was fitted on. */
  readonly columns: number;
  /** Rows each tree was grown from. */
  readonly samples: number;
  readonly trees: readonly Tree[];
}

/** The loss a boosted ensemble minimises; each comes with its canonical link. */
export type BoostingLoss = NumberLoss['kind'] | 'binary_log_loss' | 'multinomial_log_loss';

/** A fitted boosted ensemble: raw scores are `baseline` plus the sum of the trees' leaf values. */
export interface Boosting {
  readonly kind: 'boosting';
  readonly loss: BoostingLoss;
  /** Columns of the matrix it was fitted on. */
  readonly columns: number;
  /** Raw scores a row: one, or one a class for the multinomial loss. */
  readonly outputs: number;
  readonly baseline: Float64Array;
  /** Tree `iteration * outputs + output`; each has one value a leaf. */
  readonly trees: readonly Tree[];
  /** Sum of split gains by column, adding up to 1 (all 0 if nothing could be split). */
  readonly importances: Float64Array;
  /** Mean loss on the held-out rows before the first and after each round; empty without early stopping. */
  readonly validationLoss: readonly number[];
}
