/** Events as API Gateway's REST API hands them to a function, made from the route table. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { authorizerContext, fullAccess } from '../../lib/access/index.ts';
import { type Route, routes } from '../../lib/contracts/routes.ts';

/** What a request says besides its route. */
export interface ProxyRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is if it is a text. */
  readonly body?: unknown;
}

/** The routes of predict. */
export const predictRoutes: readonly Route[] = routes.filter((route) => route.function === 'predict');

/** The route with an id. */
export function routeOf(id: string): Route {
  const found = routes.find((route) => route.id === id);
  if (!found) throw new Error(`the route table has no "${id}"`);
  return found;
}

const multiple = (one: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(one).map(([name, value]) => [name, [value]]));

/** The proxy event, version 1.0, of a request to a route. */
export function proxyEvent(route: Route, request: ProxyRequest = {}): APIGatewayProxyEvent {
  const { path: parameters = {}, query, body } = request;
  const headers = { ...(body !== undefined && { 'content-type': 'application/json' }), ...request.headers };
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(parameters[name] ?? ''),
  );
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    resource: route.path,
    path,
    httpMethod: route.method,
    headers,
    multiValueHeaders: multiple(headers),
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: query ? multiple(query) : null,
    pathParameters: Object.keys(parameters).length === 0 ? null : { ...parameters },
    stageVariables: null,
    requestContext: {
      httpMethod: route.method,
      path,
      requestId: '0f4d1c1e-0000-4000-8000-000000000000',
      resourcePath: route.path,
      authorizer: route.scope === 'none' ? null : authorizerContext(fullAccess('test')),
      identity: { sourceIp: '192.0.2.1' },
    } as unknown as APIGatewayProxyEvent['requestContext'],
    body: text ?? null,
    isBase64Encoded: false,
  };
}
