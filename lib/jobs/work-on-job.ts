/** A worker's side of a job: claimed by one at a time, told about, ended once. */
import type { EndpointJobRecord, Failure, JobFile, JobRecord, RowsJobRecord } from '../contracts/index.ts';
import { type ClaimOptions, isBusy, leaseEnd, maxAttempts, type RegistryContext } from '../registry/index.ts';
import { jobLeaseLost, type SettleContext, timestampIn } from './context.ts';
import {
  changeJob,
  changeOwnJob,
  findJob,
  isEndpointJob,
  isJobOver,
  isRowsJob,
  type JobLease,
} from './job-record.ts';
import { meterRefused } from './queued/meter-outcome.ts';

/** A job that a worker has to do with: rows to answer, or an input to prepare for an endpoint. */
export type WorkerJobRecord = RowsJobRecord | EndpointJobRecord;

const isForWorkers = (record: JobRecord): record is WorkerJobRecord =>
  isRowsJob(record) || (isEndpointJob(record) && record.endpoint.preparation !== undefined);

/** What came of a claim. */
export type JobClaim =
  | { readonly outcome: 'claimed'; readonly lease: JobLease; readonly record: WorkerJobRecord }
  /** Another worker is at it. */
  | { readonly outcome: 'busy' }
  /** It has its outcome, or was deleted. */
  | { readonly outcome: 'ended' };

/**
 * Claims a job for a worker: one that waits, one whose lease ran out, or one held by the same message. A job begun too
 * often is ended as failed (`worker_died`) instead.
 */
export async function claimJob(
  context: SettleContext,
  id: string,
  { owner, leaseMs, deliveries }: ClaimOptions,
): Promise<JobClaim> {
  const found = await findJob(context, id);
  if (!found || !isForWorkers(found)) return { outcome: 'ended' };
  let outcome = 'ended' as JobClaim['outcome'] | 'died';
  const record = await changeJob(context, id, (current) => {
    outcome = 'ended';
    if (isJobOver(current) || !isForWorkers(current)) return current;
    if (isBusy(current, owner, context.clock.now())) {
      outcome = 'busy';
      return current;
    }
    if ((deliveries ?? current.attempts + 1) > maxAttempts) {
      outcome = 'died';
      return died(context, current);
    }
    outcome = 'claimed';
    return begun(context, current, { owner, leaseMs });
  });
  if (outcome === 'busy') return { outcome };
  if (outcome === 'died' && isEndpointJob(record))
    await meterRefused(context, record, new Error(record.message));
  if (outcome !== 'claimed' || !isForWorkers(record)) return { outcome: 'ended' };
  return { outcome, record, lease: { id, owner, leaseMs, attempt: record.attempts } };
}

function begun(context: RegistryContext, current: JobRecord, { owner, leaseMs }: ClaimOptions): JobRecord {
  return {
    ...current,
    state: 'running',
    ...nothingDone,
    message: current.attempts === 0 ? 'Reading the input.' : 'Begun again: the earlier worker stopped.',
    attempts: current.attempts + 1,
    lease: { owner, expires: leaseEnd(context, leaseMs) },
    started: current.started ?? timestampIn(context),
  };
}

const nothingDone = { progress: 0, rows: null, rows_done: 0, rows_failed: 0, warnings: 0 } as const;

function died(context: RegistryContext, current: JobRecord): JobRecord {
  const message =
    `The job was begun ${current.attempts} times and its worker stopped each time before the end, ` +
    'most likely for want of memory or time. Bring the rows in several smaller files.';
  return ended(context, current, { state: 'failed', error: { code: 'worker_died', message, param: null } });
}

/** What a worker tells of its progress. */
export type JobProgress = Pick<
  JobRecord,
  'progress' | 'message' | 'rows' | 'rows_done' | 'rows_failed' | 'warnings'
>;

/**
 * Tells that the worker lives, and how far it is; prolongs the lease.
 *
 * @throws conflict `lease_lost` if the job is not this worker's any more: stop and write nothing
 */
export async function tellJobProgress(
  context: RegistryContext,
  lease: JobLease,
  progress: JobProgress,
): Promise<JobRecord> {
  return changeOwnJob(context, lease, (current) => ({
    ...current,
    ...progress,
    lease: { owner: lease.owner, expires: leaseEnd(context, lease.leaseMs) },
  }));
}

/** How a job ends. */
export type JobOutcome =
  | {
      readonly state: 'succeeded';
      readonly progress: JobProgress;
      readonly result: JobFile;
      readonly errors: JobFile | null;
    }
  | {
      readonly state: 'failed';
      readonly error: Failure;
      /** How far it came, and the file of the rows that are wrong, if that is known. */
      readonly progress?: JobProgress;
      readonly errors?: JobFile;
    }
  | { readonly state: 'cancelled' };

/**
 * Ends a job, by the worker that holds it. The same ending told twice changes nothing.
 *
 * @throws conflict `lease_lost` if the job is not this worker's any more, or has ended otherwise
 */
export async function finishJob(
  context: RegistryContext,
  lease: JobLease,
  outcome: Exclude<JobOutcome, { readonly state: 'cancelled' }>,
): Promise<JobRecord> {
  return changeJob(context, lease.id, (current) => {
    if (current.attempts !== lease.attempt) throw jobLeaseLost(lease.id);
    if (isJobOver(current) && current.state === outcome.state) return current;
    if (isJobOver(current) || current.lease?.owner !== lease.owner) throw jobLeaseLost(lease.id);
    return ended(context, current, outcome);
  });
}

/** The record of a job that ends now. */
export function ended(context: RegistryContext, current: JobRecord, outcome: JobOutcome): JobRecord {
  const over = { ...current, state: outcome.state, lease: null, ended: timestampIn(context) };
  if (outcome.state === 'cancelled') return { ...over, message: cancelled(current) };
  if (outcome.state === 'failed') {
    const { error, progress, errors = null } = outcome;
    return { ...over, ...progress, message: error.message, error, errors };
  }
  const { progress, result, errors } = outcome;
  return { ...over, ...progress, progress: 1, result, errors };
}

/** SageMaker takes nothing back: what its container is at goes on. */
const cancelled = (record: JobRecord): string =>
  isRowsJob(record)
    ? 'Cancelled on request.'
    : 'Cancelled on request. What the endpoint has begun goes on; its answer is dropped.';
