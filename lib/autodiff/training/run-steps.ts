/** Trains step by step: batches in, a chunk of steps in one call of the runtime, and a look around between the calls. */
import { joinFloats } from '../../core/index.ts';
import type { ModelSession, TensorData } from '../../onnx/index.ts';
import { createOptimizer, type Optimizer } from '../optimizers.ts';
import { rateShare } from '../schedules.ts';
import { type Batches, dealBatches, type Steps } from './batches.ts';
import { createReporter, endEpoch, endOf } from './epochs.ts';
import { float32Table } from './feeds.ts';
import { feedNames, feedsOf } from './graph-parts.ts';
import { createKeeper } from './keeper.ts';
import { createPace } from './pace.ts';
import type { BadNumbers, TrainingEnd, TrainingHooks, TrainingPlan } from './plan.ts';
import type { TrainingState } from './state.ts';
import { trainingSession } from './training-session.ts';
import { createValidator, type Validator } from './validate.ts';

/** Memory for the random numbers of one call. */
const noiseBytes = 33_554_432;

type StepsMethod = Extract<TrainingPlan['method'], { readonly kind: 'steps' }>;

/** What every chunk is made with. */
interface Machine {
  readonly plan: TrainingPlan;
  readonly method: StepsMethod;
  readonly session: ModelSession;
  readonly optimizer: Optimizer;
  readonly batches: Batches;
  readonly examples: Readonly<Record<string, TensorData>>;
}

/** Trains from a state to the end, or until it is paused. */
export async function runSteps(
  plan: TrainingPlan,
  hooks: TrainingHooks,
  start: TrainingState,
): Promise<TrainingEnd> {
  const method = plan.method as StepsMethod;
  const { examples, batch, seed, threads } = plan;
  const rows = examples.target.dims[0]!;
  const session = await trainingSession(method.graph.model, threads);
  const validator = await createValidator(plan);
  const machine: Machine = {
    plan,
    method,
    session,
    optimizer: createOptimizer(method.optimizer),
    batches: dealBatches({ rows, batch, seed, weights: examples.weights }),
    examples: feedsOf(examples),
  };
  try {
    return await train(machine, hooks, { start, validator });
  } finally {
    await session.release();
    await validator?.release();
  }
}

async function train(
  machine: Machine,
  hooks: TrainingHooks,
  { start, validator }: { readonly start: TrainingState; readonly validator: Validator | null },
): Promise<TrainingEnd> {
  const { plan, batches, method } = machine;
  const pace = createPace(Math.max(1, Math.floor(noiseBytes / 4 / Math.max(1, method.graph.noise))));
  const reporter = createReporter(plan, hooks, start);
  const keeper = createKeeper(plan, hooks, start);
  let state = start;
  let reason = endOf(plan, state);
  while (reason === null) {
    if (hooks.isPaused()) {
      keeper.keep(state);
      return { kind: 'paused' };
    }
    const { step } = state;
    const to = Math.min(batches.stepsPerEpoch, step + pace.next());
    const startedMs = hooks.now();
    const chunk = await runChunk(machine, state, to);
    pace.took(to - step, hooks.now() - startedMs);
    const bad = chunk.losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) return findBadStep(machine, state, { step: step + bad, loss: chunk.losses[bad]! });
    state = chunk.state;
    const loss = state.lossSum / Math.min(state.step * plan.batch, rowsOf(plan));
    if (state.step === batches.stepsPerEpoch) {
      const before = state;
      state = await endEpoch(plan, validator, { state, loss, rate: chunk.rate });
      const validation = state.history.at(-1)?.validation;
      if (validation && !Number.isFinite(validation.loss)) {
        return badValidation(machine, before, validation.loss);
      }
    }
    reporter.tell(state, state.step / batches.stepsPerEpoch, loss);
    keeper.keepIfDue(state);
    reason = endOf(plan, state);
  }
  keeper.keepEnd(state);
  return { kind: 'done', state, reason };
}

const rowsOf = ({ examples }: TrainingPlan): number => examples.target.dims[0]!;

interface Chunk {
  readonly state: TrainingState;
  readonly losses: Float32Array;
  readonly rate: number;
}

