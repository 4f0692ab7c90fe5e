/** The HTTP API as one typed function: paths, methods and types come from the route table, refusals become errors. */
import { internal } from '../core/errors.ts';
import { refusalOf } from './api-error.ts';
import type { Answer, CallArguments, CallOptions, OperationId, PlainCall } from './call-types.ts';
import { pauseFor, type RetryOptions, readBytes, send, withRetries } from './exchange.ts';
import { addresses, type Operations } from './generated/api.ts';

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

/** A service's API. */
export interface ApiClient {
  readonly url: string;
  readonly apiKey: string;
  /**
   * Sends one request. What changes nothing, or nothing more the second time, is sent again after 429, 503 and a
   * connection that failed. A body of text or bytes goes as it is, under the `content-type` of `headers`; anything else
   * goes as JSON.
   *
   * @param id a route by its id in the route table, which is its `operationId` in /openapi.json
   * @throws ApiError, the service's refusal with its kind, code and field; `upstream` with code `unreachable` if nothing answers
   * @example await client.call('get-model', { path: { model: 'heart' } })
   */
  call<Id extends OperationId>(id: Id, ...options: CallArguments<Id>): Promise<Answer<Id>>;
  /**
   * Asks a model about rows.
   *
   * @example await client.predict('heart', { instances: [{ age: 61, sex: 'F' }] }, { version: '2' })
   */
  predict(
    model: string,
    body: CallOptions<'predict'>['body'],
    query?: CallOptions<'predict'>['query'],
  ): Promise<Answer<'predict'>>;
  /**
   * Forecasts a series, from a history that is sent or from the newest values that the model keeps.
   *
   * @example await client.forecast('sales', { series: 'shop-1', horizon: 7 })
   */
  forecast(
    model: string,
    body?: CallOptions<'forecast'>['body'],
    query?: CallOptions<'forecast'>['query'],
  ): Promise<Answer<'forecast'>>;
  /**
   * Hands rows over for a job to answer, and does not wait for it.
   *
   * @param idempotencyKey makes the same rows, handed over again, the same job
   */
  predictLater(
    model: string,
    body: CallOptions<'predict'>['body'],
    options?: Pick<CallOptions<'predict'>, 'query'> & { readonly idempotencyKey?: string },
  ): Promise<Operations['predict']['accepted']>;
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
  const run = async (id: string, call: PlainCall): Promise<unknown> => {
    const { method, address, repeatable, answers } = target(base, id, call);
    const { signal } = call;
    const attempt = async (): Promise<unknown> => {
      const timeout = AbortSignal.timeout(timeoutMs);
      const ends = signal ? AbortSignal.any([signal, timeout]) : timeout;
      const response = await send(address, { method, ...contentOf(apiKey, call), signal: ends }, fetcher);
      const bytes = await readBytes(response, `${method} ${address}`, ends);
      return readAnswer(response, bytes, { request: `${method} ${address}`, answers });
    };
    return repeatable ? withRetries(attempt, retry, signal) : attempt();
  };
  const call = <Id extends OperationId>(id: Id, ...[given]: CallArguments<Id>): Promise<Answer<Id>> =>
    run(id, (given ?? {}) as PlainCall) as Promise<Answer<Id>>;
  return {
    url: base,
    apiKey,
    call,
    predict: (model, body, query = {}) => call('predict', { path: { model }, query, body }),
    forecast: (model, body = {}, query = {}) => call('forecast', { path: { model }, query, body }),
    predictLater: (model, body, { query = {}, idempotencyKey } = {}) =>
      run('predict', {
        path: { model },
        query,
        body,
        headers: {
          prefer: 'respond-async',
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
      }) as Promise<Operations['predict']['accepted']>,
  };
}

/** How a route is asked. */
interface Address {
  readonly method: string;
  readonly path: string;
  readonly repeatable: boolean;
  /** `other` for routes that answer more than JSON. */
  readonly answers: 'none' | 'json' | 'other';
}

function target(base: string, id: string, { path = {}, query = {}, headers = {} }: PlainCall) {
  const route: Address | undefined = (addresses as Readonly<Record<string, Address>>)[id];
  if (!route) throw internal(`The API has no route "${id}".`);
  const filled = route.path.replace(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  const search = new URLSearchParams(given).toString();
  return {
    ...route,
    address: `${base}${filled}${search === '' ? '' : `?${search}`}`,
    // Asked to answer later, a route that only answers makes a job instead; a key makes the second one the same.
    repeatable:
      'idempotency-key' in headers || (route.repeatable && !headers.prefer?.includes('respond-async')),
  };
}

function contentOf(apiKey: string, { body, headers = {} }: PlainCall): RequestInit {
  const common = { 'x-api-key': apiKey, accept: 'application/json', ...headers };
  if (body === undefined) return { headers: common };
  if (typeof body === 'string' || body instanceof Uint8Array) {
    return { headers: common, body: body as NonNullable<RequestInit['body']> };
  }
  return { headers: { 'content-type': 'application/json', ...common }, body: JSON.stringify(body) };
}

/** JSON parsed, other text as it is, anything else as bytes. */
function readAnswer(
  response: Response,
  bytes: Uint8Array,
  { request, answers }: { readonly request: string; readonly answers: Address['answers'] },
): unknown {
  const type = response.headers.get('content-type') ?? '';
  if (response.ok && answers === 'none') return undefined;
  const isJson = answers === 'json' || /\bjson\b/.test(type);
  if (response.ok && !isJson && !/^text\/|svg/.test(type)) return bytes;
  const text = new TextDecoder().decode(bytes);
  if (response.ok && !isJson) return text;
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
