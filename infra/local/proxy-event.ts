/** Between an HTTP message and what API Gateway's REST API hands to a function and takes from it. */
import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type Access, authorizerContext } from '../../lib/access/index.ts';
import { binaryMediaTypes } from '../../lib/contracts/gateway.ts';
import type { Route } from '../../lib/contracts/routes.ts';

/** A body as the event carries it. */
export type EventBody = Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>;

/** What the gateway knows of a request once its route is found and its body read. */
export interface GatewayRequest {
  readonly request: IncomingMessage;
  readonly route: Route;
  readonly path: string;
  /** Text after the `?`, empty if there is none. */
  readonly query: string;
  readonly parameters: Readonly<Record<string, string>> | null;
  readonly body: EventBody;
  /** Who asks, `null` on routes that need no key. */
  readonly access: Access | null;
  readonly requestId: string;
  readonly receivedAt: number;
}

const exactBinaryTypes = new Set(binaryMediaTypes.filter((type) => !type.endsWith('*')));
const binaryPrefixes = binaryMediaTypes.filter((type) => type.endsWith('*')).map((type) => type.slice(0, -1));

/** True for a content type whose bodies travel as base64. */
export function isBinaryType(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType.startsWith('application/json')) return false;
  const end = contentType.indexOf(';');
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return exactBinaryTypes.has(type) || binaryPrefixes.some((prefix) => type.startsWith(prefix));
}

/**
 * True for a request whose body travels as base64: one of a binary type, or of no type at all if it says that tensors
 * follow its JSON, as one of the common clients of the Open Inference Protocol does.
 */
function hasBinaryBody({ headers }: IncomingMessage): boolean {
  const { 'content-type': type, 'inference-header-content-length': jsonBytes } = headers;
  return type === undefined ? jsonBytes !== undefined : isBinaryType(type);
}

const noBody: EventBody = { body: null, isBase64Encoded: false };

/** The body for the event, which keeps no hold of the bytes; `null` if it must be text and is not UTF-8. */
export function eventBody(request: IncomingMessage, bytes: Buffer | null): EventBody | null {
  if (bytes === null) return noBody;
  if (hasBinaryBody(request)) return { body: bytes.toString('base64'), isBase64Encoded: true };
  // Text of ASCII alone, as most is, is taken as it is.
  if (isAscii(bytes)) return { body: bytes.toString('latin1'), isBase64Encoded: false };
  return isUtf8(bytes) ? { body: bytes.toString('utf8'), isBase64Encoded: false } : null;
}

/** The proxy event, version 1.0. Names of headers are in lower case, as HTTP/2 clients send them. */
export const proxyEvent = (input: GatewayRequest): APIGatewayProxyEvent => new ProxyEvent(input);

class ProxyEvent implements APIGatewayProxyEvent {
  readonly resource: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Record<string, string>;
  readonly queryStringParameters: Record<string, string> | null;
  readonly multiValueQueryStringParameters: Record<string, string[]> | null;
  readonly pathParameters: Record<string, string> | null;
  readonly stageVariables = null;
  readonly requestContext: APIGatewayProxyEvent['requestContext'];
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
  readonly #request: IncomingMessage;

  constructor(input: GatewayRequest) {
    const { request, route, path, query } = input;
    const { body, isBase64Encoded } = input.body;
    const queryLists = query === '' ? null : listsOf(new URLSearchParams(query));
    this.resource = route.path;
    this.path = path;
    this.httpMethod = route.method;
    this.headers = request.headers as Record<string, string>;
    this.queryStringParameters = queryLists && lastOf(queryLists);
    this.multiValueQueryStringParameters = queryLists;
    this.pathParameters = input.parameters as Record<string, string> | null;
    this.requestContext = requestContext(input);
    this.body = body;
    this.isBase64Encoded = isBase64Encoded;
    this.#request = request;
  }

  /**
   * Made when looked at, which costs more than all the rest. On the prototype, since a getter in an object literal makes
   * a hidden class for every request, and those keep all that the request made until the next full collection.
   */
  get multiValueHeaders(): Record<string, string[]> {
    return this.#request.headersDistinct as Record<string, string[]>;
  }

