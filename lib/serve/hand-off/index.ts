/** Requests for models behind endpoints: told apart before anything is looked up for them, and handed on. */
import { requireName } from '../../access/index.ts';
import { jsonLengthHeader } from '../../contracts/endpoint-call.ts';
import type { EndpointModel, EndpointModels } from '../../contracts/endpoint-models.ts';
import type { LargeModels, ServeAnswer, ServeRequest } from '../service.ts';
import type { PreparationTools } from './prepare-input.ts';
import { verb } from './verb.ts';

/**
 * The model that a request names, if it is one behind an endpoint.
 *
 * @param defaultModel the one that is asked where the dialect names none
 * @throws forbidden `model_not_allowed`
 */
export function findDeclared(
  models: EndpointModels,
  { path, query, route, access }: ServeRequest,
  defaultModel: string | undefined,
): EndpointModel | undefined {
  const named = path.model ?? (route === '/invocations' ? (query.model ?? defaultModel) : undefined);
  const found = named === undefined ? undefined : models.get(named.replace(verb, ''));
  if (found) requireName(access, 'model', found.model);
  return found;
}

/**
 * Answers a request of predict by the container behind the model's endpoint. What does so is loaded by the first.
 *
 * @throws what `ask` does
 */
export async function handOff(
  large: LargeModels,
  request: ServeRequest,
  declared: EndpointModel,
): Promise<ServeAnswer> {
  const { ask } = await import('./ask.ts');
  return ask({ endpoints: await large.endpoints(declared), request, declared });
}

/**
 * The request as the container takes it: with numbers in place of rows, texts or pictures, if its model is declared so.
 *
 * @throws what `prepareInput` throws
 */
export async function prepared<Request extends ServeRequest>(
  context: PreparationTools,
  request: Request,
  { input }: EndpointModel,
): Promise<Request> {
  if (!input || request.method !== 'POST' || !preparedRoute.test(request.route)) return request;
  const { prepareInput } = await import('./prepare-input.ts');
  const made = await prepareInput(context, request, input);
  if (!made) return request;
  const { contentType, content, jsonBytes } = made;
  const body =
    typeof content === 'string'
      ? Buffer.from(content)
      : Buffer.from(content.buffer, content.byteOffset, content.length);
  const told = new Map([
    ['content-type', contentType],
    [jsonLengthHeader, jsonBytes?.toString()],
  ]);
  return {
    ...request,
    // Of two routes that take tensors, the one whose bodies are these.
    ...('image' in input && { route: tensorRoute }),
    header: (name: string) => (told.has(name) ? told.get(name) : request.header(name)),
    body: { text: () => body.toString(), bytes: () => body },
  };
}

/** What `prepared` makes inputs with; loaded apart from it, as most functions never do. */
export const loadInputMakers = (): Promise<typeof import('./input-makers.ts')> => import('./input-makers.ts');

/** The native form, and the one dialect in which pictures have a place; in all others callers send tensors themselves. */
const preparedRoute = /^\/v1\/models\/\{model\}\/predict$|^\/v2\/models\/.*\/infer$/;
const tensorRoute = '/v2/models/{model}/infer';
