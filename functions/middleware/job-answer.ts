/** The answer to a request that became a job. */
import type { HttpAnswer } from './http-steps.ts';

/**
 * 202 with the job and where it is found.
 *
 * @param isPreferred the caller asked for it by `Prefer: respond-async`
 */
export const jobAnswer = (job: { readonly id: string }, isPreferred: boolean): HttpAnswer => ({
  status: 202,
  headers: {
    location: `/v1/jobs/${job.id}`,
    ...(isPreferred && { 'preference-applied': 'respond-async' }),
  },
  body: job,
});
