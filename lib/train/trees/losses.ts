/** The losses of gradient boosting: exponential-family deviances under their canonical links. */
import type { BoostingLoss, TreeTarget } from './types.ts';

/** The loss for a target. */
export function lossFor(target: TreeTarget): BoostingLoss {
  if (target.task === 'regression') return 'squared_error';
  return target.classes === 2 ? 'binary_log_loss' : 'multinomial_log_loss';
}

/** Keeps the log-odds of a class that never or always occurs finite. */
const SMALLEST_SHARE = 10 * Number.EPSILON;

/**
 * The constant scores that fit best: the weighted mean, its log-odds, or the centred logarithms of the class
 * shares.
 *
 * @param target class numbers or values by row; only `rows` count
 */
export function baselineScores(
  loss: BoostingLoss,
  outputs: number,
  { target, weights, rows }: { target: Float64Array; weights: Float64Array; rows: readonly number[] },
): Float64Array {
  const sums = new Float64Array(Math.max(outputs, 2));
  let total = 0;
  for (const row of rows) {
    total += weights[row]!;
    if (loss === 'squared_error') sums[0]! += weights[row]! * target[row]!;
    else sums[target[row]!]! += weights[row]!;
  }
  if (loss === 'squared_error') return Float64Array.of(sums[0]! / total);
  const shares = sums.map((sum) => Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, sum / total)));
  if (loss === 'binary_log_loss') return Float64Array.of(Math.log(shares[1]! / (1 - shares[1]!)));
  const logs = shares.map(Math.log);
  const centre = logs.reduce((sum, value) => sum + value, 0) / outputs;
  return logs.map((value) => value - centre);
}

/** Fills in the means the scores of rows `start` to `end - 1` stand for: identity, sigmoid or softmax. */
export function fillMeans(
  loss: BoostingLoss,
  outputs: number,
  { scores, means, start, end }: { scores: Float64Array; means: Float64Array; start: number; end: number },
): void {
  if (loss === 'squared_error') means.set(scores.subarray(start, end), start);
  else if (loss === 'binary_log_loss') {
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

/** The loss of one row: half the squared error, or the negative log-likelihood. */
export function rowLoss(
  loss: BoostingLoss,
  scores: Float64Array,
  { from, outputs, target }: { from: number; outputs: number; target: number },
): number {
  if (loss === 'squared_error') return (scores[from]! - target) ** 2 / 2;
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
