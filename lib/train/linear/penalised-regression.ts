/** Ridge, lasso and elastic net, with the strength of the penalty given or chosen by cross-validation. */
import { setImmediate } from 'node:timers/promises';
import { createRandom, invalidInput, type Matrix, takeRows } from '../../core/index.ts';
import { checkRows } from './check.ts';
import { columnScales, refuseNonFinite, spreadOf } from './columns.ts';
import { descendCoordinates } from './coordinate-descent.ts';
import { type CrossProducts, crossProducts } from './cross-products.ts';
import { solveLeastSquares } from './least-squares.ts';
import { refuseNonFiniteTarget } from './linear-regression.ts';
import type { LinearRegressionModel } from './model.ts';
import { interceptOf, meanSquaredError, mergeProducts } from './moments.ts';
import { shiftedSolver } from './shifted-solver.ts';

/** How a penalised regression is fitted. */
export interface PenalisedRegressionOptions {
  readonly penalty: 'ridge' | 'elastic_net';
  /** Elastic net: the part of l1; 1 is the lasso. */
  readonly l1Ratio?: number;
  /** Strength of the penalty; chosen by five-fold cross-validation when left out. */
  readonly alpha?: number | undefined;
  /** For the choice of the folds. */
  readonly seed: number;
  /** One non-negative weight a row. */
  readonly weights?: Float64Array;
  readonly signal?: AbortSignal;
}

/** A fitted regression and the penalty it has. */
export interface PenalisedRegressionModel extends LinearRegressionModel {
  readonly alpha: number;
}

const folds = 5;
/** Penalties tried: as many, and as far down from the largest that means anything, as `LassoCV` tries. */
const lassoPath = { count: 100, lowest: 1e-3 };
/** Times the mean sum of squares of a column: from next to nothing left of the coefficients to next to no penalty. */
const ridgePath = { count: 49, highest: 1e2, lowest: 1e-6 };

/**
 * Minimises what scikit-learn's `Ridge` minimises, |y - X w|^2 + alpha |w|^2, or its `ElasticNet`,
 * |y - X w|^2 / (2 n) + alpha (l1Ratio |w| + (1 - l1Ratio) |w|^2 / 2). The intercept is not penalised.
 *
 * Without `alpha` the best of a path is taken, judged by the mean squared error over five random folds as `LassoCV`
 * and `RidgeCV` do; with a penalty of both kinds for the target brought to standard deviation 1. All of it is done on
 * cross-products: the rows are read once.
 *
 * @param y target of each row
 * @throws invalid_request for wrong lengths or weights, an alpha that is not positive, and for features or targets
 *   that are not finite
 */
export async function fitPenalisedRegression(
  x: Matrix,
  y: Float64Array,
  options: PenalisedRegressionOptions,
): Promise<PenalisedRegressionModel> {
  const { alpha, weights = new Float64Array(x.rows).fill(1), seed, signal } = options;
  checkRows(x, y, weights);
  refuseNonFinite(x);
  refuseNonFiniteTarget(y);
  if (alpha !== undefined && !(alpha > 0 && Number.isFinite(alpha))) {
    throw invalidInput(`alpha must be a positive number, got ${alpha}; leave it out to have it chosen`);
  }
  const { centre } = columnScales(x);
  if (alpha !== undefined) {
    const products = await crossProducts({ x, y, weights, centre, signal });
    return modelOf(products, alpha, await solveLast(products, [alpha], options));
  }
  if (x.rows < folds) {
    throw invalidInput(`To choose alpha at least ${folds} rows are needed, not ${x.rows}; give "alpha"`);
  }
  const unit = unitOf(y, options);
  const parts: CrossProducts[] = [];
  for (const rows of foldsOf(x.rows, seed)) {
    const part = { y: Float64Array.from(rows, (row) => y[row]! / unit), centre, signal };
    const partWeights = Float64Array.from(rows, (row) => weights[row]!);
    parts.push(await crossProducts({ ...part, x: takeRows(x, rows), weights: partWeights }));
  }
  const products = parts.reduce(mergeProducts);
  const alphas = pathOf(products, options);
  const errors = await crossValidate(parts, alphas, options);
  const best = errors.indexOf(Math.min(...errors));
  const chosen = await solveLast(products, alphas.slice(0, best + 1), options);
  const { coefficients, intercept, ...model } = modelOf(products, alphas[best]!, chosen);
  return { ...model, coefficients: coefficients.map((weight) => weight * unit), intercept: intercept * unit };
}

