/** Limits of what keys may use, held over all processes: each takes shares of a key's allowance and spends them itself. */
import type { UsageLimit } from '../../access/index.ts';
import { Account, type AccountContext, type SlotState } from './account.ts';
import { type Amounts, slotsOf } from './slots.ts';

/** A request that was let through. */
export interface Reservation {
  /** What is known of each limit now. */
  readonly states: readonly SlotState[];
  /** Says what the request has used; called once, when it has ended. Never throws. */
  settle(used: Amounts): Promise<void>;
}

/** Lets requests through, or refuses them. */
export interface Limiter {
  /**
   * Reserves what a request may use at most, of every limit that its key has.
   *
   * @throws rate_limited `rate_limited` or `budget_exceeded`, naming the limit; not_ready `limits_unavailable`
   */
  reserve(
    who: { readonly caller: string; readonly limits: readonly UsageLimit[] },
    need: Amounts,
  ): Promise<Reservation>;
}

/** A limiter over one store. */
export function createLimiter(context: AccountContext): Limiter {
  const accounts = new Map<string, { readonly limits: string; readonly account: Account }>();

  const accountOf = (caller: string, limits: readonly UsageLimit[]): Account => {
    const text = JSON.stringify(limits);
    const known = accounts.get(caller);
    if (known?.limits === text) return known.account;
    const account = new Account(context, caller, slotsOf(limits));
    accounts.set(caller, { limits: text, account });
    return account;
  };

  return {
    reserve: async ({ caller, limits }, need) => {
      const account = accountOf(caller, limits);
      const reserved = await account.reserve(need);
      return { states: reserved.states, settle: (used) => account.settle(reserved, used) };
    },
  };
}
