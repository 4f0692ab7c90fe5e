/** The parts of the SageMaker runtime's SDK in use, by name: loaded on first use, so that a bundler keeps them in a chunk of their own. */
import {
  InvokeEndpointAsyncCommand,
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
  type SageMakerRuntimeClientConfig,
} from '@aws-sdk/client-sagemaker-runtime';
import { internal, silentLogger } from '../core/index.ts';
import { readParts } from './event-stream.ts';

export { InvokeEndpointAsyncCommand, InvokeEndpointCommand, InvokeEndpointWithResponseStreamCommand };

/** A connection inside a region is there in milliseconds, or not at all. */
const connectionTimeout = 3_000;
/**
 * The SDK's own 50 would let calls wait for each other where one process serves many streams; and a limit, whichever,
 * lets Node keep connections that it was told not to keep.
 */
const maxSockets = Number.POSITIVE_INFINITY;

type StreamReader = ReturnType<NonNullable<SageMakerRuntimeClientConfig['eventStreamSerdeProvider']>>;

const streamReader: StreamReader = {
  deserialize: readParts as unknown as StreamReader['deserialize'],
  serialize: () => {
    throw internal('Requests to endpoints are no streams.');
  },
};

/** A client that leaves attempts to its caller, and reads streams our way. */
export function createRuntimeClient(config: SageMakerRuntimeClientConfig): SageMakerRuntimeClient {
  return new SageMakerRuntimeClient({
    // Attempts are counted and paid for by whoever calls, so that there must be no others.
    maxAttempts: 1,
    logger: silentLogger,
    eventStreamSerdeProvider: () => streamReader,
    ...config,
  });
}

const clients = new Map<boolean, SageMakerRuntimeClient>();

/**
 * A client of this process; region, credentials and endpoint come from AWS's own environment.
 *
 * @param keepAlive whether connections are used again. One that was idle may be dead, as after a pause of the function,
 *   and nobody can say then whether a request that broke on it was begun: so only what may be repeated uses those
 */
export function sharedRuntimeClient(keepAlive: boolean): SageMakerRuntimeClient {
  const known = clients.get(keepAlive);
  if (known) return known;
  const agent = { keepAlive, maxSockets };
  const client = createRuntimeClient({
    requestHandler: { connectionTimeout, httpAgent: agent, httpsAgent: agent },
  });
  clients.set(keepAlive, client);
  return client;
}
