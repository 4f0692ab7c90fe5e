/** Runs that are trained in SageMaker jobs: handed over, found by their job, and failed when the job ends without them. */
import {
  artifactKeys,
  type Failure,
  type Placement,
  type RunRecord,
  type TrainingJobRecord,
  trainingJobRecord,
} from '../contracts/index.ts';
import { readJson, writeJson } from '../storage/index.ts';
import type { RegistryContext, RunKey } from './context.ts';
import { ended } from './end-run.ts';
import { isBusy } from './lease.ts';
import { changeRun, findRun, getRun, isOver } from './run-record.ts';
import { isPublished } from './versions.ts';

/** The placement of a run that is trained in a job. */
export type JobPlacement = Placement & { readonly job: string };

/**
 * Hands a run that nobody works on to a training job: from then on only the job's own worker claims it, and whoever
 * is told of the run again finds the job in its record. A run that somebody works on, that was handed over before or
 * that has ended stays as it is.
 *
 * @param owner id of the queue message: delivered again, it says that its earlier worker is dead
 * @throws not_found `run_not_found`
 */
export async function handRunToJob(
  context: RegistryContext,
  key: RunKey,
  { owner, placement }: { readonly owner: string; readonly placement: JobPlacement },
): Promise<RunRecord> {
  const seen = await getRun(context, key);
  if (await isPublished(context, seen)) return seen;
  return changeRun(context, key, (current) => {
    if (isOver(current) || current.placement?.job !== undefined) return current;
    if (isBusy(current, owner, context.clock.now())) return current;
    const message = `Waiting for the training job ${placement.job}.`;
    return { ...current, state: 'queued', progress: 0, lease: null, placement, message };
  });
}

/**
 * Ends a run as failed whose training job is no more, whoever held it. A run that has ended, or whose version is
 * published and only to be decided about, stays as it is; so does one that was deleted with its model.
 */
export async function failRun(context: RegistryContext, key: RunKey, error: Failure): Promise<void> {
  const seen = await findRun(context, key);
  if (!seen || (await isPublished(context, seen))) return;
  await changeRun(context, key, (current) =>
    isOver(current) ? current : ended(context, current, { state: 'failed', error }),
  );
}

/** Tells in a run's record what it waits for; nothing happens to one that does not wait any more. */
export async function tellWaitingRun(context: RegistryContext, key: RunKey, message: string): Promise<void> {
  await changeRun(context, key, (current) =>
    current.state === 'queued' ? { ...current, message } : current,
  );
}

/** Notes which run a job is for, before it is started: whatever happens then, the job can be found. */
export async function noteTrainingJob(context: RegistryContext, job: TrainingJobRecord): Promise<void> {
  await writeJson(context.artifacts, artifactKeys.trainingJob(job.name), { value: job });
}

/** The job of this name, or `null` for one of another installation or whose end was dealt with. */
export async function findTrainingJob(
  { artifacts }: RegistryContext,
  name: string,
): Promise<TrainingJobRecord | null> {
  return (await readJson(artifacts, artifactKeys.trainingJob(name), trainingJobRecord))?.value ?? null;
}

/** Forgets a job whose end was dealt with. */
export async function forgetTrainingJob({ artifacts }: RegistryContext, name: string): Promise<void> {
  await artifacts.delete(artifactKeys.trainingJob(name));
}

/** Every job whose end was not dealt with yet. */
export async function* listTrainingJobs(context: RegistryContext): AsyncIterable<TrainingJobRecord> {
  for await (const { key } of context.artifacts.list(artifactKeys.trainingJobs())) {
    const found = await readJson(context.artifacts, key, trainingJobRecord);
    if (found) yield found.value;
  }
}
