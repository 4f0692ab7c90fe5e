/** Lambda's `Invoke` on loopback, for the functions that other functions ask. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { lambdaPayloadBytes } from '../../../lib/contracts/limits.ts';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServer,
  type AwsServerOptions,
  startAwsServer,
} from '../aws/index.ts';
import { FunctionFailure } from '../function-process.ts';
import type { InvokePool } from './invoke-pool.ts';

/** How the server runs. */
export interface LambdaServerOptions
  extends Pick<AwsServerOptions, 'credentials' | 'host' | 'port' | 'now' | 'report'> {
  /** What runs each function, by its name. */
  readonly functions: ReadonlyMap<string, Pick<InvokePool, 'invoke'>>;
}

const invokePath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
/** A name, a partial ARN or a whole one, with `$LATEST` or without. */
const functionNames = /^(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(?:\d{12}:function:)?([\w-]+)(?::(\$LATEST))?$/;

/** Starts the server; clients find it by `AWS_ENDPOINT_URL_LAMBDA`. */
export function startLambdaServer({ functions, ...rest }: LambdaServerOptions): Promise<AwsServer> {
  return startAwsServer({
    ...rest,
    service: 'lambda',
    failure: 'ServiceException',
    bodyLimitBytes: lambdaPayloadBytes,
    tooLarge: refusal(
      'RequestTooLargeException',
      `Request must be smaller than ${lambdaPayloadBytes} bytes for the InvokeFunction operation`,
    ),
    answer: (request, response) => answer(request, response, functions),
  });
}

async function answer(
  request: AwsRequest,
  response: ServerResponse,
  functions: LambdaServerOptions['functions'],
): Promise<null> {
  const [, encoded] = invokePath.exec(request.pathname) ?? [];
  if (request.method !== 'POST' || encoded === undefined) {
    throw refusal('UnknownOperationException', 'Only Invoke is answered here.');
  }
  const pool = poolOf(decodeURIComponent(encoded), functions);
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type === 'DryRun') {
    response.writeHead(204).end();
    return null;
  }
  if (type !== 'RequestResponse') {
    throw refusal('InvalidParameterValueException', `InvocationType "${type}" is not answered here.`);
  }
  const event = eventIn(request.body);
  const requestId = String(response.getHeader('x-amzn-requestid') ?? randomUUID());
  const outcome = await outcomeOf(pool, { event, requestId, isWanted: () => !response.destroyed });
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    ...(outcome.failed && { 'x-amz-function-error': 'Unhandled' }),
  });
  response.end(outcome.payload);
  return null;
}

function poolOf(given: string, functions: LambdaServerOptions['functions']): Pick<InvokePool, 'invoke'> {
  const [, name = ''] = functionNames.exec(given) ?? [];
  const pool = functions.get(name);
  if (pool) return pool;
  throw refusal(
    'ResourceNotFoundException',
    `Function not found: arn:aws:lambda:us-east-1:000000000000:function:${name || given}`,
  );
}

/** No body at all is an event of no fields. */
function eventIn(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString());
  } catch (cause) {
    throw refusal(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(cause as Error).message}`,
    );
  }
}

interface InvokeOutcome {
  readonly failed: boolean;
  readonly payload: string;
}

async function outcomeOf(
  pool: Pick<InvokePool, 'invoke'>,
  invocation: Parameters<InvokePool['invoke']>[0],
): Promise<InvokeOutcome> {
  try {
    const payload = JSON.stringify((await pool.invoke(invocation)) ?? null);
    if (Buffer.byteLength(payload) <= lambdaPayloadBytes) return { failed: false, payload };
    return failed(
      'Function.ResponseSizeTooLarge',
      `Response payload size exceeded maximum allowed payload size (${lambdaPayloadBytes} bytes).`,
    );
  } catch (failure) {
    if (!(failure instanceof FunctionFailure)) throw failure;
    return failed(failure.type, failure.words(invocation.requestId));
  }
}

const failed = (errorType: string, errorMessage: string): InvokeOutcome => ({
  failed: true,
  payload: JSON.stringify({ errorType, errorMessage, trace: [] }),
});

const refusal = (name: ConstructorParameters<typeof AwsRefusal>[0], message: string): AwsRefusal =>
  new AwsRefusal(name, message, { Type: 'User' });
