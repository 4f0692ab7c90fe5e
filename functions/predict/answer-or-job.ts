/** Requests for models behind endpoints: the answer, if it comes soon, and a job otherwise. */
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import { lambdaPayloadBytes } from '../../lib/contracts/limits.ts';
import { preferredWaitMs, prefersAsync } from '../../lib/contracts/prefer.ts';
import { type EndpointBodyCall, type Endpoints, isAsleep } from '../../lib/endpoint/index.ts';
import type { WaitingDraft } from '../../lib/jobs/index.ts';
import type { LargeModels, ServeAnswer } from '../../lib/serve/index.ts';
import type { HttpRequest, RawBody } from '../middleware/http-request.ts';
import type { HttpAnswer } from '../middleware/http-stack.ts';
import { jobAnswer, jobFields } from '../middleware/job-answer.ts';
import type { Platform } from '../middleware/platform.ts';
import { queueContext } from '../middleware/queue-context.ts';

/** Of the time that API Gateway waits: so much is left to make a job, or to bring the answer. */
const answeringMs = 5_000;
/** An endpoint that sleeps has to be awake by then, since answering takes its time too; and at most, if a client asks. */
const wakeWaitMs = 8_000;
const longestWakeWaitMs = 15_000;
/** As base64 beside the headers it fits what a function can give. */
const answerBytes = Math.floor(((lambdaPayloadBytes - 16_384) * 3) / 4);
/** OpenAI's clients know no jobs, but come again after a 503: only who says so gets a job. */
const vectorsRoute = '/v1/embeddings';

type LargePlatform = Platform & { readonly large: LargeModels };

let loaded: Promise<typeof import('../../lib/jobs/index.ts')> | undefined;

/** Loaded by the first request that needs a job: most never do. */
function jobs(): NonNullable<typeof loaded> {
  loaded ??= import('../../lib/jobs/index.ts');
  return loaded;
}

/**
 * What a container answers, or 202 with the job that will have its answer: for a model that works off a queue, or whose
 * endpoint has no instance, and at once if `Prefer: respond-async` says so.
 *
 * @param answer asks the container by the endpoints that it is given
 */
export async function answerOrJob(
  platform: LargePlatform,
  request: HttpRequest<RawBody>,
  answer: (large: LargeModels) => Promise<ServeAnswer>,
): Promise<HttpAnswer> {
  const { large } = platform;
  const endpoints: LargeModels['endpoints'] = (declared) => endpointsFor(platform, { request, declared });
  try {
    const given = await answer({ ...large, endpoints });
    if (given.fields) request.annotate(given.fields);
    return given;
  } catch (error) {
    if (!loaded) throw error;
    const { AnswerIsJob, jobViewOf } = await loaded;
    if (!(error instanceof AnswerIsJob)) throw error;
    const { record } = error;
    request.annotate(jobFields(record));
    return jobAnswer(await jobViewOf(platform, record), prefersAsync(request.header('prefer')));
  }
}

/** One request for one model. */
interface Ask {
  readonly request: HttpRequest<RawBody>;
  readonly declared: EndpointModel;
}

async function endpointsFor(platform: LargePlatform, ask: Ask): Promise<Endpoints> {
  const { declared, request } = ask;
  const open = (): Promise<Endpoints> => platform.large.endpoints(declared);
  const waitMs = preferredWaitMs(request.header('prefer'));
  const hasJobs = request.method === 'POST' && (request.route !== vectorsRoute || waitMs !== undefined);
  if (declared.kind !== 'async') return hasJobs ? wakingEndpoints(platform, { ...ask, waitMs }) : open();
  const { askThroughQueue, createQueuedEndpoints } = await jobs();
  const context = await queueContext(platform, open);
  if (hasJobs) {
    const leftMs = Math.max(0, request.leftMs() - answeringMs);
    const limitMs = Math.min(waitMs ?? leftMs, leftMs);
    const idempotencyKey = request.header('idempotency-key');
    return createQueuedEndpoints(context, {
      ...{ model: declared, answerBytes, limitMs, idempotencyKey },
      ...{ asked: askedBy(request), onJob: (record) => request.annotate(jobFields(record)) },
    });
  }
  // All the time that there is: nobody asks a second time.
  return { ...(await open()), invoke: (call) => askThroughQueue(context, declared, call) };
}

const askedBy = ({ access, method, route }: HttpRequest<RawBody>): WaitingDraft['asked'] => ({
  caller: access.caller,
  ...{ method, route },
});

/**
 * How long an endpoint may sleep before its request becomes a job: not so long that the pause after that, half as long
 * again and a second at the beginning, would take the time that is left for the job.
 */
function wakeLimitMs(waitMs: number, leftMs: number): number {
  if (waitMs === 0) return 0;
  return Math.max(1, Math.min(waitMs, longestWakeWaitMs, (leftMs - answeringMs) / 1.5));
}

/** An endpoint that may have no instance: asked as long as there is time, and by a job from then on. */
function wakingEndpoints(
  platform: LargePlatform,
  { request, declared, waitMs = wakeWaitMs }: Ask & { readonly waitMs: number | undefined },
): Endpoints {
  const { header, route, leftMs } = request;
  const startedAtMs = performance.now();
  const idempotencyKey = header('idempotency-key');
  const draftOf = (call: EndpointBodyCall): WaitingDraft => ({
    ...{ model: declared, call, idempotencyKey, answer: route === vectorsRoute ? 'vectors' : 'any' },
    asked: askedBy(request),
  });
  const becomeJob = async (call: EndpointBodyCall): Promise<never> => {
    const { AnswerIsJob, acceptWaiting } = await jobs();
    throw new AnswerIsJob(await acceptWaiting(platform, draftOf(call)));
  };
  /** The same request may have become a job before: then the endpoint is not asked beside it. */
  const findJob = async (call: EndpointBodyCall): Promise<void> => {
    const { AnswerIsJob, findWaiting } = await jobs();
    const made = await findWaiting(platform, draftOf(call));
    if (made) throw new AnswerIsJob(made);
  };
  const limitMs = wakeLimitMs(waitMs, leftMs());
  const invoke: Endpoints['invoke'] = async (call) => {
    if (limitMs === 0) return becomeJob(call);
    if (idempotencyKey !== undefined) await findJob(call);
    try {
      return await (await platform.large.endpoints(declared)).invoke(call);
    } catch (error) {
      if (!isAsleep(error) || performance.now() - startedAtMs < limitMs) throw error;
      return becomeJob(call);
    }
  };
  const never = (): Promise<never> => Promise.reject(new TypeError('Predictions are asked for as a whole.'));
  return { invoke, stream: never, enqueue: never };
}
