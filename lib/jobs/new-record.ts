/** What every new job begins with: an id, which its idempotency key leads to, and a record of nothing done. */
import { type JobInput, type JobRecord, jobLimits } from '../contracts/index.ts';
import { sha256 } from '../core/index.ts';
import { type JobContext, timestampIn } from './context.ts';
import { findReserved, type RequestKey, reserveJobId } from './idempotency.ts';
import { findJob } from './job-record.ts';

/** The job that a request with this key has made before, or `null`. Throws as `reserveJobId` does. */
export async function findMade(context: JobContext, key: RequestKey | null): Promise<JobRecord | null> {
  const known = key && (await findReserved(context, key));
  return known === null ? null : findJob(context, known);
}

/** The id of a new job. Throws as `reserveJobId` does. */
export async function reserveId(context: JobContext, key: RequestKey | null): Promise<string> {
  const own = newJobId(context);
  return key ? reserveJobId(context, own, key) : own;
}

/** What is said of a job that has just been made, whoever does it. */
export function newRecord(
  context: JobContext,
  { id, model, input, key }: NewJob,
): Omit<JobRecord, 'message'> {
  return {
    ...{ id, model, input },
    state: 'queued',
    progress: 0,
    rows: null,
    rows_done: 0,
    rows_failed: 0,
    warnings: 0,
    idempotency: key?.digest ?? null,
    attempts: 0,
    lease: null,
    created: timestampIn(context),
    started: null,
    ended: null,
    expires: timestampIn(context, jobLimits.keptMs),
    result: null,
    errors: null,
    error: null,
  };
}

interface NewJob {
  readonly id: string;
  readonly model: string;
  readonly input: JobInput;
  readonly key: RequestKey | null;
}

/** Ids begin with the time that is left until the year 10889, so that lists give the newest job first. */
const endOfTimeMs = 0xff_ff_ff_ff_ff_ff;

function newJobId({ clock, newId }: JobContext): string {
  const left = (endOfTimeMs - clock.now()).toString(16).padStart(12, '0');
  return `${left}${sha256(newId()).slice(0, 20)}`;
}
