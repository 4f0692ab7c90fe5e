/** The vocabulary of training: targets, learners, and what a learner gives back. */
import type { ModelEncoding } from '../contracts/encoding.ts';
import type { TableLearnerName } from '../contracts/model-spec.ts';
import type { Logger, Matrix } from '../core/index.ts';
import type { GraphBuilder, Value } from '../onnx/types.ts';
import type { FeatureBlock } from '../preprocess/types.ts';

/** Classes by number; `codes[row]` indexes `classes`. */
export interface ClassTarget {
  readonly task: 'classification';
  readonly classes: readonly string[];
  readonly codes: Int32Array;
}

/** A number per row. */
export interface NumberTarget {
  readonly task: 'regression';
  readonly values: Float64Array;
  /** The share of rows that are to stay below the answer, where that is what is asked for. */
  readonly quantile?: number;
}

/** What is learnt, one entry a row. */
export type Target = ClassTarget | NumberTarget;

/** How a fit may use the machine and be watched. */
export interface FitOptions {
  readonly seed: number;
  /** Threads at most. */
  readonly threads: number;
  /** One weight a row; all ones when absent. */
  readonly weights?: Float64Array;
  readonly signal?: AbortSignal;
  /** Once it is aborted a `resumable` learner keeps a checkpoint and throws `training_paused`. */
  readonly pause?: AbortSignal;
  /** Where a `resumable` learner keeps how far it is. */
  readonly checkpoint?: FitCheckpoint;
  /** Part of this fit that is done, 0 to 1, and what there is to say of it. */
  readonly onProgress?: (fraction: number, message?: string) => void;
  /** The spec's settings of this learner, checked by its schema in `learnerParameters`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** What the columns of the matrix are, from left to right; all plain numbers when absent. */
  readonly layout?: readonly FeatureBlock[];
  /** The encoded columns: their own names, and the raw column each was made of. */
  readonly columns?: readonly EncodedColumn[];
  /** Ensembles: what each member looks at; all columns when absent. */
  readonly parts?: readonly MatrixPart[];
  /** Ensembles: the number of the fold in which each row would be tested; blocks of rows when absent. */
  readonly folds?: Uint8Array;
}

/** A column of the encoded matrix. */
export interface EncodedColumn {
  readonly name: string;
  /** The raw column that it was made of. */
  readonly source: string;
}

/** Neighbouring columns of an encoded matrix, with what is said of them as if there were no others. */
export interface MatrixPart {
  readonly start: number;
  readonly columns: readonly EncodedColumn[];
  readonly layout: readonly FeatureBlock[];
}

/** Keeps how far one fit is. */
export interface FitCheckpoint {
  /** How long a part of it must have taken to be worth it; however short it was when absent. */
  readonly worthMs?: number;
  /** What was kept last; null if there is nothing. */
  load(): Promise<Uint8Array | null>;
  save(checkpoint: Uint8Array): Promise<void>;
}

/** Keeps what is done of a training, under names of the training's own. */
export interface KeptWork {
  /** How long something must have taken to be worth it. */
  readonly worthMs: number;
  load(name: string): Promise<Uint8Array | null>;
  save(name: string, bytes: Uint8Array): Promise<void>;
}

/** A model in a graph. */
export interface EmittedModel extends Pick<ModelEncoding, 'style' | 'units'> {
  /** Class probabilities [N, K] or values [N], float32. */
  readonly answer: Value;
  /** What the answer was made from, in its units; what explanations add up to. */
  readonly score: Value;
}

/** A model as learnt: it can write itself into a graph. */
export interface FittedLearner {
  /** Writes what comes after the encoded features, float32 [N, p]. */
  emit(builder: GraphBuilder, features: Value): EmittedModel;
}

/** One way to learn; a file each in `learners/`. */
export interface Learner {
  readonly name: TableLearnerName;
  /** Which defaults of preprocessing suit it. */
  readonly style: 'linear' | 'tree';
  /** How it wants texts: as weights of words (default), or as the numbers of their words in order. */
  readonly texts?: 'terms' | 'tokens';
  /** True if a fit goes on from its checkpoint to the same model; others are begun anew. */
  readonly resumable?: true;
  /** True if a fit takes so long that one test has to do, given rows enough. */
  readonly costly?: true;
  /** Ensembles: the learners that some settings join. */
  readonly members?: (parameters: Readonly<Record<string, unknown>>) => readonly Member[];
  fit(x: Matrix, target: Target, options: FitOptions): Promise<FittedLearner>;
}

/** A learner in an ensemble. */
export interface Member {
  readonly learner: Learner;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Raw columns that it looks at; all when absent. */
  readonly columns?: readonly string[];
}

/** What the training of one model needs from outside. */
export interface TrainContext {
  readonly threads: number;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** Once it is aborted, with an error `training_paused`, what is done is kept and that error thrown. */
  readonly pause?: AbortSignal;
  /** Absent where nobody could go on. */
  readonly kept?: KeptWork;
  /** Part of the whole work that is done, and what is going on. */
  readonly onProgress?: (fraction: number, message: string) => void;
}