/** Steps from where the state is up to one of the same epoch. */
async function runChunk(machine: Machine, state: TrainingState, to: number): Promise<Chunk> {
  const { plan, method, session, optimizer, batches, examples } = machine;
  const steps: Steps = { epoch: state.epoch, from: state.step, to };
  const count = to - state.step;
  const rates = Array.from({ length: count }, (_, index) => rateAt(machine, state, state.step + index));
  const firstStep = state.epoch * batches.stepsPerEpoch + state.step + 1;
  const numbers = rates.map((rate, index) => optimizer.numbersAt(firstStep + index, rate));
  const { noise } = method.graph;
  const result = await session.run({
    ...examples,
    ...(plan.batch < rowsOf(plan) && {
      [feedNames.rows]: { type: 'int32', dims: [count, plan.batch], data: batches.rowNumbers(steps) },
    }),
    [feedNames.shares]: float32Table(sharesOf(machine, steps), count),
    ...Object.fromEntries(
      numbers[0]!.map((_, index) => [
        feedNames.number(index),
        {
          type: 'float32',
          dims: [count, 1, 1],
          data: Float32Array.from(numbers, (ofStep) => ofStep[index]!),
        },
      ]),
    ),
    ...(noise > 0 && { [feedNames.noise]: float32Table(batches.noise(steps, noise), count) }),
    ...stateFeeds(machine, state),
  });
  const losses = result.losses!.data as Float32Array;
  return { state: nextState(machine, state, { result, to }), losses, rate: rates.at(-1)! };
}

/** One batch of all rows is not dealt out, so its shares go by the rows' own order. */
function sharesOf({ plan, batches }: Machine, steps: Steps): Float32Array {
  const { weights } = plan.examples;
  const rows = rowsOf(plan);
  return weights && plan.batch === rows ? weights.map((weight) => weight / rows) : batches.shares(steps);
}

function rateAt({ plan, batches }: Machine, { epoch, plateau }: TrainingState, step: number): number {
  const { stepsPerEpoch } = batches;
  const moment = { step: epoch * stepsPerEpoch + step, epoch, steps: plan.epochs * stepsPerEpoch };
  return plan.rate * rateShare(plan.schedule, moment) * plateau.share;
}

function stateFeeds(
  { method }: Machine,
  { trained, kept, memory }: TrainingState,
): Readonly<Record<string, TensorData>> {
  const inSegments = (vector: Float32Array, name: string) =>
    method.graph.segments.map(
      ({ start, size }, index) =>
        [feedNames.segment(name, index), float32Table(vector.subarray(start, start + size), 1)] as const,
    );
  return Object.fromEntries([
    ...inSegments(trained, feedNames.weights),
    ...(kept.length > 0 ? [[feedNames.kept, float32Table(kept, 1)] as const] : []),
    ...memory.flatMap((vector, index) => inSegments(vector as Float32Array, feedNames.memory(index))),
  ]);
}

function nextState(
  { method, batches }: Machine,
  state: TrainingState,
  { result, to }: { readonly result: Readonly<Record<string, TensorData>>; readonly to: number },
): TrainingState {
  const next = (name: string): Float32Array => result[feedNames.next(name)]!.data as Float32Array;
  const joined = (name: string): Float32Array => {
    const parts = method.graph.segments.map((_, index) => next(feedNames.segment(name, index)));
    return parts.length === 1 ? parts[0]! : joinFloats(parts);
  };
  let { lossSum } = state;
  for (const [index, loss] of (result.losses!.data as Float32Array).entries()) {
    lossSum += loss * batches.rowsIn(state.step + index);
  }
  return {
    ...state,
    step: to,
    lossSum,
    trained: joined(feedNames.weights),
    kept: state.kept.length > 0 ? next(feedNames.kept) : state.kept,
    memory: state.memory.map((_, index) => joined(feedNames.memory(index))),
  };
}

/**
 * Repeats the steps before the one whose loss is no number. If the weights were bad by then, the step before it spoilt
 * them by a gradient that was no number, and it is that one that is told of.
 */
async function findBadStep(
  machine: Machine,
  from: TrainingState,
  { step, loss }: { readonly step: number; readonly loss: number },
): Promise<BadNumbers> {
  const at = async (to: number): Promise<TrainingState> =>
    to === from.step ? from : (await runChunk(machine, from, to)).state;
  let before = await at(step);
  if (step > from.step && !before.trained.every(Number.isFinite)) before = await at(step - 1);
  return badAt(machine, before, { loss, step: before.step });
}

const badValidation = (machine: Machine, state: TrainingState, loss: number): BadNumbers => ({
  ...badAt(machine, state, { loss, step: state.step - 1 }),
  step: 0,
});

function badAt(
  { batches }: Machine,
  state: TrainingState,
  { loss, step }: { readonly loss: number; readonly step: number },
): BadNumbers {
  const steps = { epoch: state.epoch, from: step, to: step + 1 };
  return {
    kind: 'bad',
    loss,
    epoch: state.epoch + 1,
    step: step + 1,
    stepsPerEpoch: batches.stepsPerEpoch,
    state,
    rows: batches.rowNumbers(steps),
    shares: batches.shares(steps),
  };
}
