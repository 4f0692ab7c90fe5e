/** Limits one by one: so much of a unit in a window. */
import { type LimitUnit, type LimitWindow, limitUnits, type UsageLimit } from '../../access/index.ts';

/** How much of each unit. */
export type Amounts = Readonly<Record<LimitUnit, number>>;

/** One limit of a key. */
export interface Slot {
  readonly per: LimitWindow;
  readonly unit: LimitUnit;
  readonly amount: number;
}

/** The limits of a grant one by one, in their order. */
export function slotsOf(limits: readonly UsageLimit[]): Slot[] {
  return limits.flatMap(({ per, ...amounts }) =>
    limitUnits.flatMap((unit) => {
      const amount = amounts[unit];
      return amount === undefined ? [] : [{ per, unit, amount }];
    }),
  );
}
