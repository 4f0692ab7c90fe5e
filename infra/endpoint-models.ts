/** What the functions are told of an environment's endpoints. */
import type { EndpointModel } from '../lib/contracts/endpoint-models.ts';
import { hostingPrice } from '../lib/cost/index.ts';
import type { StageConfig } from './config.ts';
import type { EndpointSettings } from './constructs/endpoint-settings.ts';

/** One endpoint as it is deployed. */
export interface DeployedEndpoint {
  readonly settings: EndpointSettings;
  readonly name: string;
  readonly component: string | undefined;
}

/** Lambda takes 4 KB of variables; what is left is for their names and the other ones. */
const maxBytes = 3000;

/**
 * The text of `ONRAMP_ENDPOINTS`.
 *
 * @throws Error naming the environment, if it is longer than a function can be told
 */
export function endpointModelsText(
  { stage, region }: StageConfig,
  endpoints: readonly DeployedEndpoint[],
): string {
  const models = endpoints.map(({ settings, name, component }) => {
    const { model, capacity, speaks, servedName, input } = settings;
    const entry: Omit<EndpointModel, 'model'> = {
      ...{ endpoint: name, kind: capacity.kind, speaks },
      ...(servedName !== undefined && { servedName }),
      ...(input && { input }),
      ...(component !== undefined && { component }),
      ...priceOf(capacity, region),
    };
    return [model, entry];
  });
  const text = JSON.stringify(Object.fromEntries(models));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new Error(
      `Environment "${stage}": endpoints take ${bytes} bytes of a function's variables, ${maxBytes} fit; use fewer of them or shorter names.`,
    );
  }
  return text;
}

/** The price of one instance: as the settings say it, or of the table, or none. */
function priceOf(
  capacity: EndpointSettings['capacity'],
  region: string | undefined,
): { readonly usdPerHour?: number } {
  if (capacity.kind === 'serverless') return {};
  const usdPerHour = capacity.usdPerHour ?? hostingPrice(region, capacity.instance)?.usd;
  return usdPerHour === undefined ? {} : { usdPerHour };
}
