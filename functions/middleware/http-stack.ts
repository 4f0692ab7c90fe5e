/** The middy stack of functions that answer HTTPS: body, errors, headers and one log line, so that handlers are lean. */
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { requireScope } from '../../lib/access/index.ts';
import { requireJsonType } from '../../lib/contracts/content-type.ts';
import { dialectOf } from '../../lib/contracts/dialects.ts';
import { lambdaPayloadBytes, predictLimits } from '../../lib/contracts/limits.ts';
import { scopeOfRoute } from '../../lib/contracts/route-scopes.ts';
import { type Logger, OnrampError, parseJson } from '../../lib/core/index.ts';
import { errorAnswer } from './http-errors.ts';
import { type HttpRequest, type RawBody, type RequestInProgress, requestOf } from './http-request.ts';
import { createAccessLogger } from './logging.ts';

/** What a handler answers. */
export interface HttpAnswer {
  readonly status: number;
  /** Goes out as JSON. */
  readonly body?: unknown;
  /** A body that is text already, instead of `body`; set `content-type` too if it is not JSON. */
  readonly text?: string;
  /** A body that is no text, instead of `body`; set `content-type` too. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request or throws. */
export type HttpHandler<B> = (request: HttpRequest<B>, context: Context) => Promise<HttpAnswer>;

/** A Lambda handler behind API Gateway's REST proxy integration. */
export type LambdaHttpHandler = (
  event: APIGatewayProxyEvent,
  context: Context,
) => Promise<APIGatewayProxyResult>;

/** Settings of the stack. */
export interface HttpStackOptions {
  /** Name of the function in log lines. */
  readonly service: string;
  readonly logger?: Logger;
  /** Largest accepted body; default: what fits into Lambda's event. */
  readonly maxBodyBytes?: number;
  /** What to do about a body that is larger, for the refusal. */
  readonly largerBodies?: string;
}

/** Headers of every answer: an API has no pages, so nothing in it may be framed, sniffed or cached. */
const commonHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
} as const;

const contentHeaders = { ...commonHeaders, 'content-type': 'application/json' } as const;

interface InProgress {
  event: RequestInProgress;
  context: Context;
  response: HttpAnswer | APIGatewayProxyResult | null | undefined;
  error: unknown;
}

interface Step {
  readonly before?: (progress: InProgress) => void;
  readonly after?: (progress: InProgress) => void;
  readonly onError?: (progress: InProgress) => void;
}

/** A handler that gets the JSON of the body parsed; without a body it gets `undefined`. */
export function httpStack(handler: HttpHandler<unknown>, options: HttpStackOptions): LambdaHttpHandler {
  return stack(handler as HttpHandler<never>, options, [parseBody]);
}

/** A handler that reads the body itself: for bodies so large that how they are parsed counts. */
export function rawHttpStack(handler: HttpHandler<RawBody>, options: HttpStackOptions): LambdaHttpHandler {
  return stack(handler as HttpHandler<never>, options, []);
}

function stack(
  handler: HttpHandler<never>,
  {
    service,
    logger = createAccessLogger(service),
    maxBodyBytes = predictLimits.bodyBytes,
    largerBodies = sendAsJob,
  }: HttpStackOptions,
  bodySteps: readonly Step[],
): LambdaHttpHandler {
  // Without the early time-out: it costs a timer a request, and says no more than API Gateway does.
  const chain = middy({ timeoutEarlyInMillis: 0 });
  for (const step of [
    normalize,
    accessLog(logger),
    answers,
    checkScope,
    limitBody(maxBodyBytes, largerBodies),
    ...bodySteps,
  ]) {
    chain.use(step as middy.MiddlewareObj);
  }
  return chain.handler(handler as never) as unknown as LambdaHttpHandler;
}

const normalize: Step = {
  before: (progress) => {
    progress.event = requestOf(progress.event as unknown as APIGatewayProxyEvent, progress.context);
  },
};

