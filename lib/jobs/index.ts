/** Jobs, predictions that are fetched later: made once, claimed by one worker at a time, ended once; kept in S3. */
export { acceptBody, type BodyRequest } from './accept-body.ts';
export { acceptWaiting, findWaiting, type WaitingDraft } from './calls/accept-waiting.ts';
export type { CallContext } from './calls/call-context.ts';
export { visitEndpoint } from './calls/visit-endpoint.ts';
export { type JobContext, jobNotFound, type SettleContext } from './context.ts';
export { createJob, type JobDraft } from './create-job.ts';
export { cancelJob, deleteJob, removeUnder } from './end-jobs.ts';
export { type RequestKey, requestKey } from './idempotency.ts';
export { findJob, getJob, isEndpointJob, isJobOver, type JobLease } from './job-record.ts';
export { askedFor, type JobMeter, type JobUsage } from './job-usage.ts';
export { type JobOwners, jobViewOf, listJobs } from './list-jobs.ts';
export { type PinnedVersion, pinVersion } from './pin-version.ts';
export { acceptCall, type BroughtInput, type CallDraft } from './queued/accept-call.ts';
export { askThroughQueue } from './queued/ask-through-queue.ts';
export type { QueueContext } from './queued/hand-over.ts';
export { dropPrepared, handOverPrepared, type PreparedInput } from './queued/hand-over-prepared.ts';
export { meterRefused } from './queued/meter-outcome.ts';
export {
  AnswerIsJob,
  acceptBodyCall,
  createQueuedEndpoints,
  type QueueManners,
} from './queued/queued-endpoints.ts';
export { settleJob } from './queued/settle-job.ts';
export {
  claimJob,
  finishJob,
  type JobClaim,
  type JobOutcome,
  type JobProgress,
  tellJobProgress,
  type WorkerJobRecord,
} from './work-on-job.ts';
