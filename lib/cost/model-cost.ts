/** What a call to a model costs on Lambda behind API Gateway, for its card. */
import type { ModelCost } from '../contracts/serving.ts';
import { type Charge, chargeFor } from './plan.ts';
import { findRegion, priceTable, regionNames } from './prices.ts';
import { fullCoreMs, type MeasuredTime, scaledMs } from './serving-time.ts';

/** Where predictions are made. */
export interface Deployment {
  readonly region: string;
  readonly memoryMb: number;
  readonly architecture: 'arm64' | 'x64';
}

/** As the functions are deployed unless somebody says otherwise. */
export const defaultDeployment: Deployment = { region: 'us-east-1', memoryMb: 1024, architecture: 'arm64' };

/** The deployment, in the default region if there are no prices of its own. */
export const deployedAt = (deployment: Deployment): Deployment =>
  regionNames.includes(deployment.region) ? deployment : { ...deployment, region: defaultDeployment.region };

/** Lambda behind API Gateway as lines of the bill. */
export function lambdaCharges(
  { region, memoryMb, architecture }: Deployment,
  coreMs: number,
): readonly [gateway: Charge, requests: Charge, duration: Charge] {
  const { lambda, gatewayRequest } = findRegion(region);
  const gbSeconds = ((memoryMb / 1024) * scaledMs(coreMs, memoryMb)) / 1000;
  const requestTiers = [{ upTo: Number.POSITIVE_INFINITY, usd: lambda.request.usd }];
  return [
    { name: 'API Gateway', unitsPerCall: 1, tiers: gatewayRequest.tiers },
    { name: 'Lambda requests', unitsPerCall: 1, tiers: requestTiers },
    { name: 'Lambda duration', unitsPerCall: gbSeconds, tiers: lambda.gbSecond[architecture].tiers },
  ];
}

/**
 * The cost of a call for one row, in US dollars, with what it rests on. In a region that the table does not have, the
 * prices are those of `us-east-1`, and the assumptions say so.
 */
export function modelCost(measure: MeasuredTime, deployment: Deployment): ModelCost {
  const deployed = deployedAt(deployment);
  const coreMs = fullCoreMs(measure, 1);
  const [gateway, requests, duration] = lambdaCharges(deployed, coreMs).map((charge) =>
    chargeFor(charge, 1),
  ) as [number, number, number];
  const perCall = gateway + requests + duration;
  return {
    currency: priceTable.currency,
    per_call: rounded(perCall),
    per_million: rounded(perCall * 1e6),
    breakdown: {
      api_gateway: rounded(gateway),
      lambda_requests: rounded(requests),
      lambda_duration: rounded(duration),
    },
    assumptions: {
      region: deployed.region,
      architecture: deployed.architecture,
      memory_mb: deployed.memoryMb,
      rows: 1,
      billed_ms: scaledMs(coreMs, deployed.memoryMb),
      prices_as_of: priceTable.asOf,
    },
  };
}

/** Without the noise of sums of decimal fractions. */
const rounded = (usd: number): number => Number(usd.toPrecision(12));
