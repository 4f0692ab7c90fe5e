/** Requests that wake another function: one small object each, whose creation is the event. */
import { artifactKeys } from '../contracts/index.ts';
import { writeJson } from '../storage/index.ts';
import { type RegistryContext, type RunKey, timestamp } from './context.ts';

/** Asks for the training of a run; asked again, nothing happens. */
export async function requestTraining(context: RegistryContext, { model, run }: RunKey): Promise<void> {
  await writeJson(context.artifacts, artifactKeys.training(model, run), requestOf(context, run));
}

/** Asks for it in any case: the function is woken once more, though it was asked before. */
export async function wakeTraining(context: RegistryContext, { model, run }: RunKey): Promise<void> {
  const { value } = requestOf(context, run);
  await writeJson(context.artifacts, artifactKeys.training(model, run), { value });
}

/** Asks for another training on the newest data; the id becomes part of the run's id. */
export async function requestRetrain(context: RegistryContext, model: string, id: string): Promise<void> {
  await writeJson(context.artifacts, artifactKeys.retrain(model, id), requestOf(context, id));
}

/** Asks for an evaluation of the live version. */
export async function requestEvaluation(context: RegistryContext, model: string, id: string): Promise<void> {
  await writeJson(context.artifacts, artifactKeys.evaluationRequest(model, id), requestOf(context, id));
}

function requestOf(context: RegistryContext, id: string) {
  return { value: { id, requested: timestamp(context) }, ifAbsent: true };
}
