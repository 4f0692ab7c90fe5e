/** The API of SageMaker's runtime on loopback: three operations over REST. */
import type { ServerResponse } from 'node:http';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServer,
  type AwsServerOptions,
  startAwsServer,
} from '../../aws/index.ts';
import type { AsyncQueue } from './async-queue.ts';
import type { Endpoint } from './endpoint.ts';
import { refused, tooLong, unknownEndpoint } from './faults.ts';
import { type InvocationLimits, invoke, invokeWithStream, sageMakerLimits } from './invoke.ts';

/** An endpoint, with a queue if it is an asynchronous one. */
export interface ServedEndpoint {
  readonly endpoint: Endpoint;
  readonly queue: AsyncQueue | null;
}

/** How the server runs. */
export interface RuntimeServerOptions
  extends Pick<AwsServerOptions, 'credentials' | 'host' | 'port' | 'now' | 'report'> {
  /** By the endpoint's name. */
  readonly endpoints: ReadonlyMap<string, ServedEndpoint>;
  readonly limits?: InvocationLimits;
}

/** Starts the server; the clients find it by `AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME`. */
export function startRuntimeServer({
  endpoints,
  limits = sageMakerLimits,
  ...rest
}: RuntimeServerOptions): Promise<AwsServer> {
  return startAwsServer({
    ...rest,
    service: 'sagemaker',
    failure: 'InternalFailure',
    bodyLimitBytes: limits.bodyBytes,
    tooLarge: tooLong(limits.bodyBytes),
    answer: async (request, response) => {
      const [, name = '', operation = ''] =
        /^\/endpoints\/([^/]+)\/(invocations|invocations-response-stream|async-invocations)$/.exec(
          request.pathname,
        ) ?? [];
      if (request.method !== 'POST' || operation === '') {
        throw new AwsRefusal('UnknownOperationException', 'Only invocations of endpoints are answered here.');
      }
      const served = endpoints.get(name);
      if (!served) throw unknownEndpoint(name);
      if (operation === 'async-invocations') return enqueue(served, request, response);
      if (served.queue) throw refused(`Endpoint ${name} only takes asynchronous invocations.`);
      const run = operation === 'invocations' ? invoke : invokeWithStream;
      await run({ endpoint: served.endpoint, request, response, limits });
      return null;
    },
  });
}

async function enqueue(
  { endpoint, queue }: ServedEndpoint,
  request: AwsRequest,
  response: ServerResponse,
): Promise<null> {
  if (!queue) throw refused(`Endpoint ${endpoint.settings.name} takes no asynchronous invocations.`);
  const { inferenceId, outputLocation, failureLocation } = await queue.add(request);
  response.writeHead(202, {
    'Content-Type': 'application/json',
    'X-Amzn-SageMaker-OutputLocation': outputLocation,
    'X-Amzn-SageMaker-FailureLocation': failureLocation,
  });
  response.end(JSON.stringify({ InferenceId: inferenceId }));
  return null;
}
