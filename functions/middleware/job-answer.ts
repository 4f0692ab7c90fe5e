/** The answer to a request that became a job. */
import type { JobView } from '../../lib/contracts/jobs.ts';
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
