/** What one call cost that has been made: by the time it took, not by what its model was measured to take. */
import { type Deployment, deployedAt } from './model-cost.ts';
import { findRegion } from './prices.ts';

/** A call, as its log line tells of it. */
export interface CallTime {
  /** Milliseconds in the function. */
  readonly ms: number;
  /** Milliseconds of these that a SageMaker endpoint worked. */
  readonly endpointMs?: number;
  /** Price of the endpoint's instance. */
  readonly usdPerHour?: number;
}

const msPerHour = 3_600_000;

/**
 * The cost of a call in US dollars by list prices: API Gateway, Lambda's request and duration, and of an endpoint's
 * instance the time it worked. An estimate: tiers and free amounts are left out, an instance costs the same while it
 * waits, and calls that it works on at the same time pay for their time each.
 */
export function callCost({ ms, endpointMs = 0, usdPerHour = 0 }: CallTime, deployment: Deployment): number {
  const { region, memoryMb, architecture } = deployedAt(deployment);
  const { lambda, gatewayRequest } = findRegion(region);
  const seconds = Math.max(1, Math.ceil(ms)) / 1000;
  const duration = (memoryMb / 1024) * seconds * lambda.gbSecond[architecture].tiers[0]!.usd;
  const requests = gatewayRequest.tiers[0]!.usd + lambda.request.usd;
  return Number((requests + duration + (endpointMs / msPerHour) * usdPerHour).toPrecision(12));
}
