/** Cancelling and deleting jobs, by whoever asked for them. */
import { artifactKeys, type JobRecord } from '../contracts/index.ts';
import type { RegistryContext } from '../registry/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import { forgetKey } from './idempotency.ts';
import { changeJob, getJob, isJobOver } from './job-record.ts';
import { ended } from './work-on-job.ts';

/**
 * Ends a job that waits or runs; its worker notices with its next sign of life. One that has ended stays as it is.
 *
 * @throws not_found `job_not_found`
 */
export async function cancelJob(context: RegistryContext, id: string): Promise<JobRecord> {
  const record = await changeJob(context, id, (current) =>
    isJobOver(current) ? current : ended(context, current, { state: 'cancelled' }),
  );
  if (record.state === 'cancelled') await removeUnder(context, artifactKeys.jobResults(id));
  return record;
}

/**
 * Removes a job with everything that is its own: results, the stored body, the file that was uploaded for it. The record
 * goes last, so that a removal that was broken off can be asked for again.
 *
 * @throws not_found `job_not_found`
 */
export async function deleteJob(context: RegistryContext, id: string): Promise<void> {
  await getJob(context, id);
  const { model, input, idempotency } = await cancelJob(context, id);
  const { artifacts } = context;
  if (idempotency !== null) await forgetKey(context, idempotency, id);
  const isOurs = input.bucket === 'artifacts' && input.key.startsWith(artifactKeys.jobUploads());
  if (isOurs) await artifacts.delete(input.key);
  await artifacts.delete(artifactKeys.modelJob(model, id));
  await removeUnder(context, artifactKeys.job(id), artifactKeys.jobRecord(id));
  await artifacts.delete(artifactKeys.jobRecord(id));
}

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
