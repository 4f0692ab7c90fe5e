/** The HTTP front on one machine: what API Gateway does in the cloud, made from the same route table. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Access } from '../../lib/access/index.ts';
import { gatewayLimits } from '../../lib/contracts/gateway.ts';
import type { HttpFunction, Route } from '../../lib/contracts/routes.ts';
import { internal } from '../../lib/core/index.ts';
import { lambdaContext } from './lambda-context.ts';
import { eventBody, isProxyResult, proxyEvent, writeProxyResult } from './proxy-event.ts';
import {
  handlerFailed,
  noRoute,
  notText,
  refuse,
  refuseConnection,
  timedOut,
  tooLarge,
  unauthorized,
} from './refusals.ts';
import { compileRoutes } from './route-matcher.ts';
import { answerStream, type StreamHandler, type StreamLimits } from './streamed-answer.ts';

/** A function's `handler` as the gateway calls it. */
export type HttpHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<unknown>;

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly routes: readonly Route[];
  /** A function of which a route `streams` is called as Lambda calls those that stream. */
  readonly handlers: Readonly<Partial<Record<HttpFunction, HttpHandler | StreamHandler>>>;
  /** Who sent a request, `null` if it presents no key that is known; asked for routes that need one. */
  readonly identify: (request: IncomingMessage) => Access | null;
  /** Tells the person at the terminal about a handler that failed. */
  readonly report: (message: string) => void;
  readonly bodyLimitBytes?: number;
  readonly timeoutMs?: number;
  readonly streamLimits?: StreamLimits;
}

const memoryLimitMb = 1024;
/** A client has this long to send its request. */
const requestTimeoutMs = 60_000;

/**
 * Makes the server; the caller lets it listen. A handler that fails costs its own request, never the process.
 *
 * @throws internal for a route whose function has no handler
 */
export function createGateway(options: GatewayOptions): Server {
  const { routes, handlers, identify, bodyLimitBytes = gatewayLimits.bodyBytes } = options;
  for (const { id, function: name } of routes) {
    if (!handlers[name]) throw internal(`route ${id}: there is no handler of the function ${name}`);
  }
  const match = compileRoutes(routes);
  const answer = answerer(options);

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const requestId = randomUUID();
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    const found = match(request.method ?? 'GET', path);
    if (found.kind !== 'route') {
      refuse(response, requestId, noRoute(found, request.method, path));
      return;
    }
    const { route, parameters } = found;
    const access = route.scope === 'none' ? null : identify(request);
    if (route.scope !== 'none' && access === null) refuse(response, requestId, unauthorized);
    else {
      readBody(request, bodyLimitBytes, (bytes) => {
        const receivedAt = Date.now();
        if (bytes === 'too-large') {
          refuse(response, requestId, tooLarge(bodyLimitBytes));
          return;
        }
        const body = eventBody(request, bytes);
        if (body === null) {
          refuse(response, requestId, notText);
          return;
        }
        const asked = { request, route, path, query, parameters, body, access, requestId, receivedAt };
        void answer(route, proxyEvent(asked), response);
      });
    }
  };
  // Clients keep connections; an early close by the server would look to them like a failed request.
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: requestTimeoutMs }, onRequest);
  return server.on('clientError', (error, socket) => refuseConnection(socket, randomUUID(), error));
}

/** Makes the function that calls a handler and writes its answer. */
function answerer(options: GatewayOptions) {
  const { handlers, report, timeoutMs = gatewayLimits.timeoutMs } = options;
  const {
    streamLimits: limits = { totalMs: gatewayLimits.streamTimeoutMs, idleMs: gatewayLimits.streamIdleMs },
  } = options;
  return async (route: Route, event: APIGatewayProxyEvent, response: ServerResponse): Promise<void> => {
    const { requestId, requestTimeEpoch } = event.requestContext;
    const handler = handlers[route.function]!;
    const context = lambdaContext({
      functionName: route.function,
      requestId,
      memoryLimitMb,
      deadlineAt: requestTimeEpoch + (route.streams ? limits.totalMs : timeoutMs),
    });
    try {
      if (route.streams) {
        const call = (handler as StreamHandler).bind(null, event);
        await answerStream((output) => call(output, context), response, { requestId, limits });
      } else {
        const call = () => (handler as HttpHandler)(event, context);
        await answerWhole(call, response, { requestId, timeoutMs });
      }
    } catch (error) {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      report(`${route.function} failed at ${route.method} ${event.path} (request ${requestId}): ${what}`);
      refuse(response, requestId, handlerFailed);
    }
  };
}

/** Calls a handler and writes the answer it gives. */
async function answerWhole(
  call: () => Promise<unknown>,
  response: ServerResponse,
  { requestId, timeoutMs }: { readonly requestId: string; readonly timeoutMs: number },
): Promise<void> {
  const timer = setTimeout(() => refuse(response, requestId, timedOut(timeoutMs)), timeoutMs);
  try {
    const result = await call();
    if (!isProxyResult(result)) throw new TypeError('the handler gave no {statusCode, headers, body}');
    if (!response.headersSent) writeProxyResult(response, result);
  } finally {
    clearTimeout(timer);
  }
}

/** Memory for a body in pieces, the same for all: fresh pages of this size cost as much as reading them. */
let memory = Buffer.alloc(0);
/** Larger bodies are rare, and get memory of their own. */
const keptBytes = 2_097_152;

/** The pieces in one, valid until the next call. */
function joined(chunks: readonly Buffer[], sizeBytes: number): Buffer {
  if (sizeBytes > keptBytes) return Buffer.concat(chunks);
  if (memory.length < sizeBytes) memory = Buffer.allocUnsafeSlow(Math.min(2 * sizeBytes, keptBytes));
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(memory, at);
  return memory.subarray(0, sizeBytes);
}

/**
 * Collects the body, `null` if there is none; its bytes are valid during the call only. What comes after the limit is
 * read and thrown away.
 */
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
  done: (body: Buffer | null | 'too-large') => void,
): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
    else if (sizeBytes - chunk.length <= limitBytes) done('too-large');
  });
  request.on('end', () => {
    if (sizeBytes === 0) done(null);
    else if (sizeBytes <= limitBytes) done(chunks.length === 1 ? chunks[0]! : joined(chunks, sizeBytes));
  });
  // A client that leaves half-way needs no answer.
  request.on('error', () => {});
}
