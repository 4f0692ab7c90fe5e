/** Lambda, a serverless endpoint and a real-time endpoint as plans that serve the same calls. */
import { invalidInput, type OnrampError } from '../core/index.ts';
import { type Deployment, lambdaCharges } from './model-cost.ts';
import type { Charge, Plan } from './plan.ts';
import { type Instance, type PriceSource, priceTable, type RegionPrices } from './prices.ts';
import { scaledMs } from './serving-time.ts';

/** What is compared. */
export interface ServingChoices extends Deployment {
  /** A month. */
  readonly calls: number;
  /** Milliseconds that a call takes one whole processor. */
  readonly coreMs: number;
  /** Of the request and the answer together. */
  readonly bytesPerCall: number;
  /** Of the real-time endpoint; `ml.m5.large` or, where that has no price, the first that has one. */
  readonly instance?: string;
  /** Instances of the real-time endpoint without any calls; 2 survive the loss of an availability zone. */
  readonly instances: number;
}

/** Sizes of serverless endpoints, in MB. */
const serverlessSizes = [1024, 2048, 3072, 4096, 5120, 6144] as const;
/** An instance that is busier than this on average cannot take the hours in which more is asked. */
const usableShare = 0.5;
const defaultInstance = 'ml.m5.large';
const gb = 1_073_741_824;
const secondsPerHour = 3600;

/** A plan and what it is. */
export interface NamedPlan extends Plan {
  readonly kind: 'lambda' | 'serverless' | 'real-time';
  readonly size: string;
}

/** What can be compared. */
export interface ServingPlans {
  readonly plans: readonly NamedPlan[];
  /** Why others are not among them, in sentences. */
  readonly missing: readonly string[];
  readonly sources: readonly PriceSource[];
}

/** Every way there are prices for, with the sources of these prices and why others are missing. */
export function servingPlans(choices: ServingChoices, region: RegionPrices): ServingPlans {
  const { architecture, memoryMb, coreMs } = choices;
  const [gateway, ...lambda] = lambdaCharges(choices, coreMs);
  const lambdaPlan: NamedPlan = {
    kind: 'lambda',
    size: `${memoryMb} MB, ${architecture}, ${scaledMs(coreMs, memoryMb)} ms billed`,
    charges: [gateway, ...lambda],
  };
  const data: Charge = {
    name: 'endpoint data',
    unitsPerCall: choices.bytesPerCall / gb,
    tiers: endless(region.endpointDataGb.usd),
  };
  const serverless = serverlessPlan(choices, region, [gateway, data]);
  const realTime = realTimePlan(choices, region, [gateway, data]);
  const sources = [
    ...[
      region.lambda.gbSecond[architecture].source,
      region.lambda.request.source,
      region.gatewayRequest.source,
    ],
    ...(serverless.source ? [serverless.source] : []),
    ...(realTime.source ? [realTime.source, region.endpointDataGb.source] : []),
  ];
  const plans = [lambdaPlan, serverless.plan, realTime.plan].filter((plan) => plan !== null);
  const missing = [serverless.missing, realTime.missing].filter((text) => text !== null);
  return { plans, missing, sources };
}

interface Planned {
  readonly plan: NamedPlan | null;
  readonly source: PriceSource | null;
  /** Why there is none. */
  readonly missing: string | null;
}

const none = (missing: string): Planned => ({ plan: null, source: null, missing });

function serverlessPlan(
  { region: name, memoryMb, coreMs }: ServingChoices,
  { serverless }: RegionPrices,
  shared: readonly Charge[],
): Planned {
  if (!serverless) return none(`No price of a serverless endpoint in ${name} could be confirmed.`);
  const size = serverlessSizes.find((one) => one >= memoryMb);
  if (size === undefined) return none(`A serverless endpoint has at most 6144 MB, less than ${memoryMb} MB.`);
  const billedMs = scaledMs(coreMs, size);
  const duration: Charge = {
    name: 'serverless duration',
    unitsPerCall: ((size / 1024) * billedMs) / 1000,
    tiers: endless(serverless.gbSecond.usd),
  };
  const plan: NamedPlan = {
    ...{ kind: 'serverless', size: `${size} MB, ${billedMs} ms billed` },
    charges: [...shared, duration],
  };
  return { plan, source: serverless.gbSecond.source, missing: null };
}

function realTimePlan(
  { region, instance: asked, instances, coreMs }: ServingChoices,
  { realTime }: RegionPrices,
  shared: readonly Charge[],
): Planned {
  const known = Object.keys(realTime);
  const name = asked ?? known.find((one) => one === defaultInstance) ?? known[0];
  if (name === undefined) return none(`No price of a real-time endpoint in ${region} could be confirmed.`);
  const found = Object.hasOwn(realTime, name) ? realTime[name] : undefined;
  if (!found) throw unknownInstance(name, region, known);
  const fleet = {
    ...{ usdPerHour: found.perHour.usd, least: instances },
    callsPerInstance: callsPerMonth(found, coreMs),
  };
  const plan: NamedPlan = { kind: 'real-time', size: name, charges: shared, fleet };
  return { plan, source: found.perHour.source, missing: null };
}

const unknownInstance = (name: string, region: string, known: readonly string[]): OnrampError =>
  invalidInput(`There is no price of "${name}" in ${region}; the table has ${known.join(', ')}.`, {
    code: 'unknown_instance',
    param: 'instance',
  });

/** Calls that an instance answers in a month with half of its processors' time. */
function callsPerMonth({ vcpus }: Instance, coreMs: number): number {
  const busyMs = vcpus * usableShare * priceTable.hoursPerMonth * secondsPerHour * 1000;
  return busyMs / Math.max(coreMs, 0.001);
}

const endless = (usd: number): Charge['tiers'] => [{ upTo: Number.POSITIVE_INFINITY, usd }];
