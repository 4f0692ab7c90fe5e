/** A visit of a job at the endpoint that it waits for: asked once; the answer ends the job, otherwise it waits on. */
import { isJsonType } from '../../contracts/content-type.ts';
import { readAddress, tritonType } from '../../contracts/endpoint-call.ts';
import { artifactKeys, type CallJobRecord } from '../../contracts/index.ts';
import { isOnrampError, type OnrampError, upstream } from '../../core/index.ts';
import { type EndpointAnswer, type EndpointBodyCall, readCounts, readVectors } from '../../endpoint/index.ts';
import { keepAlive, type Watch } from '../../registry/index.ts';
import { removeUnder } from '../end-jobs.ts';
import { findJob, type JobLease } from '../job-record.ts';
import type { JobUsage } from '../job-usage.ts';
import { finishJob, type JobOutcome, type JobProgress, tellJobProgress } from '../work-on-job.ts';
import type { CallContext } from './call-context.ts';
import { answerKey, type ClaimedVisit, claimVisit, putOff } from './claim-visit.ts';

/** How long a worker is believed to live without a sign of life; with each it learns whether it was cancelled. */
const leaseMs = 30_000;
const heartbeatMs = 2_000;

/**
 * Makes a visit. The same notice again finds the visit made, or a worker at it, and does nothing; only where a worker died
 * is the endpoint asked once more, as nobody knows how far it came.
 *
 * @param owner id of the message, the same at each delivery
 * @throws what the store throws: then the visit is to be made again
 */
export async function visitEndpoint(
  context: CallContext,
  { id, visit }: { readonly id: string; readonly visit: number },
  owner: string,
): Promise<void> {
  const claimed = await claimVisit(context, { id, visit, owner, leaseMs });
  if (!claimed) return;
  const watch = watchOver(context, claimed.lease);
  try {
    await make(context, claimed, watch);
  } catch (error) {
    if (!watch.signal.aborted && !isLost(error)) throw error;
    context.logger.info('The job is no longer ours.', { job: id });
  } finally {
    watch.stop();
  }
}

const isLost = (error: unknown): boolean =>
  isOnrampError(error) && (error.code === 'lease_lost' || error.code === 'job_not_found');

const atWork: JobProgress = {
  ...{ progress: 0, message: 'The request is at the endpoint.' },
  ...{ rows: null, rows_done: 0, rows_failed: 0, warnings: 0 },
};

function watchOver(context: CallContext, lease: JobLease): Watch<JobProgress> {
  return keepAlive({
    first: atWork,
    everyMs: heartbeatMs,
    write: (news) => tellJobProgress(context, lease, news),
    onUnheard: (error) => context.logger.warn('A sign of life was not heard.', { job: lease.id, error }),
  });
}

async function make(
  context: CallContext,
  claimed: ClaimedVisit,
  { signal, stop }: Watch<JobProgress>,
): Promise<void> {
  const startedAt = context.now();
  const { record, lease } = claimed;
  const asked = await ask(context, record, signal);
  const usage = (): JobUsage => {
    const { endpointMs } = asked;
    const told =
      'failure' in asked
        ? { failure: asked.failure }
        : { bytesOut: asked.body.byteLength, counts: asked.counts };
    return { record, ms: context.now() - startedAt, endpointMs, ...told };
  };
  if (signal.aborted) {
    // What the endpoint had begun goes on. A worker that has taken over counts for itself.
    if (await isCancelled(context, record)) await context.meter(usage());
    throw signal.reason;
  }
  stop();
  if ('failure' in asked && isForLater(asked.failure)) {
    await putOff(context, lease, asked.failure);
    return;
  }
  const outcome = 'failure' in asked ? failedBy(context, lease, asked) : await keep(context, claimed, asked);
  await context.meter(usage());
  await finishJob(context, lease, outcome);
  // What announced its visits goes by itself in a few days, if not now.
  await removeUnder(context, artifactKeys.jobVisits(record.id)).catch(() => {});
}

async function isCancelled(context: CallContext, { id }: CallJobRecord): Promise<boolean> {
  const current = await findJob(context, id);
  return current === null || current.state === 'cancelled';
}

/** What the API would have answered. */
interface Answered {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** By the names of log lines. */
  readonly counts: Readonly<Record<string, unknown>>;
  readonly endpointMs: number;
}

