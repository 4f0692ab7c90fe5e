/** From how many calls on one way to serve costs less than another. */
import { monthlyCost, type Plan } from './plan.ts';

/**
 * The smallest number of calls a month at which `later` costs less than `first`; `null` if it never does.
 *
 * Between two limits of price tiers both costs are straight lines, `f + s·n`, so that `later` is cheaper from
 * `n > (f₂ - f₁) / (s₁ - s₂)` on. Of a fleet only its first instances are looked at: a further instance brings as many
 * calls at the same price, so that what was not cheaper with the first ones fully used is not cheaper with more of
 * them, as the price of a call on the other side does not rise.
 *
 * @param first without instances, so that its price of a call never rises
 * @param later where it has instances, its other prices do not fall unless they are the same in both
 */
export function firstCheaper(first: Plan, later: Plan): number | null {
  const end = later.fleet
    ? Math.floor(later.fleet.least * later.fleet.callsPerInstance)
    : Number.POSITIVE_INFINITY;
  const limits = [...limitsOf(first), ...limitsOf(later)]
    .filter((limit) => limit < end)
    .sort((a, b) => a - b);
  let from = 0;
  for (const limit of [...limits, end]) {
    const found = withinSegment(first, later, { from, to: limit });
    if (found !== null) return found;
    from = limit;
  }
  return null;
}

/** Numbers of calls up to which a tier goes. */
function limitsOf({ charges }: Plan): number[] {
  return charges.flatMap(({ tiers, unitsPerCall }) =>
    tiers.flatMap(({ upTo }) =>
      Number.isFinite(upTo) && unitsPerCall > 0 ? [Math.floor(upTo / unitsPerCall)] : [],
    ),
  );
}

/** Prices of a call that differ by less are the same: what is left are the last digits of sums. */
const smallestPart = 1e-12;

/** The first whole number of calls in `(from, to]` at which `later` costs less. */
function withinSegment(
  first: Plan,
  later: Plan,
  { from, to }: { readonly from: number; readonly to: number },
): number | null {
  const lead = (calls: number): number => monthlyCost(later, calls) - monthlyCost(first, calls);
  const start = from + 1;
  if (start > to) return null;
  if (lead(start) < 0) return start;
  // Far apart, so that the slope is not lost among the last digits of the sums.
  const far = Math.min(to, start + 1e9);
  const slope = (lead(far) - lead(start)) / (far - start);
  const scale = monthlyCost(first, far) / far;
  if (!(slope < -smallestPart * scale)) return null;
  const estimate = Math.max(start, Math.floor(start - lead(start) / slope));
  // The division may miss by one.
  const near = [estimate - 1, estimate, estimate + 1, estimate + 2];
  return near.find((calls) => calls >= start && calls <= to && lead(calls) < 0) ?? null;
}
