import { expect, test } from 'vitest';
import { findRegion, priceTable, regionNames } from '../../lib/cost/index.ts';
import type { PriceSource } from '../../lib/cost/prices.ts';

/** Every price of the table: a source, and a figure or figures of tiers. */
function everyPrice(
  value: unknown,
  path = '',
): [path: string, source: PriceSource, figures: readonly number[]][] {
  if (typeof value !== 'object' || value === null) return [];
  const { source, usd, tiers } = value as {
    source?: PriceSource;
    usd?: number;
    tiers?: readonly { usd: number }[];
  };
  if (source) return [[path, source, tiers ? tiers.map((tier) => tier.usd) : [usd ?? Number.NaN]]];
  return Object.entries(value).flatMap(([name, part]) => everyPrice(part, `${path}/${name}`));
}

const all = everyPrice(priceTable.regions);

test('every price is a positive figure with a dated source that is not newer than the table, or unconfirmed', () => {
  const odd = all.filter(
    ([, { what, date, confirmed }, figures]) =>
      what === '' ||
      !/^20\d\d-\d\d-\d\d$/.test(date) ||
      (confirmed && (date > priceTable.asOf || date < '2026-01-01')) ||
      figures.some((usd) => !(usd > 0 && usd < 10)),
  );

  expect(all.length).toBeGreaterThan(40);
  expect(odd).toEqual([]);
});

test('prices of tiers fall, and the last tier has no end', () => {
  const regions = regionNames.map(findRegion);
  const tables = regions.flatMap(({ gatewayRequest, lambda }) => [
    gatewayRequest,
    lambda.gbSecond.arm64,
    lambda.gbSecond.x64,
  ]);

  for (const { tiers } of tables) {
    expect(tiers.at(-1)?.upTo).toBe(Number.POSITIVE_INFINITY);
    expect(tiers.map(({ usd }) => usd)).toEqual(tiers.map(({ usd }) => usd).toSorted((a, b) => b - a));
    expect(tiers.map(({ upTo }) => upTo)).toEqual(tiers.map(({ upTo }) => upTo).toSorted((a, b) => a - b));
  }
});

test('bad call: a region without prices is refused with those there are', () => {
  expect(() => findRegion('mars-north-1')).toThrow(/"mars-north-1".*us-east-1, eu-west-1, eu-central-1/);
  expect(() => findRegion('constructor')).toThrow(/no prices/);
});
