/** The answers that the gateway gives without a function, in the error shape of the dialect that was spoken. */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { dialectOf, refusalBody, refusalHeaders } from '../../lib/contracts/dialects.ts';
import type { RouteMatch } from './route-matcher.ts';

/** What a refusal says. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers with a refusal, unless an answer is on its way already. */
export function refuse(response: ServerResponse, requestId: string, refusal: Refusal): void {
  if (response.headersSent) return;
  const { status, headers } = refusal;
  const { req: request } = response;
  const dialect = dialectOf(request.method ?? 'GET', (request.url ?? '/').split('?', 1)[0]!);
  const error = errorOf(refusal, requestId);
  const body = JSON.stringify(refusalBody(dialect, error));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    ...refusalHeaders(dialect, error),
    ...headers,
  });
  if (request.complete) return void response.end(body);
  // Closed on a client that is still sending, the connection would break before the answer was read.
  response.write(body);
  request.once('end', () => response.end()).resume();
}

/** Answers what could not even be read as a request, and closes the connection. */
export function refuseConnection(
  socket: Duplex,
  requestId: string,
  { code: reason }: NodeJS.ErrnoException,
): void {
  if (reason === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const refusal = unreadable[reason ?? ''] ?? brokenRequest;
  const body = JSON.stringify({ error: errorOf(refusal, requestId) });
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const errorOf = ({ type, code, message }: Refusal, requestId: string) => ({
  type,
  message,
  param: null,
  code,
  request_id: requestId,
});

const brokenRequest: Refusal = {
  status: 400,
  type: 'invalid_request',
  code: 'malformed_request',
  message: 'This is not a valid HTTP/1.1 request; check how the client writes its header',
};

/** By the codes of Node's HTTP parser. */
const unreadable: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    type: 'invalid_request',
    code: 'header_too_large',
    message: 'The header of the request is larger than 16 KiB; send fewer or shorter header fields',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    type: 'invalid_request',
    code: 'request_timeout',
    message: 'The request did not arrive in time; send it anew',
  },
};

/** For a path or method that the route table does not have. */
export function noRoute(found: Exclude<RouteMatch, { kind: 'route' }>, method = 'GET', path = '/'): Refusal {
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

export const unauthorized: Refusal = {
  status: 401,
  type: 'unauthorized',
  code: 'unauthorized',
  message: 'Send the API key in the header "x-api-key" or as "Authorization: Bearer <key>"',
};

export const tooLarge = (limitBytes: number): Refusal => ({
  status: 413,
  type: 'too_large',
  code: 'too_large',
  message: `The request body is larger than ${limitBytes} bytes; send fewer rows at a time, or upload them as a file and POST /v1/models/{model}/jobs`,
});

/** Passed on, such a body would have become another text than the one that was sent. */
export const notText: Refusal = {
  status: 400,
  type: 'invalid_request',
  code: 'invalid_utf8',
  message: 'The request body is not UTF-8; send it as UTF-8, or binary data with its own content type',
};

/** The reason stays in the log: it may name things that are not the caller's business. */
export const handlerFailed: Refusal = {
  status: 500,
  type: 'internal',
  code: 'internal',
  message: 'The request failed for a reason that is not yours; the log has the details under this request id',
};

export const timedOut = (timeoutMs: number): Refusal => ({
  status: 504,
  type: 'internal',
  code: 'timeout',
  message: `No answer within ${timeoutMs / 1000} s; send fewer rows at a time`,
});
