/** One event for each route that predict answers, and what its answer must be like. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Route } from '../../lib/contracts/routes.ts';
import { type ProxyRequest, predictRoutes, proxyEvent } from './proxy-events.ts';

/** The model that the example of `/v1/embeddings` asks. */
export const embeddingModel = 'minilm';

const parameters = { model: 'heart', version: '1', label: 'live' } as const;

/** What a route's example leaves open. */
const additions: Readonly<Record<string, ProxyRequest>> = {
  'mlflow-invocations': { query: { model: 'heart' } },
};

/** What asks for something that the example is not or has not: these say so. */
const refusals: ReadonlyMap<string, string> = new Map([
  ['explain', 'no_encoding'],
  ['transform', 'no_encoding'],
  ['forecast', 'no_forecast'],
  ['time-series-forecast', 'model_not_found'],
]);

/** Every route of predict with an event that its example makes; the model is `heart`, its version 1, and for vectors `embeddingModel`. */
export const routeEvents: readonly (readonly [id: string, route: Route, event: APIGatewayProxyEvent])[] =
  predictRoutes.map((route) => {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as keyof typeof parameters);
    const path: Record<string, string> = Object.fromEntries(names.map((name) => [name, parameters[name]]));
    // API Gateway has no path part with a verb in it: the verb comes with the last parameter.
    if (route.shownPath?.endsWith(':predict')) path[names.at(-1)!] += ':predict';
    const body = route.example?.request;
    return [
      route.id,
      route,
      proxyEvent(route, { path, ...(body !== undefined && { body }), ...additions[route.id] }),
    ];
  });

/** What is wrong with an answer to a route; `null` if nothing is. */
export function faultOf(route: Route, { statusCode, headers, body }: APIGatewayProxyResult): string | null {
  const refusal = refusals.get(route.id);
  if (refusal !== undefined) return body.includes(`"code":"${refusal}"`) ? null : `${statusCode} ${body}`;
  if (statusCode !== route.status) return `${statusCode} ${body}`;
  if (!headers?.['x-request-id']) return 'no x-request-id';
  if (body === '') return route.response.safeParse(null).success ? null : 'no body';
  const isText = headers['content-type']?.toString().startsWith('text/plain');
  const read = route.response.safeParse(isText ? body : JSON.parse(body));
  return read.success ? null : `${read.error.message} in ${body}`;
}
