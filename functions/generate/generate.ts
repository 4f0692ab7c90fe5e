/** Generation by large models behind endpoints: bodies are checked here, the rest is the library's. */
import { chatRequest, completionRequest } from '../../lib/contracts/openai.ts';
import { notFound } from '../../lib/core/index.ts';
import { createEndpoints, type Endpoints } from '../../lib/endpoint/index.ts';
import {
  type GenerateBody,
  type GenerateContext,
  generateOperations,
  type QueuedCalls,
} from '../../lib/generate/index.ts';
import { errorAnswer } from '../middleware/http-errors.ts';
import type { HttpHandler } from '../middleware/http-stack.ts';
import { createJobMeter } from '../middleware/meter-job.ts';
import { createPlatform, type Platform } from '../middleware/platform.ts';
import { validate } from '../middleware/validate.ts';

/** Everything of the outside that generation uses; tests hand in their own. */
export type GeneratePlatform = Omit<GenerateContext, 'describe'>;

/** What the body of each route must be. */
const requests = {
  'POST /v1/chat/completions': chatRequest,
  'POST /v1/completions': completionRequest,
};

/** The handler of generate on a platform. */
export function createGenerate(platform: GeneratePlatform): HttpHandler<unknown> {
  const describe: GenerateContext['describe'] = (failure, requestId) => errorAnswer(failure, requestId).body;
  return async (request) => {
    const name = `${request.method} ${request.route}` as keyof typeof requests;
    const operation = generateOperations[name];
    if (!operation) throw notFound(`There is no ${name} here.`, { code: 'unknown_route' });
    // Passed on as it came: the order of its fields too can matter to a container, which keeps what it has seen.
    validate(requests[name], request.body);
    return operation({ ...platform, describe }, { ...request, body: request.body as GenerateBody });
  };
}

/** The platform of this process. Nothing is loaded or connected before the first use. */
export function createGeneratePlatform(): GeneratePlatform {
  const platform = { ...createPlatform(), meter: createJobMeter('generate') };
  const endpoints = createEndpoints();
  return { ...platform, models: platform.endpointModels, endpoints, queue: queueOf(platform, endpoints) };
}

/** Few models have a queue: what asks it is loaded with the first request for one. */
function queueOf(platform: Platform, endpoints: Endpoints): QueuedCalls {
  const load = async (): Promise<QueuedCalls> =>
    (await import('./queue.ts')).createQueuedCalls(platform, async () => endpoints);
  return {
    invoke: async (...asked) => (await load()).invoke(...asked),
    accept: async (...asked) => (await load()).accept(...asked),
  };
}
