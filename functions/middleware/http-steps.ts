/** The steps that every request over HTTPS goes through, whether its answer is sent whole or piece by piece. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { requireScope } from '../../lib/access/index.ts';
import { requireJsonType } from '../../lib/contracts/content-type.ts';
import { dialectOf } from '../../lib/contracts/dialects.ts';
import { predictLimits } from '../../lib/contracts/limits.ts';
import { accessMessages } from '../../lib/contracts/log-messages.ts';
import { scopeOfRoute } from '../../lib/contracts/route-scopes.ts';
import { isOnrampError, type Logger, OnrampError, parseJson, requireShallow } from '../../lib/core/index.ts';
import type { Limiter } from '../../lib/usage/index.ts';
import { errorAnswer } from './http-errors.ts';
import type { HttpRequest, RequestInProgress } from './http-request.ts';

/** A part of an answer that is sent piece by piece. */
export type Piece = string | Uint8Array;

/** What a handler answers. */
export interface HttpAnswer {
  readonly status: number;
  /** Goes out as JSON. */
  readonly body?: unknown;
  /** A body that is text already, instead of `body`; set `content-type` too if it is not JSON. */
  readonly text?: string;
  /** A body that is no text, instead of `body`; set `content-type` too. */
  readonly bytes?: Uint8Array;
  /**
   * A body piece by piece, instead of `body`; set `content-type` too. Only a stack that streams can send it. What fails
   * before the first piece is answered like any failure; later ones are the producer's to tell in its own form. Its
   * `return()` is called when it is left before its end, as when the client goes.
   */
  readonly stream?: AsyncIterable<Piece>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request or throws. */
export type HttpHandler<B> = (request: HttpRequest<B>, context: Context) => Promise<HttpAnswer>;

/** Settings of a stack. */
export interface HttpStackOptions {
  /** Name of the function in log lines. */
  readonly service: string;
  readonly logger?: Logger;
  /** Largest accepted body; default: what fits into Lambda's event. */
  readonly maxBodyBytes?: number;
  /** What to do about a body that is larger, for the refusal. */
  readonly largerBodies?: string;
  /** Holds keys to their limits; default: one over the artifact bucket. */
  readonly limiter?: Limiter;
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

/** A request and what has come of it so far. */
export interface InProgress {
  readonly event: RequestInProgress;
  readonly context: Context;
  /** What the handler answered, and once the step `answers` has seen it, what is made of it. */
  response: unknown;
  readonly error: unknown;
}

/** One step; middy runs those after a handler, or after an error, from the last to the first. */
export interface Step {
  readonly before?: (progress: InProgress) => void;
  readonly after?: (progress: InProgress) => void | Promise<void>;
  readonly onError?: (progress: InProgress) => void;
}

/** Puts the steps around a handler, the first one outermost. */
export function chainOf<R>(
  handler: HttpHandler<never>,
  steps: readonly Step[],
): (request: RequestInProgress, context: Context) => Promise<R> {
  // Without the early time-out: it costs a timer a request, and says no more than API Gateway does.
  const chain = middy({ timeoutEarlyInMillis: 0 });
  for (const step of steps) chain.use(step as middy.MiddlewareObj);
  return chain.handler(handler as never) as unknown as (
    request: RequestInProgress,
    context: Context,
  ) => Promise<R>;
}

/** What comes of a request, for its line in the log. */
export interface Outcome {
  readonly request: RequestInProgress;
  readonly status: number;
  /** Why it was refused, if it was. */
  readonly error?: unknown;
  /** Why an answer that had begun did not come to its end. */
  readonly failure?: unknown;
}

/** Writes the one line of a request. */
export function logAccess(logger: Logger, { request, status, error, failure }: Outcome): void {
  const level = status >= 500 || failure !== undefined ? 'error' : 'info';
  logger[level](error === undefined ? accessMessages.answered : accessMessages.refused, {
    request_id: request.requestId,
    method: request.method,
    route: request.route,
    path: error === undefined ? request.path : namesIn(request.path),
    ...(request.access.caller !== '' && { caller: request.access.caller }),
    status,
    ms: millisecondsBetween(request.startedAtMs, performance.now()),
    bytes: request.bodyBytes,
    ...request.fields,
    ...(error !== undefined && reasonOf(error, status)),
    ...(failure !== undefined && { error: failure }),
  });
}

/** To the microsecond. */
export const millisecondsBetween = (startedAtMs: number, endedAtMs: number): number =>
  Math.round((endedAtMs - startedAtMs) * 1000) / 1000;

const nameForm = /^[a-z0-9][a-z0-9._:-]{0,79}$/;

/** What was refused may be no name at all but anything, even a person's: that is not logged. */
function namesIn(path: HttpRequest['path']): HttpRequest['path'] {
  return Object.fromEntries(
    Object.entries(path).filter(([, part]) => part !== undefined && nameForm.test(part)),
  );
}

/**
 * The text of a refusal and the field it names may quote the request, so of those only the code is logged. What another
 * service said of its failure may do so too: it is logged once, where a stack would begin with it again.
 */
function reasonOf(error: unknown, status: number): Record<string, unknown> {
  if (status < 500) return { code: (error as OnrampError).code };
  const isTold = isOnrampError(error) && error.kind === 'upstream' && error.cause === undefined;
  return isTold ? { code: error.code, error: error.message } : { error };
}

/** Makes a finished answer of what the handler gave, and of what it threw. */
export function answers<R>(
  finish: (answer: HttpAnswer, request: RequestInProgress, error?: unknown) => R,
): Step {
  return {
    after: (progress) => {
      progress.response = finish(progress.response as HttpAnswer, progress.event);
    },
    onError: (progress) => {
      const { event, error } = progress;
      const answer = errorAnswer(error, event.requestId, dialectOf(event.method, event.route));
      progress.response = finish(answer, event, error);
    },
  };
}

/** Status and headers of an answer. */
export function headOf(
  { status, headers }: HttpAnswer,
  { requestId, basePath }: RequestInProgress,
  hasContent: boolean,
): { readonly statusCode: number; readonly headers: Record<string, string> } {
  const common = hasContent ? contentHeaders : commonHeaders;
  const all: Record<string, string> = { ...common, ...headers, 'x-request-id': requestId };
  const { location } = all;
  // Handlers know the paths of the route table, not what stands before them.
  if (location?.startsWith('/')) all.location = basePath + location;
  return { statusCode: status, headers: all };
}

/** What is checked before a handler sees a request. */
export const checks = ({
  maxBodyBytes = predictLimits.bodyBytes,
  largerBodies = sendAsJob,
}: HttpStackOptions): readonly Step[] => [checkScope, limitBody(maxBodyBytes, largerBodies)];

/** Before anything of the request is read. */
const checkScope: Step = {
  before: ({ event }) => {
    const scope = scopeOfRoute(event.method, event.route);
    if (scope !== 'none') requireScope(event.access, scope);
  },
};

export const sendAsJob =
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

export const parseBody: Step = {
  before: ({ event }) => {
    const text = event.raw.text();
    if (text !== '') requireJsonType(event.header('content-type'));
    event.body = text === '' ? undefined : parseJson(text);
    requireShallow(event.body);
  },
};
