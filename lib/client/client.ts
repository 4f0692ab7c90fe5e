/** The HTTP API as one typed function: paths and methods come from the route table, refusals become errors. */
import { routes } from '../contracts/routes.ts';
import { internal } from '../core/errors.ts';
import type { Answers } from './answers.ts';
import { refusalOf } from './api-error.ts';
import { pauseFor, type RetryOptions, readBytes, send, withRetries } from './exchange.ts';

/** How to reach a service. */
export interface ClientOptions extends Partial<RetryOptions> {
  /** Address without a path, for example `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly apiKey: string;
  /** How long one answer is waited for. */
  readonly timeoutMs?: number;
  /** Sends the requests; the runtime's own if nothing is said. */
  readonly fetch?: typeof fetch;
}

/** What a request carries: the parts of the path, the query, the body. */
export interface CallOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Text and bytes go as they are, under the `content-type` of `headers`; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the call early; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A service's API. */
export interface ApiClient {
  readonly url: string;
  readonly apiKey: string;
  /**
   * Sends one request. What changes nothing, or nothing more the second time, is sent again after 429, 503 and a
   * connection that failed.
   *
   * @param id a route by its id in the route table
   * @throws ApiError, the service's refusal with its kind, code and field; `upstream` with code `unreachable` if nothing answers
   * @example await client.call('get-model', { path: { model: 'heart' } })
   */
  call<Id extends keyof Answers>(id: Id, options?: CallOptions): Promise<Answers[Id]>;
}

/** A little longer than API Gateway waits for a function. */
const defaultTimeoutMs = 35_000;

/** A client of the service at an address. */
export function createClient({ url, apiKey, ...options }: ClientOptions): ApiClient {
  const base = url.replace(/\/+$/, '');
  const { timeoutMs = defaultTimeoutMs, fetch: fetcher = fetch } = options;
  const retry: RetryOptions = {
    retries: 2,
    longestPauseMs: 10_000,
    random: Math.random,
    pause: pauseFor,
    ...options,
  };
  return {
    url: base,
    apiKey,
    call: async <Id extends keyof Answers>(id: Id, call: CallOptions = {}): Promise<Answers[Id]> => {
      const { method, address, repeatable } = target(base, id, call);
      const { signal } = call;
      const attempt = async (): Promise<Answers[Id]> => {
        const timeout = AbortSignal.timeout(timeoutMs);
        const ends = signal ? AbortSignal.any([signal, timeout]) : timeout;
        const response = await send(address, { method, ...contentOf(apiKey, call), signal: ends }, fetcher);
        return (await readAnswer(response, `${method} ${address}`, ends)) as Answers[Id];
      };
      return repeatable ? withRetries(attempt, retry, signal) : attempt();
    },
  };
}

function target(base: string, id: string, { path = {}, query = {}, headers = {} }: CallOptions) {
  const route = routes.find((line) => line.id === id);
  if (!route) throw internal(`The route table has no route "${id}".`);
  const filled = (route.shownPath ?? route.path).replace(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const search = new URLSearchParams(query).toString();
  return {
    method: route.method,
    address: `${base}${filled}${search === '' ? '' : `?${search}`}`,
    repeatable:
      route.method !== 'POST' ||
      'idempotency-key' in headers ||
      (route.scope === 'predict' && headers.prefer !== 'respond-async'),
  };
}

function contentOf(apiKey: string, { body, headers = {} }: CallOptions): RequestInit {
  const common = { 'x-api-key': apiKey, accept: 'application/json', ...headers };
  if (body === undefined) return { headers: common };
  if (typeof body === 'string' || body instanceof Uint8Array) {
    return { headers: common, body: body as NonNullable<RequestInit['body']> };
  }
  return { headers: { 'content-type': 'application/json', ...common }, body: JSON.stringify(body) };
}

async function readAnswer(response: Response, request: string, signal: AbortSignal): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(response, request, signal));
  const body = parse(text);
  if (response.ok && body !== undefined) return body;
  throw refusalOf(response, body, request);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
