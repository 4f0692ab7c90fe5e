/** Linear support vector machines for classes and for numbers. */
import { type Matrix, takeRows } from '../../core/index.ts';
import { refuseNonFinite, spreadOf } from '../linear/index.ts';
import { crossFit } from './cross-fit.ts';
import { type DualDescentOptions, descendDual } from './dual-descent.ts';
import { fitSigmoid } from './platt.ts';
import { solvePrimal } from './primal-newton.ts';
import type { LabelledRows, Plane } from './types.ts';

/** How a linear machine is fitted. */
export interface LinearSvmOptions {
  readonly C: number;
  /** Errors count by their square instead of their size. */
  readonly squared: boolean;
  readonly maxSweeps: number;
  readonly tolerance: number;
  readonly seed: number;
  readonly weights?: Float64Array;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

/** The log-odds of one class against the others, or a value: features . coefficients + intercept. */
export interface LinearScore {
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/** Log-odds that stand for a class without rows. */
const hopeless = -20;

/**
 * One machine for two classes, or one for each of more classes against the rest, with Platt's sigmoid on cross-fitted
 * decisions: what is given are the calibrated log-odds.
 *
 * @param labels class number of each row
 * @returns two classes: the log-odds of class 1; more: those of each class
 */
export async function fitLinearClassifier(
  x: Matrix,
  labels: Int32Array,
  classes: number,
  options: LinearSvmOptions,
): Promise<readonly LinearScore[]> {
  refuseNonFinite(x, 'A support vector machine');
  const positives = classes === 2 ? [1] : Array.from({ length: classes }, (_, label) => label);
  const scores: LinearScore[] = [];
  for (const [at, positive] of positives.entries()) {
    const signs = Float64Array.from(labels, (label) => (label === positive ? 1 : -1));
    scores.push(await fitOne({ x, signs, weights: options.weights }, options));
    options.onProgress?.((at + 1) / positives.length);
  }
  return scores;
}

async function fitOne(rows: LabelledRows, options: LinearSvmOptions): Promise<LinearScore> {
  const { x, signs, weights } = rows;
  if (signs.every((sign) => sign === signs[0])) {
    return { coefficients: new Float64Array(x.columns), intercept: signs[0]! < 0 ? hopeless : -hopeless };
  }
  const plane = await fitClasses(rows, options);
  const decisions = await crossFit(signs, options.seed, async (train, test) =>
    decide(takeRows(x, test), await fitClasses(takeLabelled(rows, train), options)),
  );
  const { slope, offset } = fitSigmoid(
    decisions,
    Uint8Array.from(signs, (sign) => Number(sign > 0)),
    weights,
  );
  const logOdds = plane.map((weight) => -slope * weight);
  return { coefficients: logOdds.slice(0, -1), intercept: logOdds.at(-1)! - offset };
}

const takeLabelled = ({ x, signs, weights }: LabelledRows, rows: Uint32Array): LabelledRows => ({
  x: takeRows(x, rows),
  signs: Float64Array.from(rows, (row) => signs[row]!),
  weights: weights && Float64Array.from(rows, (row) => weights[row]!),
});

const fitClasses = ({ x, signs, weights }: LabelledRows, options: LinearSvmOptions): Promise<Plane> =>
  fitPlane(x, signs, { ...options, weights, epsilon: 0, kind: 'classes' });

/** Newton's steps grow with the square of the columns, the dual's sweeps get many where there are more rows than columns. */
const mostNewtonColumns = 300;

const fitPlane = (x: Matrix, y: Float64Array, options: DualDescentOptions): Promise<Plane> =>
  x.columns <= mostNewtonColumns ? solvePrimal(x, y, options) : descendDual(x, y, options);

/** Decision values of rows. */
function decide({ rows, columns, data }: Matrix, plane: Plane): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = plane[columns]!;
    for (let column = 0; column < columns; column += 1) sum += plane[column]! * data[row * columns + column]!;
    return sum;
  });
}

/**
 * Support vector regression. The target is standardised first, so that C and epsilon do not depend on its unit.
 *
 * @param epsilon errors below this do not count, in standard deviations of the target
 */
export async function fitLinearRegressor(
  x: Matrix,
  values: Float64Array,
  epsilon: number,
  options: LinearSvmOptions,
): Promise<LinearScore> {
  refuseNonFinite(x, 'A support vector machine');
  const { mean, spread } = spreadOf(values);
  const settings: DualDescentOptions = { ...options, epsilon, kind: 'values' };
  const plane = await fitPlane(
    x,
    values.map((value) => (value - mean) / spread),
    settings,
  );
  return {
    coefficients: plane.slice(0, -1).map((weight) => weight * spread),
    intercept: plane.at(-1)! * spread + mean,
  };
}
