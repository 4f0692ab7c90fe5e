/** Finds the best split of a node by one column from its histogram. */
import { type Bins, MISSING_BIN } from './bins.ts';
import { bestCategorySplit } from './category-split.ts';
import { type PairTotals, unpack } from './packing.ts';
import {
  boundedChild,
  NOTHING,
  type SplitRules,
  scanBins,
  UNBOUNDED,
  type ValueBounds,
} from './scan-bins.ts';

/** A split: rows of value bins up to `bin` (or of a set) go left; missing ones where `missingLeft` says. */
export interface Split {
  readonly column: number;
  readonly bin: number;
  /** The bins that go left, see `code-sets.ts`, where the column holds categories; it stands in for `bin`. */
  readonly set?: Uint32Array;
  readonly missingLeft: boolean;
  /** How much the split lowers twice the loss (or the weighted impurity), in units of the target. */
  readonly gain: number;
}

/** The node that is split, by one of its columns. */
interface SplitPlace {
  readonly bins: Bins;
  readonly column: number;
  readonly totals: PairTotals;
  /** Only with rules on how the answer may change. */
  readonly bounds?: ValueBounds;
  /** Only this bin is tried; all when there is none. */
  readonly only?: number | null;
}

/** A split by one column, with what would go left. */
export interface PairSplit extends Split {
  readonly left: PairTotals;
}

/**
 * Best split of one column by the second-order gain `Gl²/(Hl+λ) + Gr²/(Hr+λ) - G²/(H+λ)` (Chen and Guestrin
 * 2016, eq. 7, without the factor of one half), which for unit hessians is the decrease in squared error.
 * Missing values are tried on both sides; if the node has none, they will follow the larger child.
 *
 * @param histogram pairs of one column, see `histogram.ts`
 */
export function bestPairSplit(
  histogram: Float64Array,
  { bins, column, totals, bounds = UNBOUNDED, only }: SplitPlace,
  rules: SplitRules,
): PairSplit | null {
  if (bins.isCategory[column] === 1) {
    const best = bestCategorySplit(histogram, { bins, column, totals, bounds }, rules);
    return best && { ...best, column, bin: 0 };
  }
  const sign = rules.monotone?.[column] ?? 0;
  const node = { totals, bounds, sign, begin: only ?? 0 };
  const valueBins = bins.thresholdCounts[column]! + 1;
  const missing = { gradient: histogram[2 * MISSING_BIN]!, packed: histogram[2 * MISSING_BIN + 1]! };
  if (missing.packed === 0) {
    const best = scanBins(histogram, { ...node, from: NOTHING, end: endAt(valueBins - 1, only) }, rules);
    if (best === null) return null;
    return {
      ...best,
      column,
      missingLeft:
        2 * Math.floor(best.left.packed * rules.packing.inverseUnit) >
        Math.floor(totals.packed * rules.packing.inverseUnit),
    };
  }
  const right = scanBins(histogram, { ...node, from: NOTHING, end: endAt(valueBins, only) }, rules);
  const left = scanBins(histogram, { ...node, from: missing, end: endAt(valueBins - 1, only) }, rules);
  if (left !== null && (right === null || left.gain > right.gain))
    return { ...left, column, missingLeft: true };
  return right === null ? null : { ...right, column, missingLeft: false };
}

const endAt = (end: number, only: number | null | undefined): number =>
  only == null ? end : Math.min(end, only + 1);

/**
 * The bounds of a split's two children: by a column with a sign, neither may pass the middle between their values.
 *
 * @param node sums and bounds of the node that was split
 */
export function childBounds(
  { column, left }: PairSplit,
  { totals, bounds }: { readonly totals: PairTotals; readonly bounds: ValueBounds },
  { monotone, packing, l2 }: SplitRules,
): readonly [ValueBounds, ValueBounds] {
  const sign = monotone?.[column] ?? 0;
  if (sign === 0) return [bounds, bounds];
  const right = { gradient: totals.gradient - left.gradient, packed: totals.packed - left.packed };
  const value = (sums: PairTotals): number => boundedChild(unpack(sums, packing), l2, bounds).value;
  const middle = (value(left) + value(right)) / 2;
  const below = { ...bounds, high: middle };
  const above = { ...bounds, low: middle };
  return sign > 0 ? [below, above] : [above, below];
}
