/** Splits in shared memory, where the members of a team tell each other of the best they found. */
import { SET_WORDS } from './code-sets.ts';
import type { PairSplit } from './split.ts';

const SET = 7;
/** float64 places a split takes. */
export const SPLIT_FIELDS = SET + SET_WORDS;

/** Writes a split, or that there is none, as number `place`. */
export function writeSplit(splits: Float64Array, place: number, split: PairSplit | null): void {
  const from = place * SPLIT_FIELDS;
  if (split === null) {
    splits[from] = -1;
    return;
  }
  const { column, bin, set, missingLeft, gain, left } = split;
  splits.set([column, bin, Number(missingLeft), gain, left.gradient, left.packed, set ? 1 : 0], from);
  if (set) splits.set(set, from + SET);
}

/** The split that was written as number `place`. */
export function readSplit(splits: Float64Array, place: number): PairSplit | null {
  const from = place * SPLIT_FIELDS;
  if (splits[from] === -1) return null;
  const hasSet = splits[from + SET - 1] === 1;
  return {
    column: splits[from]!,
    bin: splits[from + 1]!,
    ...(hasSet && { set: Uint32Array.from(splits.subarray(from + SET, from + SPLIT_FIELDS)) }),
    missingLeft: splits[from + 2] === 1,
    gain: splits[from + 3]!,
    left: { gradient: splits[from + 4]!, packed: splits[from + 5]! },
  };
}
