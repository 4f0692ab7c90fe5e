/** Trains a network on examples: the one door to losses, optimisers and the training loop. */
import { internal, invalidInput } from '../../core/index.ts';
import type { TensorData } from '../../onnx/index.ts';
import type { LossSpec } from '../losses.ts';
import type { OptimizerSpec } from '../optimizers.ts';
import type { Clip, Penalty } from '../penalties.ts';
import { noPlateau, type ScheduleSpec } from '../schedules.ts';
import type { Network, Weights } from '../types.ts';
import { decodeCheckpoint } from './checkpoint.ts';
import { explainBadNumbers } from './explain-bad-numbers.ts';
import type { Examples, GraphSource } from './graph-parts.ts';
import { makePlan } from './make-plan.ts';
import { initialNumbers, layParameters, weightsOf } from './parameters.ts';
import type { EarlyStopping, LbfgsSpec, TrainingPlan, TrainingProgress } from './plan.ts';
import type { EpochReport, TrainingState } from './state.ts';
import { trainInThread } from './thread.ts';

/** What is learnt. */
export interface TrainingProblem extends Examples {
  readonly network: Network;
  readonly loss: LossSpec;
  /** One non-negative weight a row; all ones when absent. Only their proportions count. */
  readonly weights?: ArrayLike<number>;
  /** Rows to watch and not to learn from. */
  readonly validation?: Examples & { readonly weights?: ArrayLike<number> };
}

/** Keeps what is done of a training, so that another process can go on with it. */
export interface Checkpoints {
  /** What was kept last; null if there is nothing. */
  load(): Promise<Uint8Array | null>;
  save(checkpoint: Uint8Array): Promise<void>;
}

/** How it is learnt. */
export interface TrainingOptions {
  readonly optimizer: OptimizerSpec | LbfgsSpec;
  /** Default: that of PyTorch's optimiser. L-BFGS finds its own step. */
  readonly learningRate?: number;
  readonly schedule?: ScheduleSpec;
  readonly epochs: number;
  /** Rows of a step; all of them is full-batch gradient descent. Default 32. L-BFGS always looks at all rows. */
  readonly batchSize?: number;
  readonly penalty?: Penalty;
  readonly clip?: Clip;
  /** Watches the validation rows, or the training loss where there are none. */
  readonly earlyStopping?: EarlyStopping;
  /** Numbers to begin with, by parameter; those left out are drawn. */
  readonly start?: Weights;
  readonly seed: number;
  /** Threads at most; 1 by default, which small networks are fastest with. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Once it is aborted the training keeps a checkpoint and ends with `training_paused`. */
  readonly pause?: AbortSignal;
  readonly checkpoints?: Checkpoints;
  readonly checkpointEveryMs?: number;
  readonly onProgress?: (progress: TrainingProgress) => void;
}

/** A network that has learnt. */
export interface TrainedNetwork {
  /** Of the best epoch under early stopping, else of the last one. */
  readonly weights: Weights;
  readonly history: readonly EpochReport[];
  /** The epoch that the weights are of, from 1. */
  readonly epoch: number;
  /** All epochs done; no longer better; or so flat that L-BFGS finds no way down. */
  readonly ended: 'epochs' | 'stalled' | 'converged';
  /** Epochs that an earlier process had done already. */
  readonly resumedAt: number | null;
}

/**
 * Trains in a thread of its own. The same problem, options and number of threads give the same numbers to the bit, also
 * when the training is paused, killed or resumed in between.
 *
 * The loss that is made small is the mean over the rows of a batch of weight times loss, weights being 1 on average,
 * plus the penalty. The last batch of an epoch may have fewer rows; they count as those of any other batch.
 *
 * @throws invalid_request `training_diverged` once a loss is no finite number, with the place where that began and what
 *   to try; the reason of `signal` once it is aborted; internal `training_paused`
 */
