/** Requests for models whose endpoints work off a queue: the answer, if it comes soon, and a job otherwise. */
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import { lambdaPayloadBytes } from '../../lib/contracts/limits.ts';
import { prefersAsync } from '../../lib/contracts/prefer.ts';
import type { LargeModels, ServeAnswer } from '../../lib/serve/index.ts';
import type { HttpRequest, RawBody } from '../middleware/http-request.ts';
import type { HttpAnswer } from '../middleware/http-stack.ts';
import { jobAnswer } from '../middleware/job-answer.ts';
import type { Platform } from '../middleware/platform.ts';
import { queueContext } from '../middleware/queue-context.ts';

/** API Gateway waits 29 seconds, some of which pass before and after. */
const waitMs = 24_000;
/** As base64 beside the headers it fits what a function can give. */
const answerBytes = Math.floor(((lambdaPayloadBytes - 16_384) * 3) / 4);

/** One request. */
export interface QueuedAsk {
  readonly request: HttpRequest<RawBody>;
  readonly declared: EndpointModel;
  /** Hands the request to the container behind the model's endpoint. */
  readonly handOff: (large: LargeModels) => Promise<ServeAnswer>;
}

/** Answers by the container, or by a job: at once if `Prefer: respond-async` says so. */
export async function askQueued(
  platform: Platform & { readonly large: LargeModels },
  { request, declared, handOff }: QueuedAsk,
): Promise<HttpAnswer> {
  const { large } = platform;
  const { AnswerIsJob, createQueuedEndpoints, jobViewOf } = await import('../../lib/jobs/index.ts');
  const isAsync = prefersAsync(request.header('prefer'));
  const context = await queueContext(platform, () => large.endpoints());
  const endpoints = createQueuedEndpoints(context, {
    ...{ model: declared, answerBytes, limitMs: isAsync ? 0 : waitMs },
    idempotencyKey: request.header('idempotency-key'),
  });
  try {
    const answer = await handOff({ ...large, endpoints: async () => endpoints });
    if (answer.fields) request.annotate(answer.fields);
    return answer;
  } catch (error) {
    if (!(error instanceof AnswerIsJob)) throw error;
    const { record } = error;
    request.annotate({ job: record.id, model: declared.model });
    return jobAnswer(await jobViewOf(context, record), isAsync);
  }
}