/**
 * What the target is measured in while alpha is chosen. Of a mixed penalty the part on the squares does not grow with the
 * target's unit as the errors do: for prices in cents no alpha of the path, which follows the other part, would be small
 * enough.
 */
function unitOf(y: Float64Array, { penalty, l1Ratio = 1 }: PenalisedRegressionOptions): number {
  return penalty === 'elastic_net' && l1Ratio < 1 ? spreadOf(y).spread : 1;
}

/** Row numbers of each fold. */
function foldsOf(rows: number, seed: number): readonly Uint32Array[] {
  const order = createRandom(seed)
    .fork('alpha')
    .shuffle(Uint32Array.from({ length: rows }, (_, row) => row));
  return Array.from({ length: folds }, (_, fold) => order.filter((_row, at) => at % folds === fold).sort());
}

/** The penalties tried, the largest first. */
function pathOf(
  { features, target, weight }: CrossProducts,
  { penalty, l1Ratio = 1 }: PenalisedRegressionOptions,
): readonly number[] {
  const { count } = penalty === 'ridge' ? ridgePath : lassoPath;
  let highest: number;
  let lowest: number;
  if (penalty === 'ridge') {
    let squares = 0;
    for (let column = 0; column < target.length; column += 1)
      squares += features[column * (target.length + 1)]!;
    const unit = squares > 0 ? squares / target.length : 1;
    [highest, lowest] = [ridgePath.highest * unit, ridgePath.lowest * unit];
  } else {
    // From here on every coefficient is 0.
    const steepest = target.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
    highest = steepest > 0 ? steepest / (weight * l1Ratio) : 1;
    lowest = highest * lassoPath.lowest;
  }
  const ratio = (lowest / highest) ** (1 / (count - 1));
  return Array.from({ length: count }, (_, step) => highest * ratio ** step);
}

/** Mean over the folds of the squared error of each penalty. */
async function crossValidate(
  parts: readonly CrossProducts[],
  alphas: readonly number[],
  options: PenalisedRegressionOptions,
): Promise<readonly number[]> {
  const errors = alphas.map(() => 0);
  for (const part of parts) {
    const others = parts.filter((other) => other !== part).reduce(mergeProducts);
    for (const [step, coefficients] of (await solvePath(others, alphas, options)).entries()) {
      errors[step]! += meanSquaredError(part, coefficients, interceptOf(coefficients, others)) / parts.length;
    }
  }
  return errors;
}

/** Coefficients for each penalty; gives way to the event loop, as there may be thousands of columns. */
async function solvePath(
  products: CrossProducts,
  alphas: readonly number[],
  { penalty, l1Ratio = 1, signal }: PenalisedRegressionOptions,
): Promise<readonly Float64Array[]> {
  if (penalty === 'ridge') return alphas.map(await shiftedSolver(products.features, products.target, signal));
  const path: Float64Array[] = [];
  for (const alpha of alphas) {
    await setImmediate();
    signal?.throwIfAborted();
    // Begins where the one before has ended.
    const start = path.at(-1) ?? new Float64Array(products.target.length);
    path.push(descendCoordinates(products, { alpha, l1Ratio }, start));
  }
  return path;
}

/** Coefficients for the last of the penalties. */
async function solveLast(
  products: CrossProducts,
  alphas: readonly number[],
  options: PenalisedRegressionOptions,
): Promise<Float64Array> {
  if (options.penalty === 'elastic_net') return (await solvePath(products, alphas, options)).at(-1)!;
  return solveLeastSquares(withRidge(products, alphas.at(-1)!), products.target);
}

function withRidge({ features, target }: CrossProducts, alpha: number): Float64Array {
  const matrix = features.slice();
  for (let column = 0; column < target.length; column += 1) matrix[column * (target.length + 1)]! += alpha;
  return matrix;
}

function modelOf(
  products: CrossProducts,
  alpha: number,
  coefficients: Float64Array,
): PenalisedRegressionModel {
  return { task: 'regression', alpha, coefficients, intercept: interceptOf(coefficients, products) };
}
