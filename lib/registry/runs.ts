/** Training runs: queued once, worked on by one worker at a time, ended exactly once. */
import {
  artifactKeys,
  type Candidate,
  type Failure,
  type RunRecord,
  runRecord,
  type UploadSource,
} from '../contracts/index.ts';
import { conflict } from '../core/index.ts';
import { mapConcurrent, type ObjectInfo, readJson, writeJson } from '../storage/index.ts';
import { leaseLost, type Page, type RegistryContext, type RunKey, timestamp } from './context.ts';
import { changeOwnRun, changeRun, getRun, isOver, type RunLease } from './run-record.ts';
import { findVersion } from './versions.ts';

/** A run is begun at most this often; a worker that dies each time would otherwise be replaced for ever. */
export const maxAttempts = 3;

/** What is known of a run before it starts. */
export interface RunDraft extends RunKey {
  readonly dataset: string;
  readonly dataDigest: string;
  readonly specDigest: string;
  readonly source: UploadSource;
}

/** Queues a run; a run that exists already stays as it is and is given back. */
export async function enqueueRun(
  context: RegistryContext,
  { model, run, dataset, dataDigest, specDigest, source }: RunDraft,
): Promise<{ readonly record: RunRecord; readonly created: boolean }> {
  const record: RunRecord = {
    run,
    model,
    dataset,
    data_digest: dataDigest,
    spec_digest: specDigest,
    state: 'queued',
    progress: 0,
    message: 'Waiting for a worker.',
    attempts: 0,
    lease: null,
    created: timestamp(context),
    started: null,
    ended: null,
    source,
    candidates: [],
    version: null,
    error: null,
  };
  const written = await writeJson(context.artifacts, artifactKeys.run(model, run), {
    value: record,
    ifAbsent: true,
  });
  return written
    ? { record, created: true }
    : { record: await getRun(context, { model, run }), created: false };
}

/** Who claims, and for how long it is believed to live without a sign of life. */
export interface ClaimOptions {
  /** Id of the queue message: delivered again, it says that its earlier worker is dead. */
  readonly owner: string;
  readonly leaseMs: number;
}

/** What came of a claim. */
export type Claim =
  | { readonly outcome: 'claimed'; readonly lease: RunLease; readonly record: RunRecord }
  /** Another worker is at it; the time until which that is believed, ISO 8601. */
  | { readonly outcome: 'busy'; readonly until: string }
  /** Nothing is left to train: the run has ended, or its version is published and only to be decided about. */
  | { readonly outcome: 'ended'; readonly record: RunRecord };

/**
 * Claims a run for a worker: one that waits, one whose lease ran out, or one held by the same message. A run
 * begun `maxAttempts` times already is ended as failed (`worker_died`) instead.
 *
 * @throws not_found `run_not_found`
 */
export async function claimRun(
  context: RegistryContext,
  key: RunKey,
  { owner, leaseMs }: ClaimOptions,
): Promise<Claim> {
  const seen = await getRun(context, key);
  const published =
    seen.version !== null && (await findVersion(context, key.model, seen.version))?.run === key.run;
  let outcome: Claim['outcome'] = 'ended';
  const record = await changeRun(context, key, (current) => {
    outcome = 'ended';
    if (isOver(current) || published) return current;
    if (isBusy(current, owner, context.clock.now())) {
      outcome = 'busy';
      return current;
    }
    if (current.attempts >= maxAttempts) return died(context, current);
    outcome = 'claimed';
    return begun(context, current, { owner, leaseMs });
  });
  return claimOf(outcome, record, { ...key, owner, leaseMs });
}

/** What a worker tells of its progress. */
export interface RunProgress {
  /** 0 to 1. */
  readonly progress?: number;
  readonly message?: string;
  readonly candidates?: readonly Candidate[];
}

/**
 * Tells that the worker lives, and how far it is; prolongs the lease.
 *
 * @throws conflict `lease_lost` if the run is not this worker's any more: stop and write nothing
 */
export async function updateRun(
  context: RegistryContext,
  lease: RunLease,
  { progress, message, candidates }: RunProgress,
): Promise<RunRecord> {
  return changeOwnRun(context, lease, (current) => ({
    ...current,
    progress: progress ?? current.progress,
    message: message ?? current.message,
    candidates: candidates ? [...candidates] : current.candidates,
    lease: { owner: lease.owner, expires: leaseEnd(context, lease.leaseMs) },
  }));
}

/** A sign of life without news. Throws as `updateRun` does. */
export async function heartbeat(context: RegistryContext, lease: RunLease): Promise<RunRecord> {
  return updateRun(context, lease, {});
}

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
  const manifest = await findVersion(context, key.model, outcome.version);
  if (manifest?.run !== key.run) {
    throw conflict(`Run "${key.run}" of model "${key.model}" has not published version ${outcome.version}.`, {
      code: 'not_published',
    });
  }
  return changeRun(context, key, (current) => (isOver(current) ? current : ended(context, current, outcome)));
}

/** The runs of a model that changed last, newest first by creation. */
export async function listRuns(
  context: RegistryContext,
  model: string,
  { limit }: { readonly limit: number },
): Promise<Page<RunRecord>> {
  const found: ObjectInfo[] = [];
  for await (const info of context.artifacts.list(artifactKeys.runs(model))) found.push(info);
  found.sort((left, right) => right.modifiedAt - left.modifiedAt);
  const records = await mapConcurrent(found.slice(0, limit), ({ key }) =>
    readJson(context.artifacts, key, runRecord),
  );
  const items = records.filter((record) => record !== null).map(({ value }) => value);
  items.sort((left, right) => (left.created < right.created ? 1 : -1));
  return { items, hasMore: found.length > limit };
}

function claimOf(outcome: Claim['outcome'], record: RunRecord, lease: Omit<RunLease, 'attempt'>): Claim {
  if (outcome === 'busy') return { outcome, until: record.lease?.expires ?? record.created };
  if (outcome === 'ended') return { outcome, record };
  return { outcome, record, lease: { ...lease, attempt: record.attempts } };
}

function isBusy({ state, lease }: RunRecord, owner: string, nowMs: number): boolean {
  return state === 'running' && lease !== null && lease.owner !== owner && Date.parse(lease.expires) > nowMs;
}

function begun(context: RegistryContext, current: RunRecord, { owner, leaseMs }: ClaimOptions): RunRecord {
  return {
    ...current,
    state: 'running',
    progress: 0,
    message: current.attempts === 0 ? 'Training.' : 'Training again: the earlier worker stopped.',
    attempts: current.attempts + 1,
    lease: { owner, expires: leaseEnd(context, leaseMs) },
    started: current.started ?? timestamp(context),
  };
}

function died(context: RegistryContext, current: RunRecord): RunRecord {
  const message =
    `The training was begun ${current.attempts} times and its worker stopped each time before the end, ` +
    'most likely for want of memory or time. Use fewer rows or columns, or a simpler learner.';
  return ended(context, current, { state: 'failed', error: { code: 'worker_died', message, param: null } });
}

function ended(context: RegistryContext, current: RunRecord, outcome: RunOutcome): RunRecord {
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

function leaseEnd({ clock }: RegistryContext, leaseMs: number): string {
  return new Date(clock.now() + leaseMs).toISOString();
}
