/** The HTTP API as one typed function: paths and methods come from the route table, refusals become errors. */
import type { ErrorBody } from '../contracts/http.ts';
import { routes } from '../contracts/routes.ts';
import { type ErrorKind, internal, OnrampError, upstream } from '../core/index.ts';
import type { Answers } from './answers.ts';

/** How to reach a service. */
export interface ClientOptions {
  /** Address without a path, for example `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly apiKey: string;
  /** How long one answer is waited for. */
  readonly timeoutMs?: number;
}

/** What a request carries: the parts of the path, the query, the body. */
export interface CallOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A service's API. */
export interface ApiClient {
  readonly url: string;
  readonly apiKey: string;
  /**
   * Sends one request.
   *
   * @param id a route by its id in the route table
   * @throws the service's refusal with its kind, code and field; `upstream` with code `unreachable` if nothing answers
   * @example await client.call('get-model', { path: { model: 'heart' } })
   */
  call<Id extends keyof Answers>(id: Id, options?: CallOptions): Promise<Answers[Id]>;
}

/** A little longer than API Gateway waits for a function. */
const defaultTimeoutMs = 35_000;

/** Kinds by status, for answers that are not in Onramp's own error shape. */
const kindOfStatus: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'not_ready',
};

/** A client of the service at an address. */
export function createClient({ url, apiKey, timeoutMs = defaultTimeoutMs }: ClientOptions): ApiClient {
  const base = url.replace(/\/+$/, '');
  return {
    url: base,
    apiKey,
    call: async <Id extends keyof Answers>(id: Id, options: CallOptions = {}): Promise<Answers[Id]> => {
      const { method, address } = target(base, id, options);
      const response = await send(address, {
        method,
        headers: {
          'x-api-key': apiKey,
          accept: 'application/json',
          ...(options.body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return readAnswer<Answers[Id]>(response, `${method} ${address}`);
    },
  };
}

/** True if nothing answered at all, so that the same request may succeed later. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof OnrampError && error.code === 'unreachable';
}

/**
 * `fetch`, with a failure to connect told in one sentence.
 *
 * @throws upstream `unreachable`
 */
export async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (cause) {
    const { origin } = new URL(address);
    throw upstream(`${origin} does not answer (${reasonOf(cause)}).`, { code: 'unreachable', cause });
  }
}

function target(base: string, id: string, { path = {}, query = {} }: CallOptions) {
  const route = routes.find((line) => line.id === id);
  if (!route) throw internal(`The route table has no route "${id}".`);
  const filled = route.path.replace(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const search = new URLSearchParams(query).toString();
  return { method: route.method, address: `${base}${filled}${search === '' ? '' : `?${search}`}` };
}

/** The system's own word for the failure, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

async function readAnswer<T>(response: Response, request: string): Promise<T> {
  const text = await response.text().catch((cause: unknown) => {
    throw upstream(`The answer to ${request} broke off (${reasonOf(cause)}).`, {
      code: 'unreachable',
      cause,
    });
  });
  const body = parse(text);
  if (response.ok && body !== undefined) return body as T;
  throw isErrorBody(body) ? refusalOf(body) : foreignAnswer(response.status, request);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  const error = (body as Partial<ErrorBody> | null | undefined)?.error;
  return typeof error === 'object' && typeof error.message === 'string' && typeof error.type === 'string';
}

function refusalOf({ error }: ErrorBody): OnrampError {
  return new OnrampError(error.type as ErrorKind, error.message, {
    ...(error.code !== null && { code: error.code }),
    ...(error.param !== null && { param: error.param }),
  });
}

function foreignAnswer(status: number, request: string): OnrampError {
  const kind = kindOfStatus[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'upstream');
  return new OnrampError(
    kind,
    `${request} was answered with status ${status} and no word of Onramp's; is this the address of an Onramp service?`,
    { code: 'foreign_answer' },
  );
}
