/** The record of one job: reading it, changing it by compare-and-swap, and who may. */
import {
  artifactKeys,
  type CallJobRecord,
  type EndpointJobRecord,
  type JobRecord,
  jobRecord,
  type RowsJobRecord,
} from '../contracts/index.ts';
import { type Holder, isHeldBy, type RegistryContext } from '../registry/index.ts';
import { readJson, updateJson } from '../storage/index.ts';
import { jobLeaseLost, jobNotFound } from './context.ts';

/** A worker's claim of a job. */
export interface JobLease extends Holder {
  readonly id: string;
}

/** One job, or `null`. */
export async function findJob({ artifacts }: RegistryContext, id: string): Promise<JobRecord | null> {
  return (await readJson(artifacts, artifactKeys.jobRecord(id), jobRecord))?.value ?? null;
}

/**
 * One job.
 *
 * @throws not_found `job_not_found`
 */
export async function getJob(context: RegistryContext, id: string): Promise<JobRecord> {
  const found = await findJob(context, id);
  if (!found) throw jobNotFound(id);
  return found;
}

/**
 * Changes a job by compare-and-swap; giving back the record itself writes nothing.
 *
 * @throws not_found `job_not_found`
 */
export async function changeJob(
  context: RegistryContext,
  id: string,
  change: (current: JobRecord) => JobRecord,
): Promise<JobRecord> {
  return updateJson(context.artifacts, artifactKeys.jobRecord(id), {
    schema: jobRecord,
    change: (current) => {
      if (!current) throw jobNotFound(id);
      return change(current);
    },
    ...(context.pause && { pause: context.pause }),
  });
}

/**
 * As `changeJob`, by the worker that holds the lease only.
 *
 * @throws conflict `lease_lost` if the job is another worker's by now, has ended, or was deleted
 */
export async function changeOwnJob(
  context: RegistryContext,
  lease: JobLease,
  change: (current: JobRecord) => JobRecord,
): Promise<JobRecord> {
  return updateJson(context.artifacts, artifactKeys.jobRecord(lease.id), {
    schema: jobRecord,
    change: (current) => {
      if (!current || !isHeldBy(current, lease)) throw jobLeaseLost(lease.id);
      return change(current);
    },
    ...(context.pause && { pause: context.pause }),
  });
}

/** True once a job has its outcome. */
export function isJobOver({ state }: Pick<JobRecord, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** True of a job in the queue of an endpoint, which no worker of ours does. */
export function isEndpointJob(record: JobRecord): record is EndpointJobRecord {
  return 'endpoint' in record;
}

/** True of a job that waits for an endpoint without a queue; a worker of ours asks it. */
export function isCallJob(record: JobRecord): record is CallJobRecord {
  return 'call' in record;
}

/** True of a job whose rows are answered by a model of ours. */
export function isRowsJob(record: JobRecord): record is RowsJobRecord {
  return !isEndpointJob(record) && !isCallJob(record);
}
