/** The parts of the API Gateway SDK in use, loaded when keys are first listed. */
import { APIGatewayClient, paginateGetApiKeys } from '@aws-sdk/client-api-gateway';
import { silentLogger } from '../core/index.ts';

export { paginateGetApiKeys };

/** A request waits for the list, and API Gateway waits for us no longer than for any answer. */
const timeouts = { connectionTimeout: 1000, requestTimeout: 5000 } as const;

let shared: APIGatewayClient | undefined;

/** The client of this process; region, credentials and endpoint come from AWS's own environment. */
export function client(): APIGatewayClient {
  // Silent, since what the SDK logs of an answer could hold keys.
  shared ??= new APIGatewayClient({ requestHandler: timeouts, logger: silentLogger });
  return shared;
}
