/** What a request is estimated to have cost. */
import type { EndpointModels } from '../contracts/endpoint-models.ts';
import { callCost, type Deployment } from '../cost/index.ts';

/** What of a request decides what it costs. */
export interface PricedRequest {
  readonly model: string;
  readonly ms: number;
  readonly endpoint_ms: number;
}

/** The cost of a request in US dollars. */
export type UsagePrice = (request: PricedRequest) => number;

/** Prices of requests to functions of one size; a model behind an endpoint costs its instance's time as well. */
export function createUsagePrice(deployment: Deployment, endpoints: EndpointModels): UsagePrice {
  return ({ model, ms, endpoint_ms: endpointMs }) => {
    const usdPerHour = endpoints.get(model)?.usdPerHour ?? 0;
    return callCost({ ms, endpointMs, usdPerHour }, deployment);
  };
}
