/** What a caller is told whose limit is reached. */
import { type OnrampError, rateLimited } from '../../core/index.ts';
import type { Slot } from './slots.ts';

const unitNames = { calls: 'calls', tokens: 'tokens', usd: 'US dollars' } as const;

/** Money, and what lasts for a day or a month, is a budget; the rest is a rate. */
const isBudget = ({ per, unit }: Slot): boolean => unit === 'usd' || per === 'day' || per === 'month';

/**
 * Names the limit and when it begins anew.
 *
 * @param need what the request would use at most
 */
export function limitReached(slot: Slot, need: number, retryAfterMs: number): OnrampError {
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