interface Failed {
  readonly failure: unknown;
  readonly endpointMs: number;
}

/** What the endpoint says; a failure of the store is thrown. */
async function ask(
  context: CallContext,
  record: CallJobRecord,
  signal: AbortSignal,
): Promise<Answered | Failed> {
  const input = await context.artifacts.get(record.input.key);
  if (!input) throw upstream(`The body of job "${record.id}" is gone.`, { code: 'input_missing' });
  const askedAt = context.now();
  const endpointMs = (): number => Math.round(context.now() - askedAt);
  try {
    const answer = await context.endpoints.invoke({ ...callOf(record), body: input.body, signal });
    return { ...answerOf(record, answer), endpointMs: endpointMs() };
  } catch (failure) {
    return { failure, endpointMs: endpointMs() };
  }
}

/** Under the id of its job the container sees a request. */
function callOf({ id, call }: CallJobRecord): Omit<EndpointBodyCall, 'body'> {
  return {
    ...{ endpoint: call.endpoint, contentType: call.content_type, inferenceId: id },
    ...(call.component !== undefined && { inferenceComponent: call.component }),
    ...(call.accept !== undefined && { accept: call.accept }),
    ...(call.custom_attributes !== undefined && { customAttributes: call.custom_attributes }),
    ...(call.target_variant !== undefined && { targetVariant: call.target_variant }),
    ...(call.target_model !== undefined && { targetModel: call.target_model }),
    ...(call.session_id !== undefined && { sessionId: call.session_id }),
  };
}

/** @throws upstream `endpoint_failed` for an answer that is none */
function answerOf(
  { model, call }: CallJobRecord,
  { body, contentType, customAttributes = '' }: EndpointAnswer,
): Omit<Answered, 'endpointMs'> {
  if (call.answer === 'vectors') {
    const { text, rows, inputTokens } = readVectors(body, model);
    const counts = { rows, ...(inputTokens !== undefined && { input_tokens: inputTokens }) };
    return { contentType: 'application/json', body: Buffer.from(text), counts };
  }
  // An object has no header for the length of the JSON before tensors, but a content type.
  const { jsonLength } = readAddress(customAttributes) ?? {};
  return {
    contentType: jsonLength === undefined ? contentType : tritonType(jsonLength),
    body,
    counts: isJsonType(contentType) ? readCounts(body) : {},
  };
}

/** Nothing has begun: the endpoint is not there, or asks for patience. */
const isForLater = (failure: unknown): failure is OnrampError =>
  isOnrampError(failure) && (failure.kind === 'not_ready' || failure.kind === 'rate_limited');

type Ending = Exclude<JobOutcome, { readonly state: 'cancelled' }>;

/** The answer first, then the record that names it. */
async function keep(
  context: CallContext,
  { lease, record }: ClaimedVisit,
  answer: Answered,
): Promise<Ending> {
  const { body, contentType, counts } = answer;
  const key = answerKey(lease, record);
  await context.artifacts.put(key, body, { contentType });
  const rows = typeof counts.rows === 'number' ? counts.rows : null;
  const done = { rows, rows_done: rows ?? 0, rows_failed: 0, warnings: 0 };
  return {
    state: 'succeeded',
    progress: { progress: 1, message: 'The endpoint has answered.', ...done },
    result: { key, size_bytes: body.byteLength, rows, content_type: contentType },
    errors: null,
  };
}

/** What is wrong on our side, or on SageMaker's, is told in the log alone, as of any answer. */
function failedBy({ logger }: CallContext, { id }: JobLease, { failure }: Failed): Ending {
  if (isOnrampError(failure) && failure.kind === 'upstream') {
    const { code, message: words, told } = failure;
    logger.warn('The endpoint of a job failed.', { job: id, code, error: words });
    const message = told ?? 'The endpoint failed at this request; the log of the function tells why.';
    return { state: 'failed', error: { code, message, param: null } };
  }
  if (isOnrampError(failure) && failure.kind !== 'internal') {
    const { code, message, param } = failure;
    return { state: 'failed', error: { code, message, param } };
  }
  logger.error('A job failed.', { job: id, error: failure });
  const message = 'Something inside Onramp failed; the log of the function tells more.';
  return { state: 'failed', error: { code: 'internal', message, param: null } };
}
