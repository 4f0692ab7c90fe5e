/** Keeps checkpoints while a training runs. */
import { encodeCheckpoint } from './checkpoint.ts';
import type { TrainingHooks, TrainingPlan } from './plan.ts';
import type { TrainingState } from './state.ts';

/** A checkpoint takes time: what the last one took is waited for so many times over before the next. */
const patienceFactor = 20;

/** Decides when a state is worth keeping. */
export interface Keeper {
  keep(state: TrainingState): void;
  keepIfDue(state: TrainingState): void;
  /** The last state of all: only of a training that took long enough to be kept before, as others are as soon repeated. */
  keepEnd(state: TrainingState): void;
}

/** @param start where this run of the training began */
export function createKeeper(
  { fingerprint, checkpointEveryMs }: TrainingPlan,
  hooks: TrainingHooks,
  start: TrainingState,
): Keeper {
  let dueMs = hooks.now() + checkpointEveryMs;
  let isLong = start.epoch > 0 || start.step > 0;
  const keep = (state: TrainingState): void => {
    if (fingerprint === null) return;
    const startedMs = hooks.now();
    hooks.save(encodeCheckpoint(state, fingerprint));
    const tookMs = hooks.now() - startedMs;
    dueMs = hooks.now() + Math.max(checkpointEveryMs, patienceFactor * tookMs);
    isLong = true;
  };
  return {
    keep,
    keepIfDue: (state) => {
      if (hooks.now() >= dueMs && !hooks.isSaving()) keep(state);
    },
    keepEnd: (state) => {
      if (isLong) keep(state);
    },
  };
}
