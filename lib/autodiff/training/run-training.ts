/** Trains a plan by whatever method it names. */
import type { TrainingEnd, TrainingHooks, TrainingPlan } from './plan.ts';
import { runLbfgs } from './run-lbfgs.ts';
import { runSteps } from './run-steps.ts';
import type { TrainingState } from './state.ts';

/** From a state to the end, until it is paused, or until its numbers go bad. */
export function runTraining(
  plan: TrainingPlan,
  hooks: TrainingHooks,
  start: TrainingState,
): Promise<TrainingEnd> {
  return plan.method.kind === 'lbfgs' ? runLbfgs(plan, hooks, start) : runSteps(plan, hooks, start);
}
