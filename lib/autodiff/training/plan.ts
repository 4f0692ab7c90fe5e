/** A training as plain data, which can be sent to a thread: graphs, examples and settings. */
import type { RowLosses } from '../losses.ts';
import type { OptimizerSpec } from '../optimizers.ts';
import type { ScheduleSpec } from '../schedules.ts';
import type { Examples } from './graph-parts.ts';
import type { EpochReport, TrainingState } from './state.ts';
import type { StepGraph } from './step-graph.ts';

/** Ends a training when it no longer helps, and keeps the weights of its best epoch. */
export interface EarlyStopping {
  /** Epochs without a lower loss after which it ends. */
  readonly patience: number;
  /** A loss counts as lower if it is so by more than this; 0 by default. */
  readonly minDelta?: number;
}

/** Limited-memory BFGS over all rows at once, for smooth losses: an epoch is an iteration. */
export interface LbfgsSpec {
  readonly kind: 'lbfgs';
  /** Stops when no number of the gradient of the mean loss is larger than this; 1e-6 by default. */
  readonly tolerance?: number;
}

/** Examples with weights; a row's weight is 1 on average. */
export interface WeightedExamples extends Examples {
  readonly weights?: Float32Array | undefined;
}

/** What a training needs beside its state. */
export interface TrainingPlan {
  readonly examples: WeightedExamples;
  readonly validation: (WeightedExamples & { readonly model: Uint8Array; readonly batch: number }) | null;
  readonly metric: RowLosses['metric']['name'] | null;
  readonly method:
    | { readonly kind: 'steps'; readonly optimizer: OptimizerSpec; readonly graph: StepGraph }
    | {
        readonly kind: 'lbfgs';
        readonly model: Uint8Array;
        readonly tolerance: number;
        readonly l2: number;
        /** 1 where the penalty applies. */
        readonly mask: Float32Array;
      };
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly schedule: ScheduleSpec;
  readonly earlyStopping: EarlyStopping | null;
  readonly seed: number;
  readonly threads: number;
  /** Tells this training from others; null where no checkpoints are kept. */
  readonly fingerprint: string | null;
  readonly checkpointEveryMs: number;
}

/** How far a training is. */
export interface TrainingProgress {
  /** Part of all epochs that is done, 0 to 1. */
  readonly fraction: number;
  /** The epoch under way, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss of the epoch so far. */
  readonly loss: number;
  /** The epoch that ended last; null before. */
  readonly last: EpochReport | null;
  readonly metric: RowLosses['metric']['name'] | null;
  readonly rowsPerSecond: number;
  /** If it goes on at this pace to the last epoch. */
  readonly secondsLeft: number;
}

/** How a training ended. */
export type TrainingEnd =
  | {
      readonly kind: 'done';
      readonly state: TrainingState;
      readonly reason: 'epochs' | 'stalled' | 'converged';
    }
  | { readonly kind: 'paused' }
  | BadNumbers;

/** A training whose loss is no finite number any more. */
export interface BadNumbers {
  readonly kind: 'bad';
  readonly loss: number;
  /** Counts from 1; step 0 is the validation after the epoch. */
  readonly epoch: number;
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** The state before the step, and what the step works on. */
  readonly state: TrainingState;
  readonly rows: Int32Array;
  readonly shares: Float32Array;
}

/** Who watches a training. */
export interface TrainingHooks {
  /** Milliseconds from any beginning. */
  now(): number;
  /** True once it is to keep what it has and end. */
  isPaused(): boolean;
  onProgress(progress: TrainingProgress): void;
  /** Hands a checkpoint on to be kept. */
  save(checkpoint: Uint8Array<ArrayBuffer>): void;
  /** True while one is still on its way. */
  isSaving(): boolean;
}
