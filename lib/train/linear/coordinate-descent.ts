/** Elastic net by coordinate descent on cross-products: the rows are read once, whatever the penalty. */
import type { CrossProducts } from './cross-products.ts';

/** The penalties of scikit-learn's `ElasticNet`: alpha l1Ratio |w| + alpha (1 - l1Ratio) |w|^2 / 2. */
export interface ElasticNetPenalty {
  readonly alpha: number;
  /** 1 is the lasso. */
  readonly l1Ratio: number;
}

/** Sweeps over the columns at most; a duality gap that is still open then is as good as rounding allows. */
const maxSweeps = 5000;
/** Part of the target's sum of squares below which the duality gap counts as closed. */
const gapTolerance = 1e-10;
/** Sweeps between two looks at the duality gap, which costs as much as a sweep. */
const sweepsPerCheck = 5;

/**
 * Minimises |y - X w|^2 / (2 n) plus the penalties (Friedman, Hastie and Tibshirani 2010, covariance updates).
 *
 * @param start coefficients to begin from, such as those for a slightly larger alpha
 * @returns coefficients, one a column; 0 for constant columns
 */
export function descendCoordinates(
  products: CrossProducts,
  { alpha, l1Ratio }: ElasticNetPenalty,
  start: Float64Array,
): Float64Array {
  const { features, target, weight } = products;
  const size = target.length;
  const l1 = alpha * l1Ratio * weight;
  const l2 = alpha * (1 - l1Ratio) * weight;
  const coefficients = start.slice();
  const slopes = target.slice();
  const move = (column: number, by: number): void => {
    for (let other = 0; other < size; other += 1) slopes[other]! -= by * features[column * size + other]!;
  };
  for (let column = 0; column < size; column += 1) {
    if (coefficients[column] !== 0) move(column, coefficients[column]!);
  }
  for (let sweep = 1; sweep <= maxSweeps; sweep += 1) {
    for (let column = 0; column < size; column += 1) {
      const curvature = features[column * size + column]!;
      if (curvature === 0) continue;
      const old = coefficients[column]!;
      const next = shrink(slopes[column]! + curvature * old, l1) / (curvature + l2);
      if (next === old) continue;
      coefficients[column] = next;
      move(column, next - old);
    }
    if (sweep % sweepsPerCheck > 0) continue;
    if (dualityGap(products, { coefficients, slopes, l1, l2 }) <= gapTolerance * products.targetSquares)
      break;
  }
  return coefficients;
}

/** The soft threshold: towards 0 by `by`, and not beyond. */
export function shrink(value: number, by: number): number {
  return Math.sign(value) * Math.max(0, Math.abs(value) - by);
}

interface Point {
  readonly coefficients: Float64Array;
  /** X' (y - X w). */
  readonly slopes: Float64Array;
  readonly l1: number;
  readonly l2: number;
}

/** How far the objective (times n) is above its minimum at most, from a feasible point of the dual problem. */
function dualityGap(
  { target, targetSquares }: CrossProducts,
  { coefficients, slopes, l1, l2 }: Point,
): number {
  let [fitted, remaining, sizes, squares, steepest] = [0, 0, 0, 0, 0];
  for (let column = 0; column < target.length; column += 1) {
    const coefficient = coefficients[column]!;
    fitted += coefficient * target[column]!;
    remaining += coefficient * slopes[column]!;
    sizes += Math.abs(coefficient);
    squares += coefficient * coefficient;
    steepest = Math.max(steepest, Math.abs(slopes[column]! - l2 * coefficient));
  }
  const residualSquares = targetSquares - fitted - remaining;
  const scale = steepest > l1 ? l1 / steepest : 1;
  const primal = residualSquares / 2 + l1 * sizes + (l2 * squares) / 2;
  const dual =
    scale * (targetSquares - fitted) -
    (scale * scale * residualSquares) / 2 -
    (scale * scale * l2 * squares) / 2;
  return primal - dual;
}
