/** What a caller is told whose limit is reached. */
import { type OnrampError, rateLimited } from '../../core/index.ts';
import type { Amounts, Slot } from './slots.ts';
import { windowEnd } from './windows.ts';

const unitNames = { calls: 'calls', tokens: 'tokens', usd: 'US dollars' } as const;

/** Money, and what lasts for a day or a month, is a budget; the rest is a rate. */
const isBudget = ({ per, unit }: Slot): boolean => unit === 'usd' || per === 'day' || per === 'month';

/**
 * The refusal by the limit that lasts longest: names it and when it begins anew.
 *
 * @param slots those that do not suffice, at least one
 * @param need what the request would use at most
 */
export function refusalBy(slots: readonly Slot[], need: Amounts, nowMs: number): OnrampError {
  const endOf = ({ per }: Slot): number => windowEnd(per, nowMs);
  const [slot] = slots.toSorted((left, right) => endOf(right) - endOf(left));
  return limitReached(slot!, need[slot!.unit], endOf(slot!) - nowMs);
}

function limitReached(slot: Slot, need: number, retryAfterMs: number): OnrampError {
  const { per, unit, amount } = slot;
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const limit = `This key may use ${amount} ${unitNames[unit]} per ${per}`;
  const problem =
    need > amount
      ? `${limit}, and the request may need ${need}; ask for less of it.`
      : `${limit}, and what is left does not suffice; the next ${per} begins in ${retryAfterSeconds} s.`;
  return rateLimited(problem, {
    code: isBudget(slot) ? 'budget_exceeded' : 'rate_limited',
    retryAfterSeconds,
  });
}
