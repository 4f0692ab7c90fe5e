/** The parts of Lambda's SDK in use, by name: loaded on first use, so that a bundler keeps them in a chunk of their own. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { silentLogger } from '../core/index.ts';

export { InvokeCommand };

/** A connection inside a region is there in milliseconds, or not at all. */
const connectionTimeout = 3_000;
/** Calls must not wait for each other where one process serves many requests. */
const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };

let shared: LambdaClient | undefined;

/** The client of this process; region, credentials and endpoint come from AWS's own environment. */
export function sharedClient(): LambdaClient {
  shared ??= new LambdaClient({
    logger: silentLogger,
    requestHandler: { connectionTimeout, httpAgent: agent, httpsAgent: agent },
  });
  return shared;
}
