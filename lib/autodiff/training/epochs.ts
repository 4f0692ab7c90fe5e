/** What happens between epochs: validation, the best weights, patience, the learning rate, and news for whoever watches. */
import { watchPlateau } from '../schedules.ts';
import type { TrainingEnd, TrainingHooks, TrainingPlan, TrainingProgress } from './plan.ts';
import type { Best, EpochReport, TrainingState } from './state.ts';
import type { Validator } from './validate.ts';

/** What an epoch came to. */
export interface EpochResult {
  readonly loss: number;
  readonly rate: number;
}

/** The state after an epoch; its validation loss may not be a number. */
export async function endEpoch(
  plan: TrainingPlan,
  validator: Validator | null,
  { state, loss, rate }: EpochResult & { readonly state: TrainingState },
): Promise<TrainingState> {
  const epoch = state.epoch + 1;
  const validation = await validator?.measure(state);
  const report: EpochReport = { epoch, loss, rate, ...(validation && { validation }) };
  const watched = validation?.loss ?? loss;
  const { earlyStopping } = plan;
  const isBetter = watched < (state.best?.loss ?? Number.POSITIVE_INFINITY) - (earlyStopping?.minDelta ?? 0);
  return {
    ...state,
    epoch,
    step: 0,
    lossSum: 0,
    plateau: watchPlateau(plan.schedule, state.plateau, watched),
    history: [...state.history, report],
    ...(earlyStopping && {
      best: isBetter ? bestOf(state, epoch, watched) : state.best,
      waited: isBetter ? 0 : state.waited + 1,
    }),
  };
}

const bestOf = ({ trained, kept }: TrainingState, epoch: number, loss: number): Best => ({
  epoch,
  loss,
  trained,
  kept,
});

/** Why a training is over; null while it is not. */
export function endOf(
  { epochs, earlyStopping }: TrainingPlan,
  state: TrainingState,
): Extract<TrainingEnd, { readonly kind: 'done' }>['reason'] | null {
  if (earlyStopping && state.waited >= earlyStopping.patience) return 'stalled';
  return state.epoch >= epochs ? 'epochs' : null;
}

/** Shows no more than so many states of progress. */
const quietMs = 100;

/** Tells how far a training is, not more often than somebody can look. */
export interface Reporter {
  tell(state: TrainingState, stepShare: number, loss: number): void;
}

/** @param start where this run of the training began: a resumed one has gained no time by what others did */
export function createReporter(plan: TrainingPlan, hooks: TrainingHooks, start: TrainingState): Reporter {
  const { epochs, metric } = plan;
  const rows = plan.examples.target.dims[0]!;
  const startedMs = hooks.now();
  const begun = start.epoch + (plan.method.kind === 'steps' ? start.step / Math.ceil(rows / plan.batch) : 0);
  let toldMs = Number.NEGATIVE_INFINITY;
  return {
    tell: (state, stepShare, loss) => {
      const done = state.epoch + stepShare;
      const nowMs = hooks.now();
      if (nowMs - toldMs < quietMs && done < epochs) return;
      toldMs = nowMs;
      const seconds = Math.max(1e-6, (nowMs - startedMs) / 1000);
      const rowsPerSecond = ((done - begun) * rows) / seconds;
      const progress: TrainingProgress = {
        fraction: done / epochs,
        epoch: Math.min(epochs, state.epoch + 1),
        epochs,
        loss,
        last: state.history.at(-1) ?? null,
        metric,
        rowsPerSecond,
        secondsLeft: ((epochs - done) * rows) / Math.max(1e-6, rowsPerSecond),
      };
      hooks.onProgress(progress);
    },
  };
}
