/** The record of a job that waits for an endpoint, as its visits change it: one worker at a time, each visit once. */
import { artifactKeys, type CallJobRecord, callJobLimits, type Failure } from '../../contracts/index.ts';
import type { OnrampError } from '../../core/index.ts';
import { isBusy, leaseEnd, maxAttempts, type RegistryContext } from '../../registry/index.ts';
import { timestampIn } from '../context.ts';
import { changeJob, changeOwnJob, findJob, isCallJob, isJobOver, type JobLease } from '../job-record.ts';
import { ended } from '../work-on-job.ts';
import { announceVisit } from './accept-waiting.ts';

/** Which visit a message is about, and in whose name. */
export interface Visit {
  readonly id: string;
  readonly visit: number;
  /** The same at every delivery of the message. */
  readonly owner: string;
  readonly leaseMs: number;
}

/** A visit that may be made. */
export interface ClaimedVisit {
  readonly lease: JobLease;
  readonly record: CallJobRecord;
}

/**
 * Claims a job for one visit; `null` if it is another's, has ended, or had this visit before. In the last case the next
 * visit is announced, should the one before have stopped before it did so.
 */
export async function claimVisit(
  context: RegistryContext,
  { id, visit, owner, leaseMs }: Visit,
): Promise<ClaimedVisit | null> {
  const found = await findJob(context, id);
  if (!found) return null;
  let mayBegin = false;
  const record = await changeJob(context, id, (current) => {
    mayBegin = false;
    if (!isCallJob(current) || isJobOver(current) || current.call.visits !== visit) return current;
    if (isBusy(current, owner, context.clock.now())) return current;
    if (current.attempts >= maxAttempts) return ended(context, current, { state: 'failed', error: died });
    mayBegin = true;
    return {
      ...current,
      state: 'running',
      attempts: current.attempts + 1,
      lease: { owner, expires: leaseEnd(context, leaseMs) },
      started: current.started ?? timestampIn(context),
    };
  });
  if (!isCallJob(record)) return null;
  if (mayBegin) return { record, lease: { id, owner, leaseMs, attempt: record.attempts } };
  if (record.call.visits > visit) await announceVisit(context, record);
  return null;
}

const died: Failure = {
  code: 'worker_died',
  message: `The request was sent ${maxAttempts} times, and its worker stopped each time before the answer; the endpoint may have worked on it. Send it again.`,
  param: null,
};

/**
 * Ends a visit in vain: the job waits on, and the next visit is announced; or its time is up, and it fails.
 *
 * @param refusal what the endpoint said
 * @throws conflict `lease_lost` if the job is not this worker's any more
 */
export async function putOff(
  context: RegistryContext,
  lease: JobLease,
  refusal: OnrampError,
): Promise<CallJobRecord> {
  const record = await changeOwnJob(context, lease, (current) => {
    if (!isCallJob(current)) return current;
    if (isOverdue(context, current))
      return ended(context, current, { state: 'failed', error: neverThere(current) });
    const { call, created } = current;
    const waitedMs = context.clock.now() - Date.parse(created);
    return {
      ...current,
      state: 'queued',
      message: `Waiting for endpoint "${call.endpoint}" ${aims[refusal.code] ?? 'to start'}, ${Math.round(waitedMs / 1000)} s.`,
      // A visit that came to its end is no attempt that died.
      ...{ attempts: 0, lease: null },
      call: { ...call, visits: call.visits + 1 },
    };
  });
  return announceVisit(context, record as CallJobRecord);
}

const aims: Readonly<Record<string, string>> = {
  endpoint_busy: 'to take more requests',
  endpoint_paused: 'to recover from its failures',
};

const isOverdue = ({ clock }: RegistryContext, { call }: CallJobRecord, graceMs = 0): boolean =>
  Date.parse(call.due) + graceMs <= clock.now();

const neverThere = ({ call }: CallJobRecord): Failure => ({
  code: 'endpoint_not_ready',
  message: `Endpoint "${call.endpoint}" had no instance for this request within ${callJobLimits.waitMs / 60_000} minutes. SageMaker may have none to give: look at the endpoint's events, and send the request again.`,
  param: null,
});

/** Messages can get lost to a queue of dead letters; whoever looks after that ends the job. */
const graceMs = 600_000;

/** The job, ended if its time is long over and nobody works on it. */
export async function endOverdue(context: RegistryContext, record: CallJobRecord): Promise<CallJobRecord> {
  const isLeft = (current: CallJobRecord): boolean =>
    !isJobOver(current) && isOverdue(context, current, graceMs) && !isBusy(current, '', context.clock.now());
  if (!isLeft(record)) return record;
  return (await changeJob(context, record.id, (current) =>
    isCallJob(current) && isLeft(current)
      ? ended(context, current, { state: 'failed', error: neverThere(current) })
      : current,
  )) as CallJobRecord;
}

/** Where the answer of an attempt goes: a worker thought dead spoils nothing. */
export const answerKey = ({ id, attempt }: JobLease, { call }: CallJobRecord): string =>
  artifactKeys.jobResult(id, attempt, `answer-${call.visits}`);