  /** The event as text has everything that API Gateway's has. */
  toJSON(): APIGatewayProxyEvent {
    return { ...this, multiValueHeaders: this.multiValueHeaders };
  }
}

const authorizers = new WeakMap<Access, ReturnType<typeof makeAuthorizer>>();

const makeAuthorizer = (access: Access) => ({ principalId: access.caller, ...authorizerContext(access) });

/** What the authorizer says of a caller, made once for each. */
function authorizerOf(access: Access): ReturnType<typeof makeAuthorizer> {
  const known = authorizers.get(access);
  if (known) return known;
  const made = makeAuthorizer(access);
  authorizers.set(access, made);
  return made;
}

function requestContext({ request, route, path, access, requestId, receivedAt }: GatewayRequest) {
  return {
    accountId: '000000000000',
    apiId: 'onramp',
    stage: 'local',
    authorizer: access && authorizerOf(access),
    protocol: 'HTTP/1.1',
    httpMethod: route.method,
    path,
    resourceId: route.id,
    resourcePath: route.path,
    requestId,
    requestTimeEpoch: receivedAt,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: access?.caller ?? null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      user: null,
      userAgent: request.headers['user-agent'] ?? null,
      userArn: null,
    },
  };
}

function listsOf(parameters: URLSearchParams): Record<string, string[]> {
  const lists: Record<string, string[]> = Object.create(null);
  for (const [name, value] of parameters) {
    lists[name] ??= [];
    lists[name].push(value);
  }
  return lists;
}

const lastOf = (lists: Readonly<Record<string, readonly string[]>>): Record<string, string> =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1)!]));

/** True for an answer that API Gateway would accept from a function. */
export function isProxyResult(result: unknown): result is APIGatewayProxyResult {
  if (result === null || typeof result !== 'object') return false;
  const { statusCode, body } = result as Partial<APIGatewayProxyResult>;
  return (
    Number.isInteger(statusCode) &&
    statusCode! >= 200 &&
    statusCode! <= 599 &&
    (body === undefined || body === null || typeof body === 'string')
  );
}

/** Longer texts are made bytes once; of shorter ones Node makes one piece with the headers. */
const longTextChars = 16_384;

function bodyOf({ body, isBase64Encoded }: APIGatewayProxyResult): string | Buffer {
  if (isBase64Encoded) return Buffer.from(body, 'base64');
  const text = body ?? '';
  return text.length > longTextChars ? Buffer.from(text) : text;
}

/** All values of a header, whose name may be written in any way. */
const valuesOf = (headers: NonNullable<APIGatewayProxyResult['multiValueHeaders']>, name: string): string[] =>
  Object.entries(headers).flatMap(([given, values]) =>
    given.toLowerCase() === name ? values.map(String) : [],
  );

/** Writes a function's answer; base64 bodies go out as bytes. */
export function writeProxyResult(response: ServerResponse, result: APIGatewayProxyResult): void {
  const { statusCode, headers = {}, multiValueHeaders = {} } = result;
  const body = bodyOf(result);
  // Name, value, name, value: in this form Node writes them down without a look at other headers.
  const lines: (string | string[])[] = [];
  const several = new Set(Object.keys(multiValueHeaders).map((name) => name.toLowerCase()));
  let hasType = several.has('content-type');
  for (const given in headers) {
    const name = given.toLowerCase();
    if (several.has(name)) continue;
    hasType ||= name === 'content-type';
    if (name !== 'content-length') lines.push(name, String(headers[given]));
  }
  for (const name of several) {
    if (name !== 'content-length') lines.push(name, valuesOf(multiValueHeaders, name));
  }
  // 204 and 304 have no body, and must not speak of one.
  if (statusCode !== 204 && statusCode !== 304) {
    if (!hasType) lines.push('content-type', 'application/json');
    lines.push('content-length', String(typeof body === 'string' ? Buffer.byteLength(body) : body.length));
  }
  response.writeHead(statusCode, lines as string[]).end(body);
}
