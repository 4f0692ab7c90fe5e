/** Trains by L-BFGS: the loss and its gradient over all rows at every point, summed in float64. */
import type { ModelSession } from '../../onnx/index.ts';
import { minimize, type Objective, type Pair, pairOf } from '../lbfgs.ts';
import { createReporter, endEpoch, endOf } from './epochs.ts';
import { float32Table, float32Vector } from './feeds.ts';
import { feedNames, feedsOf } from './graph-parts.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { TrainingEnd, TrainingHooks, TrainingPlan } from './plan.ts';
import type { TrainingState } from './state.ts';
import { trainingSession } from './training-session.ts';
import { createValidator, type Validator } from './validate.ts';

type LbfgsMethod = Extract<TrainingPlan['method'], { readonly kind: 'lbfgs' }>;

/** Rounding of a mean of float32 losses: two units of the last place. */
const valueError = 2 ** -22;

/** Leaves the search in the middle of an evaluation. */
class Interruption extends Error {
  readonly end: TrainingEnd;

  constructor(end: TrainingEnd) {
    super('the search was left');
    this.end = end;
  }
}

/** Trains from a state to the end, or until it is paused. */
export async function runLbfgs(
  plan: TrainingPlan,
  hooks: TrainingHooks,
  start: TrainingState,
): Promise<TrainingEnd> {
  const { model } = plan.method as LbfgsMethod;
  const session = await trainingSession(model, plan.threads);
  const validator = await createValidator(plan);
  const keeper = createKeeper(plan, hooks, start);
  try {
    const end = await search({ plan, hooks, session, validator, keeper }, start);
    keeper.keepEnd(end.state);
    return end;
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    return error.end;
  } finally {
    await session.release();
    await validator?.release();
  }
}

interface Search {
  readonly plan: TrainingPlan;
  readonly hooks: TrainingHooks;
  readonly session: ModelSession;
  readonly validator: Validator | null;
  readonly keeper: Keeper;
}

async function search(
  { plan, hooks, session, validator, keeper }: Search,
  start: TrainingState,
): Promise<Extract<TrainingEnd, { readonly kind: 'done' }>> {
  const reporter = createReporter(plan, hooks, start);
  let state = start;
  const leaveIfPaused = (): void => {
    if (!hooks.isPaused()) return;
    keeper.keep(state);
    throw new Interruption({ kind: 'paused' });
  };
  const over = endOf(plan, state);
  if (over) return { kind: 'done', state, reason: over };
  const { point, pairs } = readMemory(start);
  const { converged } = await minimize(meanLoss(plan, session, { start, leaveIfPaused }), point, {
    tolerance: (plan.method as LbfgsMethod).tolerance,
    maxIterations: plan.epochs - start.epoch,
    inverseCurvature: 1,
    valueError,
    pairs,
    onIteration: async ({ point: at, value, pairs: known }) => {
      const moved = { ...state, trained: Float32Array.from(at), memory: writeMemory(at, known) };
      state = await endEpoch(plan, validator, { state: moved, loss: value, rate: 1 });
      reporter.tell(state, 0, value);
      keeper.keepIfDue(state);
      return endOf(plan, state) === null;
    },
  });
  return { kind: 'done', state, reason: endOf(plan, state) ?? (converged ? 'converged' : 'epochs') };
}

/**
 * The mean loss of all rows with its penalty. A loss that is no number is too far for the search, which turns back; only
 * at the first point there is no way back.
 */
function meanLoss(
  { examples, batch, ...plan }: TrainingPlan,
  session: ModelSession,
  { start, leaveIfPaused }: { readonly start: TrainingState; readonly leaveIfPaused: () => void },
): Objective {
  const { l2, mask } = plan.method as LbfgsMethod;
  const rows = examples.target.dims[0]!;
  const fixed = feedsOf(examples);
  const batches = chunksOf(examples, batch);
  let isFirst = true;
  return async (point, gradient) => {
    const weights = { [feedNames.weights]: float32Table(Float32Array.from(point), 1) };
    gradient.fill(0);
    let loss = 0;
    for (const { numbers, shares } of batches) {
      leaveIfPaused();
      const result = await session.run({
        ...fixed,
        ...weights,
        [feedNames.rows]: { type: 'int32', dims: [batch], data: numbers },
        [feedNames.shares]: float32Vector(shares),
      });
      const own = (result.loss!.data as Float64Array)[0]!;
      if (isFirst && !Number.isFinite(own)) throw badStart(start, { loss: own, rows: numbers, shares });
      loss += own;
      const part = result.gradient!.data as Float32Array;
      for (let index = 0; index < gradient.length; index += 1) gradient[index]! += part[index]!;
    }
    isFirst = false;
    let penalty = 0;
    for (let index = 0; index < gradient.length; index += 1) {
      const counted = point[index]! * mask[index]!;
      gradient[index] = gradient[index]! / rows + l2 * counted;
      penalty += counted * counted;
    }
    return loss / rows + (l2 / 2) * penalty;
  };
}

/** All rows in order, in batches of one size; those that fill up the last one weigh nothing. */
function chunksOf({ target, weights }: TrainingPlan['examples'], batch: number) {
  const rows = target.dims[0]!;
  return Array.from({ length: Math.ceil(rows / batch) }, (_, index) => {
    const places = Array.from({ length: batch }, (_place, place) => index * batch + place);
    return {
      numbers: Int32Array.from(places, (place) => Math.min(place, rows - 1)),
      shares: Float32Array.from(places, (place) => (place < rows ? (weights?.[place] ?? 1) : 0)),
    };
  });
}

const badStart = (
  state: TrainingState,
  bad: { readonly loss: number; readonly rows: Int32Array; readonly shares: Float32Array },
): Interruption =>
  new Interruption({ kind: 'bad', epoch: state.epoch + 1, step: 1, stepsPerEpoch: 1, state, ...bad });

/** The point in float64, then step and change of every pair. */
const writeMemory = (point: Float64Array, pairs: readonly Pair[]): readonly Float64Array[] => [
  point,
  ...pairs.flatMap(({ step, change }) => [step, change]),
];

function readMemory({ trained, memory }: TrainingState): {
  readonly point: Float64Array;
  readonly pairs: readonly Pair[];
} {
  const [point = Float64Array.from(trained), ...vectors] = memory as readonly Float64Array[];
  const pairs = Array.from({ length: vectors.length / 2 }, (_, index) =>
    pairOf(vectors[2 * index]!, vectors[2 * index + 1]!),
  );
  return { point, pairs };
}
