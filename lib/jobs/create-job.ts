/** Makes jobs: the input is stored, then the record, and last the small object that wakes a worker. */
import {
  artifactKeys,
  type JobInput,
  type JobOptions,
  type JobRecord,
  type RowsJobRecord,
} from '../contracts/index.ts';
import { internal } from '../core/index.ts';
import { writeJson } from '../storage/index.ts';
import type { JobContext } from './context.ts';
import type { RequestKey } from './idempotency.ts';
import { getJob, isRowsJob } from './job-record.ts';
import { findMade, newRecord, reserveId } from './new-record.ts';
import { pinVersion } from './pin-version.ts';

/** A job that is asked for. */
export interface JobDraft {
  readonly model: string;
  /** Default: the live one. */
  readonly version?: string;
  readonly output: RowsJobRecord['output'];
  readonly options: JobOptions;
  readonly key: RequestKey | null;
  /** Finds or stores the input of the job with this id; called again for a request sent again. */
  readonly bringInput: (id: string) => Promise<JobInput>;
}

/**
 * Makes a job, or gives the one that the same request has made before: nothing here minds being done twice.
 *
 * @throws what `pinVersion`, `reserveJobId` and `bringInput` refuse
 */
export async function createJob(context: JobContext, draft: JobDraft): Promise<RowsJobRecord> {
  const { model, version, key, output, options } = draft;
  const made = await findMade(context, key);
  if (made) return announce(context, rowsJob(made));
  const pinned = await pinVersion(context, model, version);
  const id = await reserveId(context, key);
  const input = await draft.bringInput(id);
  const record: RowsJobRecord = {
    ...newRecord(context, { id, model, input, key }),
    ...pinned,
    message: 'Waiting for a worker.',
    ...{ output, options },
  };
  await writeJson(context.artifacts, artifactKeys.jobRecord(id), { value: record, ifAbsent: true });
  return announce(context, rowsJob(await getJob(context, id)));
}

/** Wakes a worker for a job that waits; again for a request sent again, as the first may have broken off before this. */
async function announce({ artifacts }: JobContext, record: RowsJobRecord): Promise<RowsJobRecord> {
  const { id, model, created, state } = record;
  if (state !== 'queued') return record;
  await writeJson(artifacts, artifactKeys.modelJob(model, id), { value: { id }, ifAbsent: true });
  await writeJson(artifacts, artifactKeys.jobRequest(id), { value: { id, created }, ifAbsent: true });
  return record;
}

/** Another kind of job cannot have the same key: a request for it is another request. */
function rowsJob(record: JobRecord): RowsJobRecord {
  if (isRowsJob(record)) return record;
  throw internal(`Job "${record.id}" is one of an endpoint.`);
}
