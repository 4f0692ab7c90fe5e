/**
 * Row statistics as whole numbers in float64. Sums of whole numbers below 2^53 are exact, so a histogram
 * is the same in whatever order and by however many threads it is added up, and subtracting one from another
 * leaves no rounding error. One float64 holds a row count (upper bits) and a weight (lower bits). The mean
 * weight keeps 18 bits for 100,000 rows and 12 for a million; beyond some four million rows it gets coarse.
 */

/** How counts, weights and signed gradients are scaled to whole numbers. */
export interface Packing {
  /** What one row adds to a packed sum; every sum of weights stays below it. */
  readonly unit: number;
  readonly inverseUnit: number;
  /** Whole numbers a unit of weight (or of the hessian); a power of two. */
  readonly weightScale: number;
  /** Whole numbers a unit of gradient; a power of two. */
  readonly gradientScale: number;
}

/** Chosen so that no sum over a subset of the rows leaves the exact range. */
export function choosePacking(
  rows: number,
  { weightSum, gradientSum }: { weightSum: number; gradientSum: number },
): Packing {
  const unit = 2 ** (52 - Math.ceil(Math.log2(rows + 1)));
  // Rounding adds at most one half a row; eight more are room for the rounding of the sums themselves.
  const slack = rows + 8;
  return {
    unit,
    inverseUnit: 1 / unit,
    weightScale: scaleFor(weightSum, unit - slack),
    gradientScale: scaleFor(gradientSum, 2 ** 52 - slack),
  };
}

/** The largest power of two that keeps `sum` below `limit`; powers of two keep small whole numbers whole. */
function scaleFor(sum: number, limit: number): number {
  return sum > 0 ? 2 ** Math.min(900, Math.floor(Math.log2(limit / sum))) : 1;
}

/** One row and its weight in one number. */
export const packRow = (weight: number, { unit, weightScale }: Packing): number =>
  unit + Math.floor(weight * weightScale + 0.5);

/** Sums over the rows of a node, as they stand in histograms. */
export interface PairTotals {
  readonly gradient: number;
  readonly packed: number;
}

/** The sums in their own units: rows, weight (or hessian) and gradient. */
export function unpack(
  { gradient, packed }: PairTotals,
  { unit, inverseUnit, weightScale, gradientScale }: Packing,
): { rows: number; weight: number; gradient: number } {
  const rows = Math.floor(packed * inverseUnit);
  return { rows, weight: (packed - rows * unit) / weightScale, gradient: gradient / gradientScale };
}
