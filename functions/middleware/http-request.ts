/** An HTTP request as handlers see it, made from API Gateway's REST event. */
import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { type Access, accessOf, nobody } from '../../lib/access/index.ts';
import { environmentNames } from '../../lib/contracts/environment.ts';
import { gatewayLimits } from '../../lib/contracts/gateway.ts';
import { invalidInput } from '../../lib/core/index.ts';
import { findHeader } from './headers.ts';

/** The bytes of a request, decoded when asked for. */
export interface RawBody {
  /** The body as text; empty if there is none. */
  text(): string;
  bytes(): Uint8Array;
}

/** One request; `body` is parsed JSON or, for stacks that parse it themselves, a `RawBody`. */
export interface HttpRequest<B = unknown> {
  readonly method: string;
  /** Path template of the route table, for example `/v1/models/{model}`. */
  readonly route: string;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly requestId: string;
  /** Who asks; that the route's scope is among theirs has been checked, not that the names they use are. */
  readonly access: Access;
  readonly body: B;
  /**
   * Aborted, where the stack streams, when the client leaves or the time is nearly up; then an `OnrampError` with code
   * `time_limit` is the reason, and there is time left for some last words.
   */
  readonly signal: AbortSignal;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  /** Milliseconds for which API Gateway still waits for an answer as a whole. */
  leftMs(): number;
  /** Adds fields to the one log line of this request. Never personal data. */
  annotate(fields: Readonly<Record<string, unknown>>): void;
}

/** A request on its way through the stack. */
export interface RequestInProgress extends HttpRequest {
  body: unknown;
  readonly raw: RawBody;
  /** What stands before the paths of the route table, such as `/dev`: the stage, where no domain leads to it. */
  readonly basePath: string;
  /** Size of the body as it was sent. */
  readonly bodyBytes: number;
  readonly fields: Record<string, unknown>;
  readonly startedAtMs: number;
}

const resourceServer = process.env[environmentNames.resourceServer];

/** For requests whose end nobody hears of before it is there. */
const neverAborted = new AbortController().signal;

/** Reads the event; never throws, so that whatever is wrong later is answered and logged as usual. */
export function requestOf(
  event: APIGatewayProxyEvent,
  context: Context | undefined,
  signal: AbortSignal = neverAborted,
): RequestInProgress {
  const headers = event.headers ?? {};
  const fields: Record<string, unknown> = {};
  const raw = rawBody(event.body ?? '', event.isBase64Encoded);
  const startedAtMs = performance.now();
  return {
    method: event.httpMethod,
    route: event.resource,
    path: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    requestId: event.requestContext?.requestId ?? context?.awsRequestId ?? 'unknown',
    access: event.requestContext ? accessOf(event.requestContext, resourceServer) : nobody,
    basePath: basePathOf(event),
    body: raw,
    raw,
    bodyBytes: bodySize(event.body ?? '', event.isBase64Encoded),
    signal,
    fields,
    startedAtMs,
    leftMs: () => gatewayLimits.timeoutMs - (performance.now() - startedAtMs),
    header: (name) => headers[name] ?? findHeader(headers, name),
    annotate: (more) => void Object.assign(fields, more),
  };
}

function basePathOf({ path, requestContext }: APIGatewayProxyEvent): string {
  const whole = requestContext?.path;
  return whole === undefined || whole === path || !whole.endsWith(path) ? '' : whole.slice(0, -path.length);
}

function rawBody(body: string, isBase64: boolean): RawBody {
  const bytes = (): Buffer => Buffer.from(body, isBase64 ? 'base64' : 'utf8');
  return { text: isBase64 ? () => decodeText(bytes()) : () => body, bytes };
}

/** @throws invalid_request `invalid_utf8` */
function decodeText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw invalidInput('The request body is not UTF-8; send text as UTF-8.', { code: 'invalid_utf8' });
}

/** Bytes of a body as it goes over the wire. */
export function bodySize(body: string, isBase64 = false): number {
  return Buffer.byteLength(body, isBase64 ? 'base64' : 'utf8');
}
