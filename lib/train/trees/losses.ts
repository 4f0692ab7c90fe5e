/** The losses of gradient boosting: exponential-family deviances under their canonical links, and the pinball loss. */
import { weightedQuantile } from './quantile.ts';
import type { BoostingLoss, NumberLoss, TreeTarget } from './types.ts';

/** The loss for a target. */
export function lossFor(target: TreeTarget, { kind }: NumberLoss): BoostingLoss {
  if (target.task === 'regression') return kind;
  return target.classes === 2 ? 'binary_log_loss' : 'multinomial_log_loss';
}

/** Keeps the log-odds of a class that never or always occurs finite. */
const SMALLEST_SHARE = 10 * Number.EPSILON;

/** The rows of a target that count. */
interface CountedRows {
  /** Class numbers or values by row. */
  readonly target: Float64Array;
  readonly weights: Float64Array;
  readonly rows: readonly number[];
  /** Of the pinball loss. */
  readonly quantile: number;
}

/**
 * The constant scores that fit best: the weighted mean, its logarithm or log-odds, the quantile, or the centred
 * logarithms of the class shares.
 */
export function baselineScores(
  loss: BoostingLoss,
  outputs: number,
  { target, weights, rows, quantile }: CountedRows,
): Float64Array {
  if (loss === 'quantile') {
    const values = Float64Array.from(rows, (row) => target[row]!);
    const shares = Float64Array.from(rows, (row) => weights[row]!);
    return Float64Array.of(weightedQuantile(values, shares, quantile));
  }
  const sums = new Float64Array(Math.max(outputs, 2));
  let total = 0;
  for (const row of rows) {
    total += weights[row]!;
    if (isLinearInTarget(loss)) sums[0]! += weights[row]! * target[row]!;
    else sums[target[row]!]! += weights[row]!;
  }
  if (loss === 'squared_error') return Float64Array.of(sums[0]! / total);
  if (loss === 'poisson') return Float64Array.of(Math.log(sums[0]! / total));
  const shares = sums.map((sum) => Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, sum / total)));
  if (loss === 'binary_log_loss') return Float64Array.of(Math.log(shares[1]! / (1 - shares[1]!)));
  const logs = shares.map(Math.log);
  const centre = logs.reduce((sum, value) => sum + value, 0) / outputs;
  return logs.map((value) => value - centre);
}

const isLinearInTarget = (loss: BoostingLoss): boolean => loss === 'squared_error' || loss === 'poisson';

/** Fills in what the scores of rows `start` to `end - 1` stand for: themselves, exponential, sigmoid or softmax. */
export function fillMeans(
  loss: BoostingLoss,
  outputs: number,
  { scores, means, start, end }: { scores: Float64Array; means: Float64Array; start: number; end: number },
): void {
  if (loss === 'squared_error' || loss === 'quantile') means.set(scores.subarray(start, end), start);
  else if (loss === 'poisson') {
    for (let row = start; row < end; row += 1) means[row] = Math.exp(scores[row]!);
  } else if (loss === 'binary_log_loss') {
    for (let row = start; row < end; row += 1) means[row] = 1 / (1 + Math.exp(-scores[row]!));
  } else {
    for (let row = start; row < end; row += 1) softmax(scores, means, { from: row * outputs, outputs });
  }
}

function softmax(
  scores: Float64Array,
  means: Float64Array,
  { from, outputs }: { from: number; outputs: number },
): void {
  let largest = -Infinity;
  for (let index = from; index < from + outputs; index += 1) largest = Math.max(largest, scores[index]!);
  let sum = 0;
  for (let index = from; index < from + outputs; index += 1) {
    means[index] = Math.exp(scores[index]! - largest);
    sum += means[index]!;
  }
  for (let index = from; index < from + outputs; index += 1) means[index]! /= sum;
}

/** The loss of one row: half the squared error, the pinball loss, or the negative log-likelihood. */
export function rowLoss(
  loss: BoostingLoss,
  scores: Float64Array,
  { from, outputs, target, quantile }: { from: number; outputs: number; target: number; quantile: number },
): number {
  if (loss === 'squared_error') return (scores[from]! - target) ** 2 / 2;
  if (loss === 'poisson') return Math.exp(scores[from]!) - target * scores[from]!;
  if (loss === 'quantile') {
    const residual = target - scores[from]!;
    return residual >= 0 ? quantile * residual : (quantile - 1) * residual;
  }
  if (loss === 'binary_log_loss') {
    const score = scores[from]!;
    // log(1 + e^s) - y s, without overflow.
    return Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - target * score;
  }
  let largest = -Infinity;
  for (let output = 0; output < outputs; output += 1) largest = Math.max(largest, scores[from + output]!);
  let sum = 0;
  for (let output = 0; output < outputs; output += 1) sum += Math.exp(scores[from + output]! - largest);
  return largest + Math.log(sum) - scores[from + target]!;
}
