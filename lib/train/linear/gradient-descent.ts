/** Least squares by gradient descent: the same answer as the normal equations, step by step. */
import { setImmediate } from 'node:timers/promises';
import { invalidInput } from '../../core/index.ts';
import type { CrossProducts } from './cross-products.ts';
import { timesProducts } from './moments.ts';

/** How far and how long the descent goes. */
export interface GradientDescentOptions {
  /** The step is this times the gradient; the inverse of the largest curvature when left out. */
  readonly learningRate?: number | undefined;
  readonly iterations?: number | undefined;
  /** Ends when the gradient is this part of its first length. */
  readonly tolerance?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Enough for columns that are alike to one part in a hundred. */
const defaultIterations = 1_000_000;
const defaultTolerance = 1e-12;
/** Steps between two chances for others to work. */
const stepsPerTurn = 2000;
const powerSteps = 100;

/**
 * Full-batch gradient descent on half the mean squared error, (1/2n) |y - X w|^2, from w = 0.
 *
 * The gradient, (X'X w - X'y) / n, is taken from the cross-products about the means: exactly the gradient over all rows,
 * at the price of one multiplication by a matrix of the columns. About the means the intercept does not depend on w.
 *
 * @returns coefficients, one a column; where columns depend on each other the shortest, as the start is 0
 * @throws invalid_request `learning_rate_too_large` when the steps grow instead of shrinking
 */
export async function descendGradient(
  products: CrossProducts,
  options: GradientDescentOptions = {},
): Promise<Float64Array> {
  const { iterations = defaultIterations, tolerance = defaultTolerance, signal } = options;
  const { target, weight } = products;
  const curvature = largestCurvature(products);
  const coefficients = new Float64Array(target.length);
  if (curvature === 0) return coefficients;
  const rate = options.learningRate ?? 1 / curvature;
  if (rate * curvature >= 2) {
    throw invalidInput(
      `"learning_rate" ${rate} is too large for these data: the descent would grow without end. Use less than ${Number((2 / curvature).toPrecision(2))}, or leave it out.`,
      { code: 'learning_rate_too_large', param: 'parameters.learning_rate' },
    );
  }
  const goal = tolerance * lengthOf(target);
  for (let step = 0; step < iterations; step += 1) {
    if (step % stepsPerTurn === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
    const gradient = timesProducts(products, coefficients);
    for (let at = 0; at < gradient.length; at += 1) gradient[at]! -= target[at]!;
    if (lengthOf(gradient) <= goal) break;
    for (let at = 0; at < gradient.length; at += 1) coefficients[at]! -= (rate * gradient[at]!) / weight;
  }
  return coefficients;
}

/** The largest eigenvalue of X'X / n, by the power method. */
function largestCurvature(products: CrossProducts): number {
  const { target, weight } = products;
  // A start that no regular pattern of columns is orthogonal to.
  let vector: Float64Array = target.map((_, column) => 1 + Math.sin(column + 1) / 2);
  let largest = 0;
  for (let step = 0; step < powerSteps; step += 1) {
    const length = lengthOf(vector);
    if (length === 0) return 0;
    vector = timesProducts(
      products,
      vector.map((value) => value / length),
    );
    largest = lengthOf(vector) / weight;
  }
  return largest;
}

const lengthOf = (vector: Float64Array): number =>
  Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
