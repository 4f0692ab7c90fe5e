/** Makes the events API Gateway's REST proxy integration sends, for tests of handlers. */
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { type Access, authorizerContext, fullAccess, nobody } from '../../lib/access/index.ts';

/** The parts of a request a test cares about. */
export interface TestRequest {
  readonly method: string;
  /** Path template, for example `/v1/models/{model}`. */
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is text already. */
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
  /** Who asks; default: somebody who may do everything. `nobody` stands for a gateway that checks nothing. */
  readonly access?: Access;
}

/** The event of a request, complete as far as handlers may look. */
export function gatewayEvent({
  method,
  route,
  path,
  query,
  headers,
  body,
  isBase64Encoded,
  access = fullAccess('test'),
}: TestRequest): APIGatewayProxyEvent {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const address = route.replace(/\{(\w+)\}/g, (_, name: string) => path?.[name] ?? name);
  return {
    resource: route,
    path: address,
    httpMethod: method,
    headers: { ...(text === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    multiValueHeaders: {},
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: null,
    pathParameters: path ?? null,
    stageVariables: null,
    body: text ?? null,
    isBase64Encoded: isBase64Encoded ?? false,
    requestContext: {
      requestId: 'request-1',
      authorizer: access === nobody ? null : authorizerContext(access),
    } as unknown as APIGatewayProxyEvent['requestContext'],
  };
}

/** The context Lambda gives, as far as handlers look at it. */
export const lambdaContext = {
  awsRequestId: 'invocation-1',
  functionName: 'onramp-test',
  getRemainingTimeInMillis: () => 30_000,
} as Context;
