/** The record of one training run: reading it, changing it by compare-and-swap, and who may. */
import { artifactKeys, type RunRecord, runRecord } from '../contracts/index.ts';
import { canonicalJson, sha256 } from '../core/index.ts';
import { readJson, updateJson } from '../storage/index.ts';
import { leaseLost, pauseOf, type RegistryContext, type RunKey, runNotFound } from './context.ts';
import { type Holder, isHeldBy } from './lease.ts';

/** What makes a run the run it is. */
export interface RunIdentity {
  readonly specDigest: string;
  readonly dataDigest: string;
  /** Version of the training code. */
  readonly code: string;
  /** Id of the request to train again on the same data. */
  readonly retrain?: string;
}

/** Id of a run, 16 hexadecimal digits: the same work has the same id. */
export function runId({ specDigest, dataDigest, code, retrain }: RunIdentity): string {
  const identity = { code, data: dataDigest, retrain: retrain ?? null, spec: specDigest };
  return sha256(canonicalJson(identity)).slice(0, 16);
}

/** A worker's claim of a run. */
export type RunLease = RunKey & Holder;

/** One run, or `null`. */
export async function findRun(
  { artifacts }: RegistryContext,
  { model, run }: RunKey,
): Promise<RunRecord | null> {
  return (await readJson(artifacts, artifactKeys.run(model, run), runRecord))?.value ?? null;
}

/**
 * One run.
 *
 * @throws not_found `run_not_found`
 */
export async function getRun(context: RegistryContext, key: RunKey): Promise<RunRecord> {
  const found = await findRun(context, key);
  if (!found) throw runNotFound(key);
  return found;
}

/**
 * Looks whether a run is still this worker's.
 *
 * @throws conflict `lease_lost` if it is another worker's by now, has ended, or was deleted with its model
 */
export async function requireOwnRun(context: RegistryContext, lease: RunLease): Promise<void> {
  const found = await findRun(context, lease);
  if (!found || !isHeldBy(found, lease)) throw leaseLost(lease);
}

/** Changes a run by compare-and-swap; giving back the record itself writes nothing. */
export async function changeRun(
  context: RegistryContext,
  { model, run }: RunKey,
  change: (current: RunRecord) => RunRecord,
): Promise<RunRecord> {
  return closeIfOver(
    context,
    await updateJson(context.artifacts, artifactKeys.run(model, run), {
      schema: runRecord,
      change: (current) => {
        if (!current) throw runNotFound({ model, run });
        return change(current);
      },
      ...pauseOf(context),
    }),
  );
}

/**
 * As `changeRun`, by the worker that holds the lease only.
 *
 * @throws conflict `lease_lost` if the run is another worker's by now, has ended, or was deleted with its model
 */
export async function changeOwnRun(
  context: RegistryContext,
  lease: RunLease,
  change: (current: RunRecord) => RunRecord,
): Promise<RunRecord> {
  return closeIfOver(
    context,
    await updateJson(context.artifacts, artifactKeys.run(lease.model, lease.run), {
      schema: runRecord,
      change: (current) => {
        if (!current || !isHeldBy(current, lease)) throw leaseLost(lease);
        return change(current);
      },
      ...pauseOf(context),
    }),
  );
}

/** Nobody waits behind a run that has ended. */
async function closeIfOver({ artifacts }: RegistryContext, record: RunRecord): Promise<RunRecord> {
  if (isOver(record)) await artifacts.delete(artifactKeys.openRun(record));
  return record;
}

/** True once a run has its outcome. */
export function isOver({ state }: RunRecord): boolean {
  return state !== 'queued' && state !== 'running';
}
