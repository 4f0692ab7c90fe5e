/** What the instances of a SageMaker endpoint cost. */
import { type Price, priceTable, regionNames } from './prices.ts';

/** The price of an instance for an hour; `null` where the table has none. */
export function hostingPrice(region: string | undefined, instance: string): Price | null {
  if (region === undefined || !regionNames.includes(region)) return null;
  const { realTime } = priceTable.regions[region]!;
  return Object.hasOwn(realTime, instance) ? realTime[instance]!.perHour : null;
}

/** US dollars for an instance that runs all the month. */
export const hostingMonth = (usdPerHour: number): number => usdPerHour * priceTable.hoursPerMonth;

/** US dollars for a million tokens of an instance that always makes so many a second. */
export const usdPerMillionTokens = (usdPerHour: number, tokensPerSecond: number): number =>
  (usdPerHour / (tokensPerSecond * 3600)) * 1e6;
