/** The handler of predict on a store in memory that holds a classifier, a regression and a file that was brought along. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { rawHttpStack } from '../../functions/middleware/http-stack.ts';
import { createPredict } from '../../functions/predict/predict.ts';
import { isBinaryType } from '../../infra/local/proxy-event.ts';
import { authorizerContext, fullAccess } from '../../lib/access/index.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { silentLogger } from '../../lib/core/index.ts';
import { createGraphBuilder, type OnnxModel } from '../../lib/onnx/index.ts';
import { lambdaContext } from '../functions/api-gateway.ts';
import { createWorld, heartCsv, linearSpec, register, upload, type World } from '../pipeline/support.ts';
import { publish } from '../serve/models.ts';

/** A request as it comes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

/** An answer as it goes over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Names of the models: two classes, a number, tensors of many types. */
export const models = ['heart', 'weight', 'echo'] as const;

const types = ['float32', 'float64', 'int64', 'uint64', 'int8', 'bool', 'string', 'float16'] as const;

/** A function that answers requests by the very handler that is deployed. */
export async function createService(): Promise<(request: WireRequest) => Promise<WireAnswer>> {
  const world = createWorld();
  await register(world);
  await register(world, { ...linearSpec, target: 'weight', gate: { promote: 'automatic' } }, 'weight');
  await upload(world, heartCsv(400));
  await publish(world.artifacts, 'echo/1', echoModel());
  await setLive(world, 'weight');
  const platform = { ...world, newId: () => 'id-1' };
  const handler = rawHttpStack(createPredict(platform), { service: 'predict', logger: silentLogger });
  return async (request) => answerOf(await handler(eventOf(request), lambdaContext));
}

/** A file whose outputs are its inputs, one of each type, with names that no identifier could have. */
function echoModel(): OnnxModel {
  const builder = createGraphBuilder('echo');
  for (const type of types) {
    const input = builder.input(`in/${type}`, type, ['N', 2]);
    builder.output(`out ${type}`, builder.op('Identity', [input]), type, ['N', 2]);
  }
  return builder.model();
}

/** Weight does not follow from the other columns, so its version would be kept; here it shall answer all the same. */
async function setLive(world: World, model: string): Promise<void> {
  const aliases = { live: '1', previous: [], changed: '2026-03-01T00:00:00.000Z', reason: 'test' };
  await world.artifacts.put(artifactKeys.aliases(model), JSON.stringify(aliases));
}

function eventOf({ method, route, path, query, headers, body }: WireRequest): APIGatewayProxyEvent {
  const isBinary = body !== null && isBinaryType(headers['content-type']);
  return {
    resource: route,
    path: route.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(path[name] ?? '')),
    httpMethod: method,
    headers,
    multiValueHeaders: {},
    queryStringParameters: query,
    multiValueQueryStringParameters: null,
    pathParameters: path,
    stageVariables: null,
    body: body === null ? null : body.toString(isBinary ? 'base64' : 'utf8'),
    isBase64Encoded: isBinary,
    requestContext: {
      requestId: 'request-1',
      authorizer: authorizerContext(fullAccess('test')),
    } as unknown as APIGatewayProxyEvent['requestContext'],
  };
}

function answerOf({ statusCode, headers, body, isBase64Encoded }: APIGatewayProxyResult): WireAnswer {
  const lower = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status: statusCode,
    headers: Object.fromEntries(lower),
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}
