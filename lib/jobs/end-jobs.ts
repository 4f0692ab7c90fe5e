/** Cancelling and deleting jobs, by whoever asked for them. */
import { artifactKeys, type JobInput, type JobRecord } from '../contracts/index.ts';
import type { RegistryContext } from '../registry/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import type { SettleContext } from './context.ts';
import { forgetKey } from './idempotency.ts';
import { changeJob, getJob, isCallJob, isEndpointJob, isJobOver, isRowsJob } from './job-record.ts';
import { meterCancelled } from './queued/meter-outcome.ts';
import { settleJob } from './queued/settle-job.ts';
import { ended } from './work-on-job.ts';

/**
 * Ends a job that waits or runs; its worker notices with its next sign of life. One that has ended stays as it is, also
 * where nobody has looked since.
 *
 * @throws not_found `job_not_found`
 */
export async function cancelJob(context: SettleContext, id: string): Promise<JobRecord> {
  await settleJob(context, await getJob(context, id));
  const record = await changeJob(context, id, (current) =>
    isJobOver(current) ? current : ended(context, current, { state: 'cancelled' }),
  );
  if (record.state !== 'cancelled') return record;
  // Again where it was cancelled before: whoever did so may have died before it was told, or before the files were gone.
  if (isEndpointJob(record)) await meterCancelled(context, record);
  await removeFiles(context, record);
  return record;
}

/**
 * Removes a job with everything that is its own: results, the stored body, the file that was uploaded for it. The record
 * goes last, so that a removal that was broken off can be asked for again.
 *
 * @throws not_found `job_not_found`
 */
export async function deleteJob(context: SettleContext, id: string): Promise<void> {
  const record = await getJob(context, id);
  await dropJob(context, id);
  const upload = isUpload(record.input) ? record.input.key : isEndpointJob(record) && record.endpoint.upload;
  if (upload) await context.artifacts.delete(upload);
}

/**
 * As `deleteJob`, but the file that was uploaded for it stays, for another job.
 *
 * @throws not_found `job_not_found`
 */
export async function dropJob(context: SettleContext, id: string): Promise<void> {
  await getJob(context, id);
  const record = await cancelJob(context, id);
  const { model, idempotency } = record;
  const { artifacts } = context;
  if (idempotency !== null) await forgetKey(context, idempotency, id);
  if (isEndpointJob(record)) await removeFiles(context, record);
  const markOf = isRowsJob(record) ? artifactKeys.modelJob : artifactKeys.endpointModelJob;
  await artifacts.delete(markOf(model, id));
  await removeUnder(context, artifactKeys.job(id), artifactKeys.jobRecord(id));
  await artifacts.delete(artifactKeys.jobRecord(id));
}

/** Removes what a job has made or would make, and the stored request of an endpoint: read no more, it costs no work. */
async function removeFiles(context: RegistryContext, record: JobRecord): Promise<void> {
  if (isCallJob(record))
    return removeUnder(context, artifactKeys.job(record.id), artifactKeys.jobRecord(record.id));
  if (!isEndpointJob(record)) return removeUnder(context, artifactKeys.jobResults(record.id));
  const { id, endpoint } = record;
  const { answer = null, failure = null } = endpoint.ticket ?? {};
  const keys = [artifactKeys.endpointInput(endpoint.name, id), answer, failure];
  await mapConcurrent(
    keys.filter((key) => key !== null),
    (key) => context.artifacts.delete(key),
  );
}

/** What was uploaded for jobs; rows of data sets are not theirs to remove. */
const isUpload = ({ bucket, key, kind }: JobInput): boolean =>
  bucket === 'artifacts' &&
  kind !== 'body' &&
  [artifactKeys.jobUploads(), artifactKeys.endpointInputs()].some((prefix) => key.startsWith(prefix));

/** Removes the files of a worker, or of all workers, that have come to nothing. */
export async function removeUnder(
  { artifacts }: RegistryContext,
  prefix: string,
  except?: string,
): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of artifacts.list(prefix)) if (key !== except) keys.push(key);
  await mapConcurrent(keys, (key) => artifacts.delete(key));
}
