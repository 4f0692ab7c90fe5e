/** Differentiable graphs: networks are written once on a tape, trained by the gradients it gives, and served. */
export { type Arithmetic, arithmetic, type Operand } from './arithmetic.ts';
export { differentiate } from './differentiate.ts';
export { emitNetwork } from './emit-network.ts';
/** Networks are put together from these: `networkOf(sequence([dense(4, 8), activation('Relu'), dense(8, 1)]), 'x')`. */
export * from './layers/index.ts';
export { type MinimizeOptions, type Minimum, minimize, type Objective, type Pair, pairOf } from './lbfgs.ts';
export type { LossSpec } from './losses.ts';
export type { OptimizerSpec } from './optimizers.ts';
export type { Clip, Penalty } from './penalties.ts';
export type { ScheduleSpec } from './schedules.ts';
export { createTape } from './tape.ts';
export { describeProgress } from './training/describe-progress.ts';
export type { EarlyStopping, LbfgsSpec, TrainingProgress } from './training/plan.ts';
export type { EpochReport } from './training/state.ts';
export {
  type Checkpoints,
  classTarget,
  numberTarget,
  type TrainedNetwork,
  type TrainingOptions,
  type TrainingProblem,
  trainNetwork,
} from './training/train-network.ts';
export type {
  ForwardContext,
  Initial,
  Network,
  ParameterSpec,
  Tape,
  TapeNode,
  Tensor,
  Weights,
} from './types.ts';
