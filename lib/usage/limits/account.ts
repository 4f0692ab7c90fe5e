/** What one process holds of the allowances of one key, and what it takes when that does not suffice. */
import { notReady } from '../../core/index.ts';
import type { Pause } from '../../storage/index.ts';
import type { UsageContext } from '../types.ts';
import { changeAllowance, type Taken } from './allowance-record.ts';
import { refusalBy } from './refusal.ts';
import { shareOf, type Wanted } from './share.ts';
import type { Amounts, Slot } from './slots.ts';
import { windowEnd, windowOf } from './windows.ts';

/** What accounts share. */
export interface AccountContext extends UsageContext {
  newId(): string;
  /** Calls something after a while, if the process is still there. */
  later(work: () => void, ms: number): void;
  readonly pause?: Pause;
}

/** What is known of a limit after a request was let through. */
export interface SlotState extends Slot {
  /** What is left, as far as this process knows: others may have taken of it since. */
  readonly left: number;
  readonly resetMs: number;
}

/** What a request may use at most, and the windows it was reserved of. */
export interface Reserved {
  readonly need: Amounts;
  readonly windows: readonly string[];
  readonly states: readonly SlotState[];
}

/** Shares that last longer than this are larger than they need be. */
const busyMs = 1000;
/** What was not there is not asked for again before this. */
const emptyMs = 1000;
/** Clocks of machines differ by less: S3 refuses requests of one that is wrong by more. */
const skewMs = 900_000;

interface Balance {
  readonly slot: Slot;
  window: string;
  /** What this process may still use; below zero it has used more than it reserved. */
  amount: number;
  /** What was left for everybody, as it was last seen. */
  left: number;
  /** When there was last less than was needed. */
  emptyAt: number;
}

const slotsIn = (balances: readonly Balance[]): readonly Slot[] => balances.map(({ slot }) => slot);

const never = Number.NEGATIVE_INFINITY;

/** True until so long after a time; a clock that was set back since then is not waited for. */
const isWithin = (lengthMs: number, sinceMs: number, nowMs: number): boolean =>
  nowMs >= sinceMs && nowMs < sinceMs + lengthMs;

/**
 * The allowances of a key in this process. While requests come one by one it takes what each needs and gives back what
 * that did not use; in a rush it takes for more and more of them at once, so that most need nobody's leave.
 */
export class Account {
  readonly #context: AccountContext;
  readonly #caller: string;
  readonly #balances: readonly Balance[];
  readonly #waiting = new Set<Amounts>();
  #underWay = 0;
  #refilledAt = never;
  /** Requests that a share is for beyond those that wait; 0 while they come one by one. */
  #ahead = 0;
  #refilling: Promise<void> | null = null;
  #isReturnPutOff = false;

