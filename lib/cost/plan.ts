/** A way to serve as what it charges, and what that comes to in a month. */
import type { Tiers } from './prices.ts';
import { priceTable } from './prices.ts';

/** One line of the bill: so many units a call, at prices that fall with the units of the month. */
export interface Charge {
  readonly name: string;
  readonly unitsPerCall: number;
  readonly tiers: Tiers['tiers'];
}

/** Instances that run all the time, as many as the calls of the month need. */
export interface Fleet {
  readonly usdPerHour: number;
  /** Calls a month that one instance answers. */
  readonly callsPerInstance: number;
  /** Instances without any calls. */
  readonly least: number;
}

/** A way to serve. */
export interface Plan {
  readonly charges: readonly Charge[];
  readonly fleet?: Fleet;
}

/** What a plan costs in a month with so many calls, in US dollars. */
export function monthlyCost({ charges, fleet }: Plan, calls: number): number {
  const usage = charges.reduce((sum, charge) => sum + chargeFor(charge, calls), 0);
  return usage + (fleet ? fleetCost(fleet) * instancesFor(fleet, calls) : 0);
}

/** What one line of the bill comes to. */
export function chargeFor({ unitsPerCall, tiers }: Charge, calls: number): number {
  const units = calls * unitsPerCall;
  let from = 0;
  let usd = 0;
  for (const tier of tiers) {
    if (units <= from) break;
    usd += (Math.min(units, tier.upTo) - from) * tier.usd;
    from = tier.upTo;
  }
  return usd;
}

/** Instances that so many calls need. */
export function instancesFor({ callsPerInstance, least }: Fleet, calls: number): number {
  return Math.max(least, Math.ceil(calls / callsPerInstance));
}

const fleetCost = ({ usdPerHour }: Fleet): number => usdPerHour * priceTable.hoursPerMonth;
