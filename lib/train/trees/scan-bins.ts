/** Tries the splits between the bins of a histogram, one after the other. */
import { type Packing, type PairTotals, unpack } from './packing.ts';

/** What a split must respect, and how histograms are to be read. */
export interface SplitRules {
  readonly packing: Packing;
  readonly l2: number;
  readonly minSamplesLeaf: number;
  /** Smallest sum of hessians (weights) of a child. */
  readonly minHessian: number;
  /** A split must gain more than this; -Infinity takes any split that is allowed. */
  readonly minGain: number;
  /** A sign a column: how the answer may change as the column rises. */
  readonly monotone: Int8Array | null;
}

/** Between what the value of a leaf must lie, so that no rule of its ancestors is broken. */
export interface ValueBounds {
  readonly low: number;
  readonly high: number;
}

export const UNBOUNDED: ValueBounds = { low: -Infinity, high: Infinity };

/** Keeps 0/0 out of the gain; the same number as in scikit-learn. */
const TINY = 1e-15;

export const NOTHING: PairTotals = { gradient: 0, packed: 0 };

/** What a scan over the bins of a column starts from. */
export interface Scan {
  /** Sums that go left whatever the split. */
  readonly from: PairTotals;
  readonly totals: PairTotals;
  /** Splits after these bins, up to `end - 1`, are tried; those before only go left. */
  readonly begin: number;
  readonly end: number;
  readonly bounds: ValueBounds;
  readonly sign: number;
}

/** The best of the splits that were tried: bins up to `bin` go left. */
export interface FoundSplit {
  readonly bin: number;
  /** How much the split lowers twice the loss, in units of the target. */
  readonly gain: number;
  readonly left: PairTotals;
}

/**
 * Tries the splits of a histogram, in the order of its bins.
 *
 * @param histogram pairs by bin, see `histogram.ts`
 */
export function scanBins(histogram: Float64Array, scan: Scan, rules: SplitRules): FoundSplit | null {
  return rules.monotone ? scanBounded(histogram, scan, rules) : scanFree(histogram, scan, rules);
}

/** Tries the splits without a look at the values the children would have. */
function scanFree(
  histogram: Float64Array,
  { from, totals, begin, end }: Scan,
  { packing, l2, minSamplesLeaf, minHessian, minGain }: SplitRules,
): FoundSplit | null {
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
    if (packed === 0 && bin !== begin) continue;
    gradientLeft += histogram[2 * bin]!;
    packedLeft += packed;
    if (bin < begin) continue;
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

/**
 * Tries the splits whose children keep to the bounds and to the column's sign. A child's value v is the Newton step
 * within the bounds and counts for `-G v`, as in scikit-learn; without bounds the gain is the same as above.
 */
function scanBounded(
  histogram: Float64Array,
  { from, totals, begin, end, bounds, sign }: Scan,
  { packing, l2, minSamplesLeaf, minHessian, minGain }: SplitRules,
): FoundSplit | null {
  const parent = boundedChild(unpack(totals, packing), l2, bounds);
  const all = unpack(totals, packing);
  let gradient = from.gradient;
  let packed = from.packed;
  let best: FoundSplit | null = null;
  for (let bin = 0; bin < end; bin += 1) {
    gradient += histogram[2 * bin]!;
    packed += histogram[2 * bin + 1]!;
    if (bin < begin) continue;
    const left = unpack({ gradient, packed }, packing);
    const right = {
      rows: all.rows - left.rows,
      weight: all.weight - left.weight,
      gradient: all.gradient - left.gradient,
    };
    if (left.rows < minSamplesLeaf || left.weight < minHessian) continue;
    if (right.rows < minSamplesLeaf || right.weight < minHessian) break;
    const [low, high] = [boundedChild(left, l2, bounds), boundedChild(right, l2, bounds)];
    if (sign * (high.value - low.value) < 0) continue;
    const gain = low.saved + high.saved - parent.saved;
    if (gain > (best?.gain ?? minGain)) best = { bin, gain, left: { gradient, packed } };
  }
  return best;
}

interface ChildSums {
  readonly weight: number;
  readonly gradient: number;
}

/** The value a node may take, and what it counts for in a gain. */
export function boundedChild(
  { weight, gradient }: ChildSums,
  l2: number,
  { low, high }: ValueBounds,
): { readonly value: number; readonly saved: number } {
  const hessian = weight + l2 + TINY;
  const value = Math.min(high, Math.max(low, -gradient / hessian));
  return { value, saved: -gradient * value };
}
