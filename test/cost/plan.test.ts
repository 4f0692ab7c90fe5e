import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRegion, firstCheaper, monthlyCost, type Plan } from '../../lib/cost/index.ts';
import { chargeFor } from '../../lib/cost/plan.ts';
import { scaledMs } from '../../lib/cost/serving-time.ts';

const { gatewayRequest, lambda } = findRegion('us-east-1');
const endless = Number.POSITIVE_INFINITY;

describe('tiers', () => {
  test('a month of 21,000 million requests to a REST API, as Infracost computes it from the price list', () => {
    const charge = { name: 'requests', unitsPerCall: 1, tiers: gatewayRequest.tiers };

    expect(chargeFor(charge, 333e6)).toBeCloseTo(1165.5, 6);
    expect(chargeFor(charge, 1000e6)).toBeCloseTo(1165.5 + 1867.6, 6);
    expect(chargeFor(charge, 21_000e6)).toBeCloseTo(49_763.1, 6);
  });

  test('37.5 thousand million GB-seconds on arm64, as Infracost computes it', () => {
    const charge = { name: 'duration', unitsPerCall: 1, tiers: lambda.gbSecond.arm64.tiers };

    expect(chargeFor(charge, 37.5e9)).toBeCloseTo(100_000.5 + 135_001.125 + 200_000.625, 2);
  });

  test('3 million calls of 120 ms with 512 MB on x64, by hand', () => {
    const charge = { name: 'duration', unitsPerCall: 0.5 * 0.12, tiers: lambda.gbSecond.x64.tiers };

    // 3,000,000 x 0.5 GB x 0.12 s = 180,000 GB-seconds, at $0.0000166667.
    expect(chargeFor(charge, 3e6)).toBeCloseTo(3.000006, 9);
  });
});

describe('billed time', () => {
  test.each([
    [10, 1769, 10],
    [10, 10_240, 10],
    // 10 x 1769 / 1024 = 17.28
    [10, 1024, 18],
    // 1 x 1769 / 128 = 13.82
    [1, 128, 14],
    [0.02, 1769, 1],
    [0, 1769, 1],
    [3.0000000001, 1769, 3],
  ])('%d ms of a whole processor are billed with %d MB as %d ms', (coreMs, memoryMb, billed) => {
    expect(scaledMs(coreMs, memoryMb)).toBe(billed);
  });
});

/** The first whole number of calls at which `later` costs less, looked for one by one. */
function scan(first: Plan, later: Plan, end: number): number | null {
  for (let calls = 1; calls <= end; calls += 1) {
    if (monthlyCost(later, calls) < monthlyCost(first, calls)) return calls;
  }
  return null;
}

describe('crossing', () => {
  const perCall = (usd: number): Plan => ({
    charges: [{ name: 'calls', unitsPerCall: 1, tiers: [{ upTo: endless, usd }] }],
  });

  test('by hand: $1 a call against instances of $7.30 an hour', () => {
    // 7.3 x 730 = $5,329 a month: the same at 5,329 calls, less from 5,330 on.
    const fleet = { usdPerHour: 7.3, callsPerInstance: 1e6, least: 1 };

    expect(firstCheaper(perCall(1), { charges: [], fleet })).toBe(5330);
    expect(firstCheaper(perCall(1), { charges: [], fleet: { ...fleet, least: 2 } })).toBe(10_659);
  });

  test('by hand: an instance that is full too early is never cheaper', () => {
    const fleet = { usdPerHour: 7.3, callsPerInstance: 5329, least: 1 };

    expect(firstCheaper(perCall(1), { charges: [], fleet })).toBeNull();
    expect(firstCheaper(perCall(1), { charges: [], fleet: { ...fleet, callsPerInstance: 5330 } })).toBe(5330);
  });

  test('by hand: of two prices a call the lower one is cheaper from the first call on, the other never', () => {
    expect(firstCheaper(perCall(2e-7), perCall(1e-7))).toBe(1);
    expect(firstCheaper(perCall(1e-7), perCall(2e-7))).toBeNull();
    expect(firstCheaper(perCall(1e-7), perCall(1e-7))).toBeNull();
  });

  test('by hand: a price that falls after 100 calls is overtaken there', () => {
    const falling: Plan = {
      charges: [
        {
          name: 'calls',
          unitsPerCall: 1,
          tiers: [
            { upTo: 100, usd: 3 },
            { upTo: endless, usd: 1 },
          ],
        },
      ],
    };

    // 300 + (n - 100) < 2 n from n = 201 on.
    expect(firstCheaper(perCall(2), falling)).toBe(201);
  });

  test('is what counting one call after the other finds, whatever the tiers and instances', () => {
    const tiers = fc
      .tuple(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 3 }), fc.integer({ min: 1, max: 40 }))
      .map(([limits, highest]) => {
        const ends = [...new Set(limits)].sort((a, b) => a - b);
        return [...ends, endless].map((upTo, index) => ({ upTo, usd: highest / (index + 1) }));
      });
    const charge = fc.record({
      name: fc.constant('calls'),
      unitsPerCall: fc.constantFrom(0, 0.25, 1, 1.5),
      tiers,
    });
    const charges = fc.array(charge, { maxLength: 3 });
    const fleet = fc.record({
      usdPerHour: fc.integer({ min: 1, max: 4000 }).map((usd) => usd / 730),
      callsPerInstance: fc.integer({ min: 1, max: 400 }),
      least: fc.integer({ min: 1, max: 3 }),
    });
    const flat = charges.map((all) => all.map((one) => ({ ...one, tiers: one.tiers.slice(-1) })));
    const later: fc.Arbitrary<Plan> = fc.oneof(fc.record({ charges }), fc.record({ charges: flat, fleet }));
    let crossings = 0;

    fc.assert(
      fc.property(charges, charges, later, (own, shared, other) => {
        const first: Plan = { charges: [...shared, ...own] };
        const second: Plan = { ...other, charges: [...shared, ...other.charges] };
        const found = firstCheaper(first, second);
        const counted = scan(first, second, 6000);
        // Sums of decimal fractions differ in their last digits, which decides where both cost the same.
        const isTie = (calls: number): boolean =>
          Math.abs(monthlyCost(second, calls) - monthlyCost(first, calls)) < 1e-9 * monthlyCost(first, calls);
        if (found !== counted && !isTie(Math.min(found ?? endless, counted ?? endless))) {
          expect(found !== null && found > 6000 ? null : found).toBe(counted);
        }
        if (found !== null && found > 1) crossings += 1;
      }),
      { numRuns: 400, seed: 11 },
    );
    expect(crossings).toBeGreaterThan(40);
  });
});
