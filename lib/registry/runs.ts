/** Training runs: queued once, told about while they are worked on, listed. */
import {
  artifactKeys,
  type Candidate,
  type RunRecord,
  runRecord,
  type UploadSource,
} from '../contracts/index.ts';
import { mapConcurrent, type ObjectInfo, readJson, writeJson } from '../storage/index.ts';
import { type Page, type RegistryContext, type RunKey, timestamp } from './context.ts';
import { leaseEnd } from './lease.ts';
import { changeOwnRun, getRun, type RunLease } from './run-record.ts';

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
  if (!written) return { record: await getRun(context, { model, run }), created: false };
  await context.artifacts.put(artifactKeys.openRun(record), '');
  return { record, created: true };
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
