/** The end of a run: told exactly once, by its worker or by whoever decides about its version. */
import type { Failure, RunRecord } from '../contracts/index.ts';
import { conflict } from '../core/index.ts';
import { leaseLost, type RegistryContext, type RunKey, timestamp } from './context.ts';
import { changeRun, isOver, type RunLease } from './run-record.ts';
import { listRuns } from './runs.ts';
import type { StoredSpec } from './specs.ts';
import { findTrainedVersion } from './versions.ts';

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
 * then. A run that has ended stays as it is, so that a second delivery changes nothing.
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
  return changeRun(context, key, (current) => (isOver(current) ? current : ended(context, current, outcome)));
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
