/** Endpoints that work off a queue, asked as others are: whoever can wait gets the answer, everybody else a job. */
import type { EndpointModel } from '../../contracts/endpoint-models.ts';
import {
  artifactKeys,
  type EndpointJobRecord,
  type JobAsked,
  type JobRecord,
} from '../../contracts/index.ts';
import { internal, invalidInput, sha256 } from '../../core/index.ts';
import {
  checkCall,
  type EndpointAnswer,
  type EndpointBodyCall,
  type Endpoints,
} from '../../endpoint/index.ts';
import { deleteJob } from '../end-jobs.ts';
import { requestKey } from '../idempotency.ts';
import { isJobOver } from '../job-record.ts';
import { acceptCall } from './accept-call.ts';
import type { QueueContext } from './hand-over.ts';
import { type Outcome, waitForOutcome } from './outcome.ts';
import { settleBy } from './settle-job.ts';

/** Thrown where an answer was expected: it will be that of a job. */
export class AnswerIsJob extends Error {
  override readonly name: string = 'AnswerIsJob';
  readonly record: JobRecord;

  constructor(record: JobRecord) {
    super(`The answer is that of job "${record.id}".`);
    this.record = record;
  }
}

/** How a request is to be answered. */
export interface QueueManners {
  readonly model: EndpointModel;
  /** The header `Idempotency-Key`. */
  readonly idempotencyKey?: string | undefined;
  /** 0 for those who asked not to wait. */
  readonly limitMs: number;
  /** Longer answers are fetched from S3. */
  readonly answerBytes: number;
  readonly asked: JobAsked;
  /** Is told of the job that the request is, also of one that is answered at once. */
  readonly onJob?: (record: EndpointJobRecord) => void;
}

/**
 * The endpoint of one model for one request.
 *
 * Its `invoke` throws `AnswerIsJob`, what `acceptCall` throws, and what `Endpoints.invoke` throws of a container.
 */
export function createQueuedEndpoints(context: QueueContext, manners: QueueManners): Endpoints {
  return {
    invoke: (call) => invoke(context, manners, call),
    stream: () => Promise.reject(internal('An endpoint that works off a queue gives no streams.')),
    enqueue: () => Promise.reject(internal('What is asked through the queue is not put there by hand.')),
  };
}

async function invoke(
  context: QueueContext,
  manners: QueueManners,
  call: EndpointBodyCall,
): Promise<EndpointAnswer> {
  const { answerBytes, idempotencyKey, onJob } = manners;
  const record = await acceptBodyCall(context, manners, call);
  onJob?.(record);
  if (record.state === 'cancelled') throw new AnswerIsJob(record);
  const outcome = await waitFor(context, record, manners);
  if (!outcome) throw new AnswerIsJob(record);
  const isLong = 'answer' in outcome && outcome.answer.sizeBytes > answerBytes;
  const found = 'answer' in outcome && !isLong ? await context.artifacts.get(outcome.answer.key) : null;
  const settled = await settleBy(context, record, outcome, found?.body);
  if (isLong || settled.state === 'cancelled') throw new AnswerIsJob(settled);
  // With a key the same request may be sent again, and is to find its answer.
  // What cannot be removed goes by itself in a few days, and is no reason to keep an answer back.
  if (idempotencyKey === undefined) await deleteJob(context, record.id).catch(() => {});
  if ('failure' in outcome) throw outcome.failure;
  if (!found) throw new AnswerIsJob(settled);
  return { contentType: found.contentType ?? 'application/octet-stream', body: found.body, attempts: 1 };
}

/** What SageMaker's queues do not know. */
const unqueued = ['targetVariant', 'targetModel', 'sessionId'] as const;

function requireQueueable(call: EndpointBodyCall): void {
  const attribute = unqueued.find((name) => call[name] !== undefined);
  if (attribute === undefined) return;
  throw invalidInput(`A model that works off a queue takes no ${attribute}; leave it out.`, {
    code: 'endpoint_call_invalid',
    param: attribute,
  });
}

/**
 * A job with the body of a call as its input.
 *
 * @throws invalid_request `endpoint_call_invalid` for what a queue would leave out; and what `acceptCall` throws
 */
export async function acceptBodyCall(
  context: QueueContext,
  { model, asked, idempotencyKey }: Pick<QueueManners, 'model' | 'asked' | 'idempotencyKey'>,
  call: EndpointBodyCall,
): Promise<EndpointJobRecord> {
  checkCall(call);
  requireQueueable(call);
  const { contentType, accept, customAttributes, body } = call;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const identity = { endpoint: model.endpoint, contentType, accept, customAttributes, body: sha256(bytes) };
  return acceptCall(context, {
    ...{ model, contentType, accept, customAttributes, asked },
    key: requestKey(idempotencyKey, {
      ...{ model: model.model, caller: asked.caller },
      request: definedOf(identity),
    }),
    bringInput: async (id) => {
      const key = artifactKeys.endpointInput(model.endpoint, id);
      const stored = await context.artifacts.put(key, bytes, { contentType });
      const file = { bucket: 'artifacts', key, file: 'request', size_bytes: bytes.byteLength } as const;
      return { kind: 'body', ...file, etag: stored?.etag ?? '' };
    },
  });
}

const definedOf = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

async function waitFor(
  context: QueueContext,
  record: EndpointJobRecord,
  { limitMs }: QueueManners,
): Promise<Outcome | null> {
  const { ticket, name } = record.endpoint;
  // Without a ticket, another request with the same key is handing it over.
  if (ticket === null || limitMs === 0) return null;
  return waitForOutcome(context, { ticket, endpoint: name }, { limitMs: isJobOver(record) ? 0 : limitMs });
}
