/** How much of an allowance a process takes at a time. */
import type { Slot } from './slots.ts';

/** What a process would like to have of a limit. */
export interface Wanted {
  /** By those who wait. */
  readonly least: number;
  /** With those who are likely to come. */
  readonly most: number;
}

/** Nobody takes more of what is left than this for requests to come, so that something is there for the others. */
const largestShare = 1 / 8;

/** What is taken of what is left: what is needed, and of what is only likely to be needed no large part. */
export function shareOf({ unit }: Slot, { least, most }: Wanted, left: number): number {
  const likely = Math.min(most, left * largestShare);
  return Math.min(left, Math.max(least, unit === 'usd' ? likely : Math.floor(likely)));
}
