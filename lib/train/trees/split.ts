/** Finds the best split of a node by one column from its histogram. */
import { type Bins, MISSING_BIN } from './bins.ts';
import type { Packing, PairTotals } from './packing.ts';

/** A split: rows of value bins up to `bin` go left; missing ones where `missingLeft` says. */
export interface Split {
  readonly column: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  /** How much the split lowers twice the loss (or the weighted impurity), in units of the target. */
  readonly gain: number;
}

/** What a split must respect, and how histograms are to be read. */
export interface SplitRules {
  readonly packing: Packing;
  readonly l2: number;
  readonly minSamplesLeaf: number;
  /** Smallest sum of hessians (weights) of a child. */
  readonly minHessian: number;
  /** A split must gain more than this; -Infinity takes any split that is allowed. */
  readonly minGain: number;
}

/** A split by one column, with what would go left. */
export interface PairSplit extends Split {
  readonly left: PairTotals;
}

/** Keeps 0/0 out of the gain; the same number as in scikit-learn. */
const TINY = 1e-15;

/**
 * Best split of one column by the second-order gain `Gl²/(Hl+λ) + Gr²/(Hr+λ) - G²/(H+λ)` (Chen and Guestrin
 * 2016, eq. 7, without the factor of one half), which for unit hessians is the decrease in squared error.
 * Missing values are tried on both sides; if the node has none, they will follow the larger child.
 *
 * @param histogram pairs of one column, see `histogram.ts`
 */
export function bestPairSplit(
  histogram: Float64Array,
  { bins, column, totals }: { bins: Bins; column: number; totals: PairTotals },
  rules: SplitRules,
): PairSplit | null {
  const valueBins = bins.thresholdCounts[column]! + 1;
  const missing = { gradient: histogram[2 * MISSING_BIN]!, packed: histogram[2 * MISSING_BIN + 1]! };
  if (missing.packed === 0) {
    const best = scan(histogram, { from: NOTHING, totals, end: valueBins - 1 }, rules);
    if (best === null) return null;
    return {
      ...best,
      column,
      missingLeft:
        2 * Math.floor(best.left.packed * rules.packing.inverseUnit) >
        Math.floor(totals.packed * rules.packing.inverseUnit),
    };
  }
  const right = scan(histogram, { from: NOTHING, totals, end: valueBins }, rules);
  const left = scan(histogram, { from: missing, totals, end: valueBins - 1 }, rules);
  if (left !== null && (right === null || left.gain > right.gain))
    return { ...left, column, missingLeft: true };
  return right === null ? null : { ...right, column, missingLeft: false };
}

const NOTHING: PairTotals = { gradient: 0, packed: 0 };

/** Tries the splits after bins 0 to `end - 1`, starting with the `from` sums on the left. */
function scan(
  histogram: Float64Array,
  { from, totals, end }: { from: PairTotals; totals: PairTotals; end: number },
  { packing, l2, minSamplesLeaf, minHessian, minGain }: SplitRules,
): Omit<PairSplit, 'column' | 'missingLeft'> | null {
  const { unit, inverseUnit } = packing;
  const perWeight = 1 / packing.weightScale;
  const perGradient = 1 / packing.gradientScale;
  const rows = Math.floor(totals.packed * inverseUnit);
  const hessian = (totals.packed - rows * unit) * perWeight;
  const parent = (totals.gradient * perGradient) ** 2 / (hessian + l2 + TINY);
  let gradientLeft = from.gradient;
  let packedLeft = from.packed;
  let bestScore = parent + minGain;
  let bestBin = -1;
  let bestGradient = 0;
  let bestPacked = 0;
  for (let bin = 0; bin < end; bin += 1) {
    const packed = histogram[2 * bin + 1]!;
    // Without rows in the bin the split would be the one just tried.
    if (packed === 0) continue;
    gradientLeft += histogram[2 * bin]!;
    packedLeft += packed;
    const rowsLeft = Math.floor(packedLeft * inverseUnit);
    if (rowsLeft < minSamplesLeaf) continue;
    if (rows - rowsLeft < minSamplesLeaf) break;
    const hessianLeft = (packedLeft - rowsLeft * unit) * perWeight;
    const hessianRight = hessian - hessianLeft;
    if (hessianLeft < minHessian) continue;
    if (hessianRight < minHessian) break;
    const left = gradientLeft * perGradient;
    const right = (totals.gradient - gradientLeft) * perGradient;
    const score = (left * left) / (hessianLeft + l2 + TINY) + (right * right) / (hessianRight + l2 + TINY);
    if (score > bestScore) {
      bestScore = score;
      bestBin = bin;
      bestGradient = gradientLeft;
      bestPacked = packedLeft;
    }
  }
  if (bestBin < 0) return null;
  return { bin: bestBin, gain: bestScore - parent, left: { gradient: bestGradient, packed: bestPacked } };
}
