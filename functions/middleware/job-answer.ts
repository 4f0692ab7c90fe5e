/** The answer to a request that became a job. */
import type { JobRecord, JobView } from '../../lib/contracts/jobs.ts';
import type { HttpAnswer } from './http-steps.ts';

/** When to look again: most jobs take seconds or minutes. */
const lookAgainSeconds = 5;

/**
 * 202 with the job, where it is found and when to look at it again.
 *
 * @param isPreferred the caller asked for it by `Prefer: respond-async`
 */
export const jobAnswer = (job: JobView, isPreferred = false): HttpAnswer => ({
  status: 202,
  headers: {
    location: `/v1/jobs/${job.id}`,
    ...(job.ended === null && { 'retry-after': String(lookAgainSeconds) }),
    ...(isPreferred && { 'preference-applied': 'respond-async' }),
  },
  body: job,
});

/**
 * What the line of a request says of the job that it is. One in the queue of an endpoint counts as a call of its model
 * when it is made, under the id of the job, until there is a line on its outcome, which is counted in its place; what
 * waits for an instance is counted when it is answered, and rows for a model of ours by the job itself.
 */
export function jobFields(record: JobRecord): Readonly<Record<string, unknown>> {
  const { id: job, model, created } = record;
  return 'endpoint' in record ? { job, model, usage_of: job, usage_at: created } : { job };
}
