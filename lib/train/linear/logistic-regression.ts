/** Logistic regression, penalised or not, for two classes or more. */
import { type Minimum, minimize, type Objective } from '../../autodiff/index.ts';
import { invalidInput, type Matrix } from '../../core/index.ts';
import { checkRows } from './check.ts';
import { type ColumnScales, columnScales, refuseNonFinite } from './columns.ts';
import { createLogisticLoss, type LogisticData } from './logistic-loss.ts';
import type { LogisticRegressionModel } from './model.ts';
import { minimizeWithL1 } from './proximal.ts';

/** How a logistic regression is fitted. */
export interface LogisticRegressionOptions {
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Inverse strength of the penalty, as in scikit-learn: minimises C * sum(loss) + penalty. */
  readonly C?: number;
  /** The part of l1 in the penalty l1Ratio |w| + (1 - l1Ratio) |w|^2 / 2: 0 (as if left out) is l2, 1 is l1; `null` is no penalty. */
  readonly l1Ratio?: number | null | undefined;
  /** One non-negative weight a row. */
  readonly weights?: Float64Array;
  readonly maxIterations?: number;
  /** Largest component of the mean loss's gradient, for columns of spread 1, at which the search stops. */
  readonly tolerance?: number;
  readonly signal?: AbortSignal;
  /** Called after each iteration with the part of the way that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** The loss is computed in float32 with float64 sums: finer gradients than this are noise. */
const finestTolerance = 1e-7;
/** Two float32 epsilons; with few rows their rounding errors do not average out. */
const lossError = 2 ** -22;

/**
 * Fits by L-BFGS, or by proximal gradient steps where the penalty has a part of l1; the same optimum as scikit-learn's
 * `LogisticRegression`. The intercept is not penalised.
 *
 * The search runs on a float32 copy of the features, centred and of spread near 1, which on raw data needs many
 * times fewer iterations; the penalty stays that of the coefficients on the given features. A class without rows is
 * allowed (a fold may miss a rare one) and gets next to no probability.
 *
 * @param y class number of each row, in [0, classes)
 * @throws invalid_request for wrong lengths, labels, weights, or features that are not finite
 */
export async function fitLogisticRegression(
  x: Matrix,
  y: ArrayLike<number>,
  options: LogisticRegressionOptions,
): Promise<LogisticRegressionModel> {
  const { classes, C = 1, l1Ratio = 0, weights, maxIterations = 1000, tolerance = 1e-6, signal } = options;
  checkRows(x, y, weights);
  refuseNonFinite(x);
  if (!(C > 0 && Number.isFinite(C))) throw invalidInput(`C must be a positive number, got ${C}`);
  const labels = classNumbers(y, classes);
  const shares = classShares(labels, classes, weights);
  const outputs = classes === 2 ? 1 : classes;
  const data: LogisticData = { x, labels, weights, scales: columnScales(x), outputs };
  const loss = await createLogisticLoss(outputs);
  try {
    const penalty = l1Ratio === null ? 0 : 1 / (C * totalWeight(data));
    const l1 = penalty * (l1Ratio ?? 0);
    const search = (rows: LogisticData, start: Start, tolerance: number): Promise<Minimum> => {
      const objective = penalizedMean(loss.over(rows), rows, penalty - l1);
      const search = {
        tolerance: Math.max(finestTolerance, tolerance),
        maxIterations,
        // The largest p (1 - p) of a class is the curvature along one column of spread 1.
        inverseCurvature: 1 / Math.max(1e-3, ...shares.map((share) => share * (1 - share))),
        valueError: lossError,
        signal,
        onProgress: rows === data ? options.onProgress : undefined,
      };
      if (l1 === 0) return minimize(objective, start.point, { ...search, pairs: start.pairs });
      return minimizeWithL1(objective, l1Penalties(l1, data.scales, outputs), start.point, search);
    };
    const constant: Start = { point: startAtShares(shares, x.columns, outputs), pairs: [] };
    const sample = sampled(data);
    const guess = sample ? await search(sample, constant, sampleTolerance) : constant;
    const minimum = await search(data, guess, tolerance);
    const { iterations, converged } = minimum;
    const fitted = toGivenFeatures(minimum.point, data.scales, outputs);
    return { task: 'classification', classes, features: x.columns, ...fitted, iterations, converged };
  } finally {
    await loss.release();
  }
}

type Start = Pick<Minimum, 'point' | 'pairs'>;

/** Rows of the sample that is searched first, and how many times as many rows there must be for that to pay. */
const sampleRows = 10_000;
const leastSamples = 4;
/** Finer than the sample's own error: the last steps tell the curvature near the optimum. */
const sampleTolerance = 1e-5;

/**
 * Evenly spaced rows, when there are many: the optimum on them is a start near that of all rows, and the curvature
 * is much the same, which saves most of the passes over all rows.
 */
function sampled({ x, labels, weights, ...rest }: LogisticData): LogisticData | undefined {
  const stride = Math.floor(x.rows / sampleRows);
  if (stride < leastSamples) return undefined;
  const rows = Math.ceil(x.rows / stride);
  const { columns } = x;
  const features = new Float32Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row += 1) {
    const start = row * stride * columns;
    for (let column = 0; column < columns; column += 1, at += 1) features[at] = x.data[start + column]!;
  }
  const sample = {
    x: { rows, columns, data: features },
    labels: Int32Array.from({ length: rows }, (_, row) => labels[row * stride]!),
    weights: weights && Float64Array.from({ length: rows }, (_, row) => weights[row * stride]!),
    ...rest,
  };
  return totalWeight(sample) > 0 ? sample : undefined;
}

