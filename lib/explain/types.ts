/** The vocabulary of explanations: what a score is made of, and how it is shared out among columns. */
import type { Matrix } from '../core/index.ts';

/**
 * Trees with their nodes laid end to end. A row goes left where `x <= threshold`, or where x is among the codes; NaN goes
 * as `missingLeft` says.
 */
export interface Ensemble {
  /** The root of each tree. */
  readonly roots: Int32Array;
  /** Feature a node splits by; -1 marks a leaf. */
  readonly feature: Int32Array;
  readonly threshold: Float32Array;
  /** The codes that go left where a node parts categories; `null` where it has a threshold. */
  readonly codes: readonly (ReadonlySet<number> | null)[];
  readonly missingLeft: Uint8Array;
  /** Children by their place among all nodes. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Training rows that came to each node; `null` if the file does not say. */
  readonly cover: Float32Array | null;
  /** The values of node `n` are those from `valueStart[n]` to `valueStart[n + 1]`: one for each target it adds to. */
  readonly valueStart: Int32Array;
  readonly valueTarget: Int32Array;
  readonly values: Float64Array;
  /** Scores that a row gets. */
  readonly targets: number;
  /** Splits between a root and a leaf at most. */
  readonly depth: number;
}

/** How encoded features become scores: `offsets` plus what trees or weights add. */
export type Score =
  | { readonly style: 'trees'; readonly ensemble: Ensemble; readonly offsets: Float64Array }
  | {
      readonly style: 'linear';
      /** Row-major [features, targets]. */
      readonly weights: Float64Array;
      readonly targets: number;
      readonly offsets: Float64Array;
    };

/** Scores of some rows shared out: `score[r, t]` is `base[t]` plus the sum of `values[r, t, :]`. */
export interface Attribution {
  readonly rows: number;
  readonly targets: number;
  readonly columns: number;
  /** The mean score over the background. */
  readonly base: Float64Array;
  /** Computed by itself, not as a sum of the others; [rows, targets]. */
  readonly scores: Float64Array;
  /** SHAP values [rows, targets, columns]. */
  readonly values: Float64Array;
}

/** Shares out the scores of encoded rows, float32 [rows, features] with NaN for missing values. */
export type FeatureAttributor = (features: Matrix) => Attribution;
