/** The HTTP front on one machine: what API Gateway does in the cloud, made from the same route table. */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { gatewayLimits } from '../../lib/contracts/gateway.ts';
import type { HttpFunction, Route } from '../../lib/contracts/routes.ts';
import { lambdaContext } from './lambda-context.ts';
import { isProxyResult, proxyEvent, writeProxyResult } from './proxy-event.ts';
import { compileRoutes, type RouteMatch } from './route-matcher.ts';

/** A function's `handler` as the gateway calls it. */
export type HttpHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<unknown>;

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly routes: readonly Route[];
  readonly handlers: Readonly<Record<HttpFunction, HttpHandler>>;
  readonly apiKey: string;
  /** Tells the person at the terminal about a handler that failed. */
  readonly report: (message: string) => void;
  readonly bodyLimitBytes?: number;
  readonly timeoutMs?: number;
}

/** A refusal that the gateway itself gives, in the native error shape. */
interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const memoryLimitMb = 1024;

/** Makes the server; the caller lets it listen. A handler that fails costs its own request, never the process. */
export function createGateway(options: GatewayOptions): Server {
  const { routes, apiKey, bodyLimitBytes = gatewayLimits.bodyBytes } = options;
  const match = compileRoutes(routes);
  const key = Buffer.from(apiKey);

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = randomUUID();
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    const found = match(request.method ?? 'GET', path);
    if (found.kind !== 'route') refuse(response, requestId, noRoute(found, request.method, path));
    else if (found.route.scope !== 'none' && !hasKey(request, key)) refuse(response, requestId, unauthorized);
    else {
      const { route, parameters } = found;
      readBody(request, bodyLimitBytes, (body) => {
        const receivedAt = Date.now();
        if (body === 'too-large') refuse(response, requestId, tooLarge(bodyLimitBytes));
        else {
          const event = proxyEvent({ request, route, path, query, parameters, body, requestId, receivedAt });
          answer(options, route, event, response);
        }
      });
    }
  };
  // Clients keep connections; an early close by the server would look to them like a failed request.
  return createServer({ keepAliveTimeout: 65_000 }, onRequest);
}

function answer(
  options: GatewayOptions,
  route: Route,
  event: APIGatewayProxyEvent,
  response: ServerResponse,
): void {
  const { handlers, report, timeoutMs = gatewayLimits.timeoutMs } = options;
  const { requestId, requestTimeEpoch } = event.requestContext;
  const fail = (error: unknown): void => {
    clearTimeout(timer);
    report(
      `${route.function} failed at ${route.method} ${event.path} (request ${requestId}): ${describe(error)}`,
    );
    refuse(response, requestId, handlerFailed);
  };
  const timer = setTimeout(() => refuse(response, requestId, timedOut(timeoutMs)), timeoutMs);
  const context = lambdaContext({
    functionName: route.function,
    requestId,
    memoryLimitMb,
    deadlineAt: requestTimeEpoch + timeoutMs,
  });
  const finish = (result: unknown): void => {
    clearTimeout(timer);
    if (response.headersSent) return;
    if (isProxyResult(result)) writeProxyResult(response, result);
    else fail(new TypeError('the handler gave no {statusCode, headers, body}'));
  };
  try {
    handlers[route.function](event, context).then(finish).catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** Collects the body, `null` if there is none. What comes after the limit is read and thrown away. */
function readBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (body: Buffer | null | 'too-large') => void,
): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) done(null);
  else if (Number(length) > limitBytes) done('too-large');
  else collectBody(request, limitBytes, done);
}

function collectBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (body: Buffer | 'too-large') => void,
): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
    else if (sizeBytes - chunk.length <= limitBytes) done('too-large');
  });
  request.on('end', () => {
    if (sizeBytes <= limitBytes) done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  });
  // A client that leaves half-way needs no answer.
  request.on('error', () => {});
}

/** True if the request carries the key; the comparison takes the same time wherever the keys differ. */
function hasKey(request: IncomingMessage, key: Buffer): boolean {
  const { 'x-api-key': header, authorization } = request.headers;
  const text =
    typeof header === 'string' ? header : authorization?.startsWith('Bearer ') ? authorization.slice(7) : '';
  const given = Buffer.from(text);
  return given.length === key.length && timingSafeEqual(given, key);
}

function refuse(response: ServerResponse, requestId: string, refusal: Refusal): void {
  if (response.headersSent) return;
  const { status, type, code, message, headers } = refusal;
  const body = JSON.stringify({ error: { type, message, param: null, code, request_id: requestId } });
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-request-id': requestId,
      ...headers,
    })
    .end(body);
}

function noRoute(found: Exclude<RouteMatch, { kind: 'route' }>, method = 'GET', path = '/'): Refusal {
  if (found.kind === 'malformed') {
    const message = `The path ${path} has a broken %-escape`;
    return { status: 400, type: 'invalid_request', code: 'malformed_path', message };
  }
  if (found.kind === 'unknown') {
    const message = `There is no ${path} here; GET /v1/models lists the models`;
    return { status: 404, type: 'not_found', code: 'unknown_path', message };
  }
  const allow = found.allow.join(', ');
  const message = `${path} does not take ${method}; use ${allow}`;
  return { status: 405, type: 'invalid_request', code: 'method_not_allowed', message, headers: { allow } };
}

const unauthorized: Refusal = {
  status: 401,
  type: 'unauthorized',
  code: 'unauthorized',
  message: 'Send the API key in the header "x-api-key" or as "Authorization: Bearer <key>"',
};

const tooLarge = (limitBytes: number): Refusal => ({
  status: 413,
  type: 'too_large',
  code: 'too_large',
  message: `The request body is larger than ${limitBytes} bytes; send fewer rows at a time or upload a file`,
});

const handlerFailed: Refusal = {
  status: 500,
  type: 'internal',
  code: 'internal',
  message: 'The request failed for a reason that is not yours; the log has the details under this request id',
};

const timedOut = (timeoutMs: number): Refusal => ({
  status: 504,
  type: 'internal',
  code: 'timeout',
  message: `No answer within ${timeoutMs / 1000} s; send fewer rows at a time`,
});

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
