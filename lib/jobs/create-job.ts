/** Makes jobs: the input is stored, then the record, and last the small object that wakes a worker. */
import {
  artifactKeys,
  type JobInput,
  type JobOptions,
  type JobRecord,
  jobLimits,
} from '../contracts/index.ts';
import { sha256 } from '../core/index.ts';
import { writeJson } from '../storage/index.ts';
import { type JobContext, timestampIn } from './context.ts';
import { findReserved, type RequestKey, reserveJobId } from './idempotency.ts';
import { findJob, getJob } from './job-record.ts';
import { pinVersion } from './pin-version.ts';

/** A job that is asked for. */
export interface JobDraft {
  readonly model: string;
  /** Default: the live one. */
  readonly version?: string;
  readonly output: JobRecord['output'];
  readonly options: JobOptions;
  readonly key: RequestKey | null;
  /** Finds or stores the input of the job with this id; called again for a request sent again. */
  readonly bringInput: (id: string) => Promise<JobInput>;
}

/** Ids begin with the time that is left until the year 10889, so that lists give the newest job first. */
const endOfTimeMs = 0xff_ff_ff_ff_ff_ff;

/**
 * Makes a job, or gives the one that the same request has made before: nothing here minds being done twice.
 *
 * @throws what `pinVersion`, `reserveJobId` and `bringInput` refuse
 */
export async function createJob(context: JobContext, draft: JobDraft): Promise<JobRecord> {
  const { model, version, key } = draft;
  const known = key && (await findReserved(context, key));
  const made = known && (await findJob(context, known));
  if (made) return announce(context, made);
  const pinned = await pinVersion(context, model, version);
  const own = newJobId(context);
  const id = key ? await reserveJobId(context, own, key) : own;
  const input = await draft.bringInput(id);
  const record: JobRecord = {
    ...pinned,
    id,
    state: 'queued',
    progress: 0,
    message: 'Waiting for a worker.',
    rows: null,
    rows_done: 0,
    rows_failed: 0,
    warnings: 0,
    input,
    output: draft.output,
    options: draft.options,
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
  await writeJson(context.artifacts, artifactKeys.jobRecord(id), { value: record, ifAbsent: true });
  return announce(context, await getJob(context, id));
}

/** Wakes a worker for a job that waits; again for a request sent again, as the first may have broken off before this. */
async function announce({ artifacts }: JobContext, record: JobRecord): Promise<JobRecord> {
  const { id, model, created, state } = record;
  if (state !== 'queued') return record;
  await writeJson(artifacts, artifactKeys.modelJob(model, id), { value: { id }, ifAbsent: true });
  await writeJson(artifacts, artifactKeys.jobRequest(id), { value: { id, created }, ifAbsent: true });
  return record;
}

function newJobId({ clock, newId }: JobContext): string {
  const left = (endOfTimeMs - clock.now()).toString(16).padStart(12, '0');
  return `${left}${sha256(newId()).slice(0, 20)}`;
}
