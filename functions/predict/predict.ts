/** All operations of predict behind one handler, found by the method and the path template of the request. */
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import { prefersAsync } from '../../lib/contracts/prefer.ts';
import type { PictureDecoder } from '../../lib/contracts/preparation.ts';
import { notFound } from '../../lib/core/index.ts';
import {
  createModelCache,
  findDeclared,
  handOff,
  type LargeModels,
  type ModelCache,
  prepared,
  serveOperations,
} from '../../lib/serve/index.ts';
import type { HttpRequest, RawBody } from '../middleware/http-request.ts';
import type { HttpAnswer, HttpHandler } from '../middleware/http-stack.ts';
import type { Platform } from '../middleware/platform.ts';
import { acceptLater } from './accept-later.ts';

const jobRoute = 'POST /v1/models/{model}/predict';
/** Its body names the model, which may be one behind an endpoint. */
const vectorsRoute = 'POST /v1/embeddings';

/** Everything of the outside that predict uses. */
export interface PredictPlatform extends Platform {
  readonly large?: LargeModels;
  readonly decodePictures?: PictureDecoder;
}

/** The handler of predict on a platform. */
export function createPredict(
  platform: PredictPlatform,
  models: ModelCache = createModelCache(platform),
): HttpHandler<RawBody> {
  const { large, defaultModel } = platform;
  return async (request) => {
    const name = `${request.method} ${request.route}`;
    const operation = serveOperations[name];
    if (!operation) throw notFound(`There is no ${name} here.`, { code: 'unknown_route' });
    const declared = large && findDeclared(large.models, request, defaultModel);
    if (name === jobRoute && !declared && isForLater(request)) return acceptLater(platform, request);
    if (large && declared) return askEndpoint({ ...platform, large }, { request, declared, models });
    const answerBy = (asked: LargeModels | undefined) =>
      models.hold((cache) => operation({ ...platform, ...(asked && { large: asked }), cache }, request));
    if (large && name === vectorsRoute && large.models.size > 0) {
      const { answerOrJob } = await import('./answer-or-job.ts');
      return answerOrJob({ ...platform, large }, request, answerBy);
    }
    const answer = await answerBy(large);
    if (answer.fields) request.annotate(answer.fields);
    return answer;
  };
}

interface EndpointAsk {
  readonly request: HttpRequest<RawBody>;
  readonly declared: EndpointModel;
  readonly models: ModelCache;
}

/** Answers by the container behind an endpoint, which may need what a model of ours makes of the request. */
async function askEndpoint(
  platform: PredictPlatform & { readonly large: LargeModels },
  { request, declared, models }: EndpointAsk,
): Promise<HttpAnswer> {
  const given = await models.hold((cache) => prepared({ ...platform, cache }, request, declared));
  const { answerOrJob } = await import('./answer-or-job.ts');
  return answerOrJob(platform, request, (large) => handOff(large, given, declared));
}

/** A preference need not be met (RFC 7240): jobs do not explain, so an explanation is given at once. */
const isForLater = ({ query, header }: HttpRequest<RawBody>): boolean =>
  prefersAsync(header('prefer')) && (query.explain ?? 'false') === 'false';