  constructor(context: AccountContext, caller: string, slots: readonly Slot[]) {
    this.#context = context;
    this.#caller = caller;
    this.#balances = slots.map((slot) => ({
      slot,
      window: '',
      amount: 0,
      left: slot.amount,
      emptyAt: never,
    }));
  }

  /**
   * Reserves what a request may use at most.
   *
   * @throws rate_limited `rate_limited` or `budget_exceeded`; not_ready `limits_unavailable`
   */
  async reserve(need: Amounts): Promise<Reserved> {
    // Taking all that is left for what cannot be had would keep it from others meanwhile.
    const tooSmall = this.#balances.filter(({ slot }) => slot.amount < need[slot.unit]);
    if (tooSmall.length > 0) throw refusalBy(slotsIn(tooSmall), need, this.#context.clock.now());
    for (;;) {
      this.#roll();
      const lacking = this.#balances.filter(({ slot, amount }) => amount < need[slot.unit]);
      if (lacking.length === 0) break;
      const nowMs = this.#context.clock.now();
      const empty = lacking.filter(({ emptyAt }) => isWithin(emptyMs, emptyAt, nowMs));
      if (empty.length > 0) {
        // What did not suffice for this request may for another one elsewhere.
        await this.#giveBackIfIdle();
        throw refusalBy(slotsIn(empty), need, nowMs);
      }
      await this.#waitForShare(need);
    }
    for (const balance of this.#balances) balance.amount -= need[balance.slot.unit];
    this.#underWay += 1;
    return { need, windows: this.#balances.map(({ window }) => window), states: this.#states() };
  }

  /** Ends a request: what was reserved beyond what it used is free again. Never throws. */
  async settle({ need, windows }: Reserved, used: Amounts): Promise<void> {
    this.#underWay -= 1;
    this.#roll();
    for (const [index, balance] of this.#balances.entries()) {
      // A window that is over takes its reservations with it.
      if (balance.window !== windows[index]) continue;
      balance.amount += need[balance.slot.unit] - used[balance.slot.unit];
    }
    if (this.#balances.some(({ amount }) => amount < 0)) await this.#giveBack();
    else await this.#giveBackIfIdle();
  }

  /** Begins new windows with nothing. */
  #roll(): void {
    const nowMs = this.#context.clock.now();
    for (const balance of this.#balances) {
      const window = windowOf(balance.slot.per, nowMs);
      if (balance.window === window) continue;
      Object.assign(balance, { window, amount: 0, left: balance.slot.amount, emptyAt: never });
    }
  }

  async #waitForShare(need: Amounts): Promise<void> {
    this.#waiting.add(need);
    this.#refilling ??= this.#refill().finally(() => {
      this.#refilling = null;
    });
    try {
      await this.#refilling;
    } catch (cause) {
      throw notReady('The limits of this key cannot be looked up; try again.', {
        code: 'limits_unavailable',
        cause,
      });
    } finally {
      this.#waiting.delete(need);
    }
  }

  /** Takes for all who wait; in a rush for others too, for twice as many whenever a share did not last. */
  async #refill(): Promise<void> {
    const { clock } = this.#context;
    const isBusy = isWithin(busyMs, this.#refilledAt, clock.now());
    this.#ahead = isBusy ? Math.max(1, 2 * this.#ahead) : 0;
    const wanted = new Map(this.#balances.map((balance) => [balance.slot, this.#wanted(balance)]));
    const taken = await this.#change((slot, left) => shareOf(slot, wanted.get(slot)!, left));
    this.#refilledAt = clock.now();
    for (const { balance, amount, left } of taken) {
      balance.amount += amount;
      balance.left = left;
      if (amount < wanted.get(balance.slot)!.least) balance.emptyAt = this.#refilledAt;
    }
  }

  #wanted({ slot: { unit }, amount }: Balance): Wanted {
    let all = 0;
    for (const need of this.#waiting) all += need[unit];
    const usual = all / Math.max(1, this.#waiting.size);
    return { least: Math.max(0, all - amount), most: Math.max(0, all + this.#ahead * usual - amount) };
  }

  /** A rush is over when no share was needed for a second; until then what is left over is kept for what comes. */
  async #giveBackIfIdle(): Promise<void> {
    const isIdle = this.#underWay === 0 && this.#waiting.size === 0;
    if (!isIdle || !this.#balances.some(({ amount }) => amount > 0)) return;
    const nowMs = this.#context.clock.now();
    if (this.#ahead === 0 || !isWithin(busyMs, this.#refilledAt, nowMs)) return this.#giveBack();
    if (this.#isReturnPutOff) return;
    this.#isReturnPutOff = true;
    const tryAgain = (): void => {
      this.#isReturnPutOff = false;
      void this.#giveBackIfIdle();
    };
    this.#context.later(tryAgain, this.#refilledAt + busyMs - nowMs);
  }

  /** Puts everything right with the others: what is left over is theirs, what was used beyond it is told. */
  async #giveBack(): Promise<void> {
    this.#roll();
    const given = new Map(this.#balances.map((balance) => [balance.slot, balance.amount]));
    for (const balance of this.#balances) balance.amount = 0;
    try {
      const taken = await this.#change((slot) => -given.get(slot)!);
      for (const { balance, left } of taken) balance.left = left;
    } catch {
      // It may have been written: a surplus is lost then, and a debt is told again, so that nobody gets too much.
      for (const balance of this.#balances) balance.amount += Math.min(0, given.get(balance.slot)!);
    }
  }

  /** Changes what everybody has taken; without the windows that ended meanwhile. */
  async #change(take: (slot: Slot, left: number) => number): Promise<readonly Change[]> {
    const { clock, newId, pause } = this.#context;
    const latestMs = clock.now() + skewMs;
    const windows = new Map(this.#balances.map(({ slot, window }) => [slot, window]));
    const slots = [...windows.keys()];
    const taken: Taken = await changeAllowance(
      this.#context,
      { caller: this.#caller, slots },
      {
        ...{ id: newId(), take, ...(pause && { pause }) },
        windowOf: (slot) => windows.get(slot)!,
        latestWindowOf: ({ per }) => windowOf(per, latestMs),
      },
    );
    this.#roll();
    return this.#balances.flatMap((balance) => {
      const { taken: amount, left } = taken.get(balance.slot)!;
      return balance.window === windows.get(balance.slot) ? [{ balance, amount, left }] : [];
    });
  }

  #states(): SlotState[] {
    const nowMs = this.#context.clock.now();
    return this.#balances.map(({ slot, amount, left }) => ({
      ...slot,
      left: Math.max(0, left + amount),
      resetMs: windowEnd(slot.per, nowMs) - nowMs,
    }));
  }
}

interface Change {
  readonly balance: Balance;
  readonly amount: number;
  readonly left: number;
}
