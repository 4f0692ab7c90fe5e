/** Gradients of the loss by row before a tree is grown, and the values of its leaves afterwards. */
import type { BoostingJob } from './job-types.ts';
import type { GrownTree } from './leafwise.ts';
import { choosePacking, type Packing, packRow, unpack } from './packing.ts';
import { shareOf, type Team } from './team.ts';
import type { BoostingLoss, Tree } from './types.ts';

/** Keeps 0/0 out of a leaf's value; the same number as in scikit-learn. */
const TINY = 1e-15;

/**
 * A packing that holds for every round. Log losses have gradients of at most 1 and hessians of at most 1/4
 * a unit of weight. The squared error on the training rows never grows from round to round, and by Cauchy and
 * Schwarz it bounds the sum of the gradients; twice that leaves room for rounding.
 */
export function boostingPacking(
  loss: BoostingLoss,
  {
    rows,
    target,
    weights,
    baseline,
  }: Pick<BoostingJob, 'target' | 'weights' | 'baseline'> & {
    rows: ArrayLike<number>;
  },
): Packing {
  let weightSum = 0;
  let squares = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index]!;
    weightSum += weights[row]!;
    squares += weights[row]! * (baseline[0]! - target[row]!) ** 2;
  }
  return loss === 'squared_error'
    ? choosePacking(rows.length, { weightSum, gradientSum: 2 * Math.sqrt(weightSum * squares) })
    : choosePacking(rows.length, { weightSum: weightSum / 4, gradientSum: weightSum });
}

/**
 * Fills in gradient and hessian of every row for one output and puts the training rows back in order. For an
 * exponential family under its canonical link they are `w (mean - y)` and `w variance(mean)`. No member
 * sees all of them before the next barrier.
 */
export function fillPairs(team: Team, job: BoostingJob, output: number): void {
  const { memory, trainingRows, packing } = job;
  const { pairs, means } = memory;
  const { loss, outputs, target, weights } = job;
  const [start, end] = shareOf(team, job.matrix.rows);
  for (let row = start; row < end; row += 1) {
    const mean = means[row * outputs + output]!;
    const observed = loss === 'multinomial_log_loss' ? Number(target[row] === output) : target[row]!;
    const variance = loss === 'squared_error' ? 1 : mean * (1 - mean);
    pairs[2 * row] = Math.floor(weights[row]! * (mean - observed) * packing.gradientScale + 0.5);
    pairs[2 * row + 1] = packRow(weights[row]! * variance, packing);
  }
  const [first, last] = shareOf(team, trainingRows.length);
  memory.rows.set(trainingRows.subarray(first, last), first);
}

/**
 * Gives the leaves of a tree their values, the Newton step `-G / (H + l2)` shrunk by the learning rate, and
 * adds them to the scores of the training rows. Other members see the new scores after the next barrier.
 */
export function fillLeaves(
  team: Team,
  job: BoostingJob,
  { grown, output }: { grown: GrownTree; output: number },
): Tree {
  for (const { node, start, end, totals } of grown.leaves) {
    const { gradient, weight } = unpack(totals, job.packing);
    const step = (-job.learningRate * gradient) / (weight + job.l2 + TINY);
    grown.builder.setValues(node, [step], end - start);
  }
  const tree = grown.builder.build();
  const { rows, scores } = job.memory;
  const [first, last] = shareOf(team, rows.length);
  for (const { node, start, end } of grown.leaves) {
    const value = tree.values[node]!;
    for (let place = Math.max(start, first); place < Math.min(end, last); place += 1) {
      scores[rows[place]! * job.outputs + output]! += value;
    }
  }
  return tree;
}
