/** Linear regression by exact least squares. */
import { invalidInput, type Matrix } from '../../core/index.ts';
import { checkRows } from './check.ts';
import { columnScales, refuseNonFinite } from './columns.ts';
import { crossProducts } from './cross-products.ts';
import { descendGradient, type GradientDescentOptions } from './gradient-descent.ts';
import { solveLeastSquares } from './least-squares.ts';
import type { LinearRegressionModel } from './model.ts';
import { interceptOf } from './moments.ts';

/** How a linear regression is fitted. */
export interface LinearRegressionOptions {
  /** One non-negative weight a row. */
  readonly weights?: Float64Array;
  readonly signal?: AbortSignal;
  /** Goes to the same answer in steps, instead of solving the normal equations. */
  readonly descent?: GradientDescentOptions;
}

/**
 * Minimises the (weighted) sum of squared errors, in float64.
 *
 * Where columns depend on each other, as one-hot columns do, the coefficients are the shortest of the many that fit
 * equally well: the answer of scikit-learn's `LinearRegression`. Constant columns get 0.
 *
 * @param y target of each row
 * @throws invalid_request for wrong lengths or weights, and for features or targets that are not finite
 */
export async function fitLinearRegression(
  x: Matrix,
  y: ArrayLike<number>,
  { weights, signal, descent }: LinearRegressionOptions = {},
): Promise<LinearRegressionModel> {
  checkRows(x, y, weights);
  refuseNonFinite(x);
  refuseNonFiniteTarget(y);
  const products = await crossProducts({
    x,
    y,
    weights: weights ?? new Float64Array(x.rows).fill(1),
    centre: columnScales(x).centre,
    signal,
  });
  const coefficients = descent
    ? await descendGradient(products, { ...descent, signal })
    : solveLeastSquares(products.features, products.target);
  return { task: 'regression', coefficients, intercept: interceptOf(coefficients, products) };
}

/**
 * Refuses a target that is not finite.
 *
 * @throws invalid_request naming the first row
 */
export function refuseNonFiniteTarget(y: ArrayLike<number>): void {
  for (let row = 0; row < y.length; row += 1) {
    if (!Number.isFinite(y[row])) {
      throw invalidInput(`The target of row ${row} is ${y[row]}; leave out rows without a finite target`);
    }
  }
}
