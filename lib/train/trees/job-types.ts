/** Fits in a form that can be posted to threads: plain values, and typed arrays in shared memory. */
import type { Matrix } from '../../core/index.ts';
import type { Bins } from './bins.ts';
import type { LeafwiseMemory } from './leafwise.ts';
import type { Packing } from './packing.ts';
import type { BoostingLoss } from './types.ts';

/** What all fits need. */
interface TreeJobBase {
  readonly matrix: Matrix;
  readonly bins: Bins;
  /** Class numbers or values by row. */
  readonly target: Float64Array;
  readonly weights: Float64Array;
  readonly maxDepth: number;
  readonly minSamplesLeaf: number;
}

/** A gradient boosting fit. */
export interface BoostingJob extends TreeJobBase {
  readonly kind: 'boosting';
  readonly loss: BoostingLoss;
  /** Of the pinball loss. */
  readonly quantile: number;
  /** A sign a column, see `BoostingOptions`; `null` without rules. */
  readonly monotone: Int8Array | null;
  readonly outputs: number;
  readonly baseline: Float64Array;
  /** Good for every round; the Poisson loss needs another one each round. */
  readonly packing: Packing;
  readonly trainingRows: Int32Array;
  /** Rows held out for early stopping; none turns it off. */
  readonly validationRows: Int32Array;
  readonly patience: number;
  readonly iterations: number;
  readonly learningRate: number;
  readonly maxLeaves: number;
  readonly l2: number;
  readonly memory: BoostingMemory;
}

/** Working memory of a boosting fit; `scores` and `means` are `rows x outputs`, `lossSums` are for `sumBlocks`. */
export interface BoostingMemory extends Omit<LeafwiseMemory, 'bins'> {
  readonly scores: Float64Array;
  readonly means: Float64Array;
  readonly lossSums: Float64Array;
  /** Values of a tree's leaves that take all rows of the leaf to compute. */
  readonly leafValues: Float64Array;
}

/** A random forest fit. */
export interface ForestJob extends TreeJobBase {
  readonly kind: 'forest';
  /** Number of classes; 0 for regression. */
  readonly classes: number;
  readonly baseline: number;
  readonly seed: number;
  readonly trees: number;
  readonly maxFeatures: number;
  readonly bootstrap: boolean;
  readonly thresholds: 'best' | 'random';
  /** Trees taken up and trees finished so far, by all members. */
  readonly progress: Int32Array;
}
