/** The end of a run: told exactly once, by its worker, by whoever decides about its version, or on request. */
import type { Failure, RunRecord } from '../contracts/index.ts';
import { conflict } from '../core/index.ts';
import { leaseLost, type RegistryContext, type RunKey, timestamp } from './context.ts';
import { wakeTraining } from './requests.ts';
import { changeRun, getRun, isOver, type RunLease } from './run-record.ts';
import { listRuns } from './runs.ts';
import type { StoredSpec } from './specs.ts';
import { findTrainedVersion, isPublished } from './versions.ts';

/** Runs wait for minutes, not for long: those queued last are all there are. */
const maxSuperseded = 100;

/** How a run ended. */
export type RunOutcome =
  | { readonly state: 'succeeded' | 'kept'; readonly version: string; readonly message: string }
  | { readonly state: 'failed'; readonly error: Failure }
  | { readonly state: 'cancelled'; readonly message: string };

/**
 * Ends a run, by the worker that holds it. The same ending told twice changes nothing.
 *
 * @throws conflict `lease_lost` if the run is not this worker's any more, or has ended otherwise
 */
export async function finishRun(
  context: RegistryContext,
  lease: RunLease,
  outcome: RunOutcome,
): Promise<RunRecord> {
  return changeRun(context, lease, (current) => {
    if (current.attempts !== lease.attempt) throw leaseLost(lease);
    if (isOver(current) && current.state === outcome.state) return current;
    if (isOver(current) || current.lease?.owner !== lease.owner) throw leaseLost(lease);
    return ended(context, current, outcome);
  });
}

/**
 * Ends a run whose version is published, by whoever decided about the version: the worker has done its part by
 * then. A run that has ended stays as it is, so that a second delivery changes nothing; but one that was cancelled in the
 * very moment in which it published ends as its version did.
 *
 * @throws not_found `run_not_found`
 * @throws conflict `not_published` if the run has not published this version
 */
export async function concludeRun(
  context: RegistryContext,
  key: RunKey,
  outcome: Extract<RunOutcome, { readonly version: string }>,
): Promise<RunRecord> {
  const manifest = await findTrainedVersion(context, key.model, outcome.version);
  if (manifest?.run !== key.run) {
    throw conflict(`Run "${key.run}" of model "${key.model}" has not published version ${outcome.version}.`, {
      code: 'not_published',
    });
  }
  return changeRun(context, key, (current) =>
    isOver(current) && current.state !== 'cancelled' ? current : ended(context, current, outcome),
  );
}

/**
 * Ends a run that waits or is worked on; its worker notices within two seconds and publishes nothing. One that has ended
 * stays as it is.
 *
 * @throws not_found `run_not_found`
 * @throws conflict `already_published` if its version is published, and only to be decided about
 */
export async function cancelRun(context: RegistryContext, key: RunKey): Promise<RunRecord> {
  const seen = await getRun(context, key);
  if (!isOver(seen) && (await isPublished(context, seen))) {
    throw conflict(
      `Run "${key.run}" of model "${key.model}" has published version ${seen.version}, which is being compared with the live one; if it goes live, POST /v1/models/${key.model}/rollback brings back the one before.`,
      { code: 'already_published' },
    );
  }
  const record = await changeRun(context, key, (current) =>
    isOver(current)
      ? current
      : ended(context, current, { state: 'cancelled', message: 'Cancelled on request.' }),
  );
  // A training job may not have come so far that it notices: the function stops it.
  if (record.state === 'cancelled' && record.placement?.job !== undefined) await wakeTraining(context, key);
  return record;
}

/**
 * Ends the runs of a model that still wait for a worker and were queued for another spec, before this one was
 * written: no message will ever ask for them.
 *
 * @returns the runs that ended
 */
export async function cancelSupersededRuns(
  context: RegistryContext,
  { model, digest, modifiedAt }: StoredSpec,
): Promise<readonly RunRecord[]> {
  const { items } = await listRuns(context, model, { limit: maxSuperseded });
  const isSuperseded = (record: RunRecord): boolean =>
    record.state === 'queued' && record.spec_digest !== digest && Date.parse(record.created) < modifiedAt;
  const message = 'Not trained: the spec of the model was changed before a worker was free.';
  const left: RunRecord[] = [];
  for (const { run } of items.filter(isSuperseded)) {
    const record = await changeRun(context, { model, run }, (current) =>
      isSuperseded(current) ? ended(context, current, { state: 'cancelled', message }) : current,
    );
    if (record.state === 'cancelled') left.push(record);
  }
  return left;
}

/** The record of a run that ends now. */
export function ended(context: RegistryContext, current: RunRecord, outcome: RunOutcome): RunRecord {
  const done = outcome.state === 'succeeded' || outcome.state === 'kept';
  return {
    ...current,
    state: outcome.state,
    progress: done ? 1 : current.progress,
    message: outcome.state === 'failed' ? outcome.error.message : outcome.message,
    // A number that was only set aside for the version names nothing.
    version: done ? outcome.version : null,
    lease: null,
    ended: timestamp(context),
    error: outcome.state === 'failed' ? outcome.error : null,
  };
}
