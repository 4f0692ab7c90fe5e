/** The same traffic on Lambda, on a SageMaker serverless endpoint and on a real-time endpoint. */
import { invalidInput } from '../core/index.ts';
import { firstCheaper } from './crossing.ts';
import { instancesFor, monthlyCost } from './plan.ts';
import { findRegion, type PriceSource, priceTable } from './prices.ts';
import { type NamedPlan, type ServingChoices, servingPlans } from './serving-plans.ts';

/** One way to serve, in US dollars. */
export interface ServingOption {
  readonly kind: NamedPlan['kind'];
  /** What it runs on, in words. */
  readonly size: string;
  readonly monthly: number;
  /** A month without any calls. */
  readonly idle: number;
  /** What a million calls of this month cost. */
  readonly perMillion: number;
  readonly lines: readonly { readonly name: string; readonly monthly: number }[];
}

/** From how many calls a month on `cheaper` costs less than `than`; `null` if it never does. */
export interface Crossing {
  readonly cheaper: ServingOption['kind'];
  readonly than: ServingOption['kind'];
  readonly calls: number | null;
}

/** The result. */
export interface Comparison {
  readonly options: readonly ServingOption[];
  readonly crossings: readonly Crossing[];
  readonly pricesAsOf: string;
  /** What could not be compared or confirmed, in sentences. */
  readonly remarks: readonly string[];
}

/**
 * Compares the ways to serve. API Gateway stands in front of each of them, as clients speak to one API whatever answers;
 * transfer to the internet, logs and storage are the same for all and left out.
 *
 * @throws invalid_request for numbers out of range, a region or an instance that the table does not have
 */
export function compareServing(choices: ServingChoices): Comparison {
  checkChoices(choices);
  const { plans, missing, sources } = servingPlans(choices, findRegion(choices.region));
  const pairs = plans.flatMap((first) =>
    plans.filter((later) => later !== first && !first.fleet).map((later) => [first, later] as const),
  );
  return {
    options: plans.map((plan) => optionOf(plan, choices.calls)),
    crossings: pairs.map(([first, later]) => ({
      ...{ cheaper: later.kind, than: first.kind },
      calls: firstCheaper(first, later),
    })),
    pricesAsOf: priceTable.asOf,
    remarks: [...missing, ...unconfirmed(sources)],
  };
}

function checkChoices({ calls, coreMs, bytesPerCall, memoryMb, instances }: ServingChoices): void {
  requireRange('calls', calls, { low: 0, high: 1e12 });
  requireRange('ms', coreMs, { low: 0, high: 900_000 });
  requireRange('bytes', bytesPerCall, { low: 0, high: 12_582_912 });
  requireRange('memory', memoryMb, { low: 128, high: 10_240 });
  requireRange('instances', instances, { low: 1, high: 1000 });
}

function requireRange(
  param: string,
  value: number,
  { low, high }: { readonly low: number; readonly high: number },
): void {
  if (value >= low && value <= high) return;
  throw invalidInput(`"${param}" is ${value}; it must be a number from ${low} to ${high}.`, {
    code: 'invalid_field',
    param,
  });
}

function unconfirmed(used: readonly PriceSource[]): string[] {
  const doubtful = new Set(used.filter(({ confirmed }) => !confirmed));
  if (doubtful.size === 0) return [];
  const texts = [...doubtful].map(({ what, date }) => `${what} (${date})`);
  return [`Not confirmed by AWS's list: prices from ${texts.join('; ')}.`];
}

function optionOf(plan: NamedPlan, calls: number): ServingOption {
  const { kind, fleet } = plan;
  const lines = plan.charges.map((charge) => ({
    name: charge.name,
    monthly: monthlyCost({ charges: [charge] }, calls),
  }));
  const count = fleet ? instancesFor(fleet, calls) : 0;
  const monthly = monthlyCost(plan, calls);
  return {
    kind,
    size: fleet ? `${count} x ${plan.size}` : plan.size,
    monthly,
    idle: monthlyCost(plan, 0),
    perMillion: calls === 0 ? 0 : (monthly / calls) * 1e6,
    lines: fleet
      ? [...lines, { name: 'instances', monthly: monthlyCost({ charges: [], fleet }, calls) }]
      : lines,
  };
}
