/** How far a training is: everything that the rest of it depends on. */
import type { Plateau } from '../schedules.ts';
import type { Numbers } from './parameters.ts';

/** One epoch in numbers. */
export interface EpochReport {
  /** Counts from 1. */
  readonly epoch: number;
  /** Mean loss of the training rows over the steps of the epoch, penalty included. */
  readonly loss: number;
  /** Learning rate of the last step. */
  readonly rate: number;
  /** Mean loss and metric of the validation rows after the epoch; absent without validation. */
  readonly validation?: { readonly loss: number; readonly metric: number };
}

/** The epoch after which the watched loss was lowest. */
export interface Best extends Numbers {
  readonly epoch: number;
  readonly loss: number;
}

/** A training between two steps. */
export interface TrainingState extends Numbers {
  /** Epochs done. */
  readonly epoch: number;
  /** Steps done of the next epoch, and the sum of their rows' losses. */
  readonly step: number;
  readonly lossSum: number;
  /** What the optimiser remembers: vectors of float32, or of float64 for L-BFGS. */
  readonly memory: readonly (Float32Array | Float64Array)[];
  readonly best: Best | null;
  /** Epochs since the loss last fell by enough to count. */
  readonly waited: number;
  readonly plateau: Plateau;
  readonly history: readonly EpochReport[];
}