const totalWeight = ({ x, weights }: LogisticData): number =>
  weights ? weights.reduce((sum, weight) => sum + weight, 0) : x.rows;

/**
 * Mean loss plus `penalty / 2` times the squares of the coefficients on the given features, as a function of the
 * coefficients on scaled columns.
 */
function penalizedMean(loss: Objective, data: LogisticData, penalty: number): Objective {
  const { outputs } = data;
  const { scale } = data.scales;
  const weight = totalWeight(data);
  return async (point, gradient) => {
    const total = await loss(point, gradient);
    for (let at = 0; at < gradient.length; at += 1) gradient[at]! /= weight;
    let squares = 0;
    for (let at = 0; at < scale.length * outputs; at += 1) {
      const factor = scale[Math.floor(at / outputs)]!;
      const given = point[at]! * factor;
      squares += given * given;
      gradient[at]! += penalty * given * factor;
    }
    return total / weight + (penalty * squares) / 2;
  };
}

/** The l1 penalty of each coefficient on a scaled column, so that it is that of the given feature; none on intercepts. */
function l1Penalties(l1: number, { scale }: ColumnScales, outputs: number): Float64Array {
  const penalties = new Float64Array((scale.length + 1) * outputs);
  for (let at = 0; at < scale.length * outputs; at += 1)
    penalties[at] = l1 * scale[Math.floor(at / outputs)]!;
  return penalties;
}

/** Coefficients, row-major by output, and intercepts on the features as given, from those on scaled columns. */
function toGivenFeatures(
  point: Float64Array,
  { centre, scale }: ColumnScales,
  outputs: number,
): Pick<LogisticRegressionModel, 'coefficients' | 'intercepts'> {
  const columns = scale.length;
  const coefficients = new Float64Array(columns * outputs);
  const intercepts = point.slice(columns * outputs);
  for (let at = 0; at < coefficients.length; at += 1) {
    const column = Math.floor(at / outputs);
    const output = at % outputs;
    const coefficient = point[at]! * scale[column]!;
    coefficients[output * columns + column] = coefficient;
    intercepts[output]! -= coefficient * centre[column]!;
  }
  return { coefficients, intercepts };
}

/** All coefficients 0 and the intercepts that answer the class shares: the best constant model. */
function startAtShares(shares: readonly number[], columns: number, outputs: number): Float64Array {
  const start = new Float64Array((columns + 1) * outputs);
  const logs = shares.map((share) => Math.log(share));
  if (outputs === 1) {
    start[columns] = logs[1]! - logs[0]!;
    return start;
  }
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  // Intercepts that add up to 0, as the symmetric optimum's do.
  logs.forEach((value, k) => {
    start[columns * outputs + k] = value - mean;
  });
  return start;
}

function classNumbers(y: ArrayLike<number>, classes: number): Int32Array {
  if (!Number.isInteger(classes) || classes < 2) {
    throw invalidInput(`Logistic regression needs at least two classes, got ${classes}`);
  }
  const labels = new Int32Array(y.length);
  for (let row = 0; row < y.length; row += 1) {
    const label = y[row]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw invalidInput(`Label of row ${row} is ${label}; it must be a class number below ${classes}`);
    }
    labels[row] = label;
  }
  return labels;
}

/** Stands in for the share of a class without rows, whose best intercept is minus infinity. */
const leastShare = 1e-9;

/** Weighted share of each class, none of them 0. */
function classShares(labels: Int32Array, classes: number, weights?: Float64Array): readonly number[] {
  const sums = new Array<number>(classes).fill(0);
  for (let row = 0; row < labels.length; row += 1) sums[labels[row]!]! += weights ? weights[row]! : 1;
  const total = sums.reduce((sum, value) => sum + value, 0);
  return sums.map((sum) => Math.max(leastShare, sum / total));
}
