/** Finds the best way to part the categories of a column into two sets. */
import { type Bins, MISSING_BIN } from './bins.ts';
import { codeSet } from './code-sets.ts';
import { type PairTotals, unpack } from './packing.ts';
import { NOTHING, type SplitRules, scanBins, type ValueBounds } from './scan-bins.ts';

/** A split of a column of categories. */
export interface CategorySplit {
  /** Bins that go left. */
  readonly set: Uint32Array;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly left: PairTotals;
}

/** Rows that a category must have to be sorted, and that are added to its own; the same number as in scikit-learn. */
const SUPPORT = 10;
const ROUNDING = 1e-6;

/**
 * Best split of a node's categories by the gain of `bestPairSplit`. Sorted by the ratio of gradient to hessian, the best
 * two sets are neighbours in that order (Fisher 1958, "On grouping for maximum homogeneity"), so that one pass from
 * either end finds them. As in scikit-learn, categories of too few rows to be sorted go right, with at least half of
 * the others; missing values are one more category, and where the column has none they will follow the larger child.
 *
 * @param histogram pairs of the column, a bin a category
 */
export function bestCategorySplit(
  histogram: Float64Array,
  {
    bins,
    column,
    ...node
  }: {
    readonly bins: Bins;
    readonly column: number;
    readonly totals: PairTotals;
    readonly bounds: ValueBounds;
  },
  rules: SplitRules,
): CategorySplit | null {
  const order = sortedCategories(histogram, { lastBin: bins.thresholdCounts[column]!, ...node }, rules);
  const reverse = order.toReversed();
  const middle = (order.length + 1) >> 1;
  const scan = (from: readonly number[], end: number): ReturnType<typeof scanBins> =>
    scanBins(inOrder(histogram, from), { ...node, from: NOTHING, begin: 0, end, sign: 0 }, rules);
  const low = order.length > 1 ? scan(order, middle) : null;
  const high = order.length > 1 ? scan(reverse, middle - 1) : null;
  const isHigh = high !== null && (low === null || high.gain > low.gain);
  const best = isHigh ? high : low;
  if (best === null) return null;
  const left = (isHigh ? reverse : order).slice(0, best.bin + 1);
  const rowsOf = ({ packed }: PairTotals): number => Math.floor(packed * rules.packing.inverseUnit);
  return {
    set: codeSet(left.filter((bin) => bin !== MISSING_BIN)),
    missingLeft:
      bins.hasMissing[column] === 0
        ? 2 * rowsOf(best.left) > rowsOf(node.totals)
        : left.includes(MISSING_BIN),
    gain: best.gain,
    left: best.left,
  };
}

/** The bins with enough rows, by rising ratio of gradient to hessian. */
function sortedCategories(
  histogram: Float64Array,
  { totals, lastBin }: { readonly totals: PairTotals; readonly lastBin: number },
  { packing }: SplitRules,
): readonly number[] {
  const all = unpack(totals, packing);
  const ratios = new Map<number, number>();
  const weigh = (bin: number): void => {
    const packed = histogram[2 * bin + 1]!;
    if (packed === 0) return;
    const { weight, gradient } = unpack({ gradient: histogram[2 * bin]!, packed }, packing);
    // Where all rows weigh the same, ten of them are ten, whatever was rounded.
    if (weight * (all.rows / all.weight) >= SUPPORT - ROUNDING)
      ratios.set(bin, gradient / (weight + SUPPORT));
  };
  for (let bin = 0; bin <= lastBin; bin += 1) weigh(bin);
  weigh(MISSING_BIN);
  return [...ratios.keys()].sort((one, other) => ratios.get(one)! - ratios.get(other)! || one - other);
}

/** The pairs of some bins, one after the other. */
function inOrder(histogram: Float64Array, order: readonly number[]): Float64Array {
  const pairs = new Float64Array(2 * order.length);
  for (const [place, bin] of order.entries()) {
    pairs[2 * place] = histogram[2 * bin]!;
    pairs[2 * place + 1] = histogram[2 * bin + 1]!;
  }
  return pairs;
}
