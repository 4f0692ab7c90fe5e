/** What processes have taken of a key's allowances: one small object for a key, changed by compare-and-swap. */
import * as z from 'zod';
import { limitWindows } from '../../access/index.ts';
import { artifactKeys } from '../../contracts/keys.ts';
import { sha256 } from '../../core/index.ts';
import { type Pause, updateJson } from '../../storage/index.ts';
import type { UsageContext } from '../types.ts';
import type { Slot } from './slots.ts';

const taken = z.object({
  /** Which minute, hour, day or month the amounts are of. */
  window: z.string(),
  calls: z.number(),
  tokens: z.number(),
  usd: z.number(),
});

const allowanceRecord = z.object({
  taken: z.partialRecord(z.enum(limitWindows), taken),
  /** The last changes: one whose answer got lost is recognised, and not made twice. */
  recent: z.array(z.string()),
});
type AllowanceRecord = z.infer<typeof allowanceRecord>;

/** Many processes may want to change a record at the same time, and each of them can wait a moment. */
const attempts = 40;
/** More changes than this do not come between an attempt and the next one of the same process. */
const keptChanges = 64;

/** What a change asks for and gets. */
export interface AllowanceChange {
  /** Unique. */
  readonly id: string;
  /** What to take of a slot of which so much is left; below zero gives back. */
  readonly take: (slot: Slot, left: number) => number;
  readonly windowOf: (slot: Slot) => string;
  /** The latest that the clock of another machine may have begun; a later one is that of a clock that was wrong. */
  readonly latestWindowOf: (slot: Slot) => string;
  readonly pause?: Pause;
}

/** What was taken of each slot, and what is left for everybody. */
export type Taken = ReadonlyMap<Slot, { readonly taken: number; readonly left: number }>;

/**
 * Takes of the allowances of a key, or gives back.
 *
 * @throws conflict `too_much_contention`; upstream if the store fails: what was taken then, if it was, is lost
 */
export async function changeAllowance(
  { artifacts }: Pick<UsageContext, 'artifacts'>,
  { caller, slots }: { readonly caller: string; readonly slots: readonly Slot[] },
  { id, take, windowOf, latestWindowOf, pause }: AllowanceChange,
): Promise<Taken> {
  let result: Taken = new Map();
  const change = (current: AllowanceRecord | null): AllowanceRecord => {
    if (current?.recent.includes(id)) return current;
    const next: AllowanceRecord = {
      taken: { ...current?.taken },
      recent: [...(current?.recent ?? []), id].slice(-keptChanges),
    };
    const moves = slots.map((slot) => {
      const window = windowOf(slot);
      const known = next.taken[slot.per];
      // A window that is later than ours is that of a machine whose clock is ahead: there is no way back from it.
      const isKnown = known && known.window >= window && known.window <= latestWindowOf(slot);
      const base = isKnown ? known : { window, calls: 0, tokens: 0, usd: 0 };
      const left = slot.amount - base[slot.unit];
      const asked = take(slot, Math.max(0, left));
      // What is given back belongs to the window it was taken of.
      const move = asked < 0 && known?.window !== window ? 0 : asked;
      next.taken[slot.per] = { ...base, [slot.unit]: rounded(Math.max(0, base[slot.unit] + move)) };
      return [slot, { taken: move, left: Math.max(0, rounded(left - move)) }] as const;
    });
    result = new Map(moves);
    return next;
  };
  await updateJson(artifacts, artifactKeys.usageLimits(sha256(caller)), {
    ...{ schema: allowanceRecord, change, attempts },
    ...(pause && { pause }),
  });
  return result;
}

/** Without the noise of sums of decimal fractions. */
const rounded = (amount: number): number => Number(amount.toPrecision(14));