/** After and on error, steps run from the last to the first: this one sees the finished answer. */
function accessLog(logger: Logger): Step {
  const line = ({ event, response, error }: InProgress): void => {
    const status = (response as APIGatewayProxyResult).statusCode;
    const level = status >= 500 ? 'error' : 'info';
    logger[level](error ? 'refused' : 'answered', {
      request_id: event.requestId,
      method: event.method,
      route: event.route,
      path: error ? namesIn(event.path) : event.path,
      ...(event.access.caller !== '' && { caller: event.access.caller }),
      status,
      ms: Math.round((performance.now() - event.startedAtMs) * 1000) / 1000,
      bytes: event.bodyBytes,
      ...event.fields,
      ...(error ? reasonOf(error, status) : {}),
    });
  };
  return { after: line, onError: line };
}

const nameForm = /^[a-z0-9][a-z0-9._:-]{0,79}$/;

/** What was refused may be no name at all but anything, even a person's: that is not logged. */
function namesIn(path: HttpRequest['path']): HttpRequest['path'] {
  return Object.fromEntries(
    Object.entries(path).filter(([, part]) => part !== undefined && nameForm.test(part)),
  );
}

/** The text of a refusal and the field it names may quote the request, so of those only the code is logged. */
function reasonOf(error: unknown, status: number): Record<string, unknown> {
  return status >= 500 ? { error } : { code: (error as OnrampError).code };
}

const answers: Step = {
  after: (progress) => {
    progress.response = resultOf(progress.response as HttpAnswer, progress.event);
  },
  onError: (progress) => {
    const { requestId, method, route } = progress.event;
    const answer = errorAnswer(progress.error, requestId, dialectOf(method, route));
    progress.response = resultOf(answer, progress.event);
  },
};

/** Before anything of the request is read. */
const checkScope: Step = {
  before: ({ event }) => {
    const scope = scopeOfRoute(event.method, event.route);
    if (scope !== 'none') requireScope(event.access, scope);
  },
};

const sendAsJob =
  'send the rows in several requests, or upload them as a file and POST /v1/models/{model}/jobs';

function limitBody(maxBytes: number, wayOut: string): Step {
  return {
    before: ({ event }) => {
      if (event.bodyBytes <= maxBytes) return;
      throw new OnrampError(
        'too_large',
        `The body has ${event.bodyBytes} bytes, the limit is ${maxBytes}; ${wayOut}.`,
        { code: 'body_too_large' },
      );
    },
  };
}

const parseBody: Step = {
  before: ({ event }) => {
    const text = event.raw.text();
    if (text !== '') requireJsonType(event.header('content-type'));
    event.body = text === '' ? undefined : parseJson(text);
  },
};

function resultOf(
  { status, body, text, bytes, headers }: HttpAnswer,
  { requestId, basePath }: RequestInProgress,
): APIGatewayProxyResult {
  const content = bytes
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    : (text ?? (body === undefined ? '' : JSON.stringify(body)));
  if (content.length > surelyFits) refuseLongAnswer(content);
  const common = content === '' ? commonHeaders : contentHeaders;
  const result = {
    statusCode: status,
    headers: { ...common, ...headers, 'x-request-id': requestId } as Record<string, string>,
    body: content,
    ...(bytes && { isBase64Encoded: true }),
  };
  const { location } = result.headers;
  // Handlers know the paths of the route table, not what stands before them.
  if (location?.startsWith('/')) result.headers.location = basePath + location;
  return result;
}

/** Characters that fit whatever they are, escaped ones too, beside the headers. */
const surelyFits = 1_000_000;
const headerBytes = 16_384;

/** Lambda would throw the answer away, and the caller be told of a fault that is none. */
function refuseLongAnswer(content: string): void {
  const payloadBytes = Buffer.byteLength(JSON.stringify(content)) + headerBytes;
  if (payloadBytes <= lambdaPayloadBytes) return;
  throw new OnrampError(
    'too_large',
    `The answer has ${content.length} characters, more than a function can give at a time; ${sendAsJob}.`,
    { code: 'answer_too_large' },
  );
}