export async function trainNetwork(
  problem: TrainingProblem,
  options: TrainingOptions,
): Promise<TrainedNetwork> {
  const { source, plan, state: fresh } = prepareTraining(problem, options);
  const resumed = await resume(plan, options.checkpoints);
  const end = await trainInThread({ plan, state: resumed ?? fresh }, threadOptions(options));
  if (end.kind === 'paused') throw paused();
  if (end.kind === 'bad') throw await explainBadNumbers(source, problem, end);
  const { state, reason } = end;
  const best = options.earlyStopping ? state.best : null;
  return {
    weights: weightsOf(source.layout, best ?? state),
    history: state.history,
    epoch: best?.epoch ?? state.epoch,
    ended: reason,
    resumedAt: resumed?.epoch ?? null,
  };
}

/** Everything that is settled before the first step. */
export function prepareTraining(
  problem: TrainingProblem,
  options: TrainingOptions,
): { readonly source: GraphSource; readonly plan: TrainingPlan; readonly state: TrainingState } {
  const { network, validation, weights } = problem;
  checkExamples(problem, 'the training rows');
  if (validation) checkExamples(validation, 'the validation rows');
  const layout = layParameters(network);
  const source: GraphSource = {
    network,
    layout,
    loss: problem.loss,
    // L-BFGS takes no steps that a graph could take.
    optimizer: options.optimizer.kind === 'lbfgs' ? { kind: 'sgd' } : options.optimizer,
    penalty: options.penalty ?? {},
    clip: options.clip,
  };
  const plan = makePlan(source, {
    examples: weighted(problem, weights),
    validation: validation && weighted(validation, validation.weights),
    options,
  });
  return { source, plan, state: freshState(plan, initialNumbers(layout, options.seed, options.start)) };
}

const weighted = ({ inputs, target }: Examples, weights: ArrayLike<number> | undefined) => ({
  inputs,
  target,
  weights: evenOut(weights, target.dims[0]!),
});

function checkExamples({ inputs, target }: Examples, owner: string): void {
  const rows = target.dims[0] ?? 0;
  if (rows === 0) throw invalidInput(`${owner} are none; a network needs at least one`);
  for (const [name, { dims }] of Object.entries(inputs)) {
    if (dims[0] !== rows) {
      throw internal(`${owner} have ${rows} targets, but the input "${name}" has ${dims[0]} rows`);
    }
  }
}

/** Weights that are 1 on average. */
function evenOut(weights: ArrayLike<number> | undefined, rows: number): Float32Array | undefined {
  if (weights === undefined) return undefined;
  if (weights.length !== rows) throw internal(`there are ${rows} rows but ${weights.length} weights`);
  const total = Array.prototype.reduce.call(
    weights,
    (sum, weight) => (sum as number) + (weight as number),
    0,
  );
  if (!((total as number) > 0)) throw invalidInput('All weights are 0; give some row a weight');
  return Float32Array.from(weights, (weight) => (weight * rows) / (total as number));
}

function freshState(plan: TrainingPlan, numbers: Pick<TrainingState, 'trained' | 'kept'>): TrainingState {
  const vectors = plan.method.kind === 'steps' ? plan.method.graph.vectors : 0;
  return {
    ...numbers,
    epoch: 0,
    step: 0,
    lossSum: 0,
    memory: Array.from({ length: vectors }, () => new Float32Array(numbers.trained.length)),
    best: null,
    waited: 0,
    plateau: noPlateau,
    history: [],
  };
}

async function resume(
  { fingerprint }: TrainingPlan,
  checkpoints: Checkpoints | undefined,
): Promise<TrainingState | null> {
  if (fingerprint === null) return null;
  const bytes = await checkpoints?.load();
  return bytes ? decodeCheckpoint(bytes, fingerprint) : null;
}

function threadOptions({ signal, pause, onProgress, checkpoints }: TrainingOptions) {
  return { signal, pause, onProgress, save: checkpoints && ((bytes: Uint8Array) => checkpoints.save(bytes)) };
}

const paused = () =>
  internal('The training was paused; its checkpoint was kept.', { code: 'training_paused' });

/** A target of numbers, float32 [rows, width]. */
export const numberTarget = (values: ArrayLike<number>, width = 1): TensorData => ({
  type: 'float32',
  dims: [values.length / width, width],
  data: Float32Array.from(values),
});

/** A target of class numbers, int32 [rows]. */
export const classTarget = (codes: ArrayLike<number>): TensorData => ({
  type: 'int32',
  dims: [codes.length],
  data: Int32Array.from(codes),
});
