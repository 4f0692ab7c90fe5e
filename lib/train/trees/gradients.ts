/** Gradients of the loss by row before a tree is grown, and the values of its leaves afterwards. */
import type { BoostingJob } from './job-types.ts';
import type { GrownTree } from './leafwise.ts';
import { choosePacking, type Packing, packRow, unpack } from './packing.ts';
import { weightedQuantile } from './quantile.ts';
import { shareOf, type Team } from './team.ts';
import type { BoostingLoss, Tree } from './types.ts';

/** Keeps 0/0 out of a leaf's value; the same number as in scikit-learn. */
const TINY = 1e-15;

/**
 * A packing that holds for every round. The pinball loss has gradients of at most 1 and hessians of 1 a unit of weight,
 * log losses gradients of at most 1 and hessians of at most 1/4. The squared error on the training rows never grows from round to round, and by Cauchy and
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
  if (loss === 'squared_error') {
    return choosePacking(rows.length, { weightSum, gradientSum: 2 * Math.sqrt(weightSum * squares) });
  }
  const hessian = loss === 'quantile' ? 1 : 1 / 4;
  return choosePacking(rows.length, { weightSum: weightSum * hessian, gradientSum: weightSum });
}

/**
 * The packing of a round. The means of the Poisson loss, which are its hessians, have no bound known beforehand, so it
 * is chosen anew from the means of all members; every member must call this, and gets the same.
 */
export function roundPacking(team: Team, job: BoostingJob): Packing {
  if (job.loss !== 'poisson') return job.packing;
  const { memory, trainingRows, target, weights } = job;
  team.barrier();
  let weightSum = 0;
  let gradientSum = 0;
  for (const row of trainingRows) {
    const mean = memory.means[row]!;
    weightSum += weights[row]! * mean;
    gradientSum += weights[row]! * Math.abs(mean - target[row]!);
  }
  return choosePacking(trainingRows.length, { weightSum, gradientSum });
}

/** What a round does with one output. */
interface RoundPart {
  readonly output: number;
  readonly packing: Packing;
}

/**
 * Fills in gradient and hessian of every row for one output and puts the training rows back in order. For an
 * exponential family under its canonical link they are `w (mean - y)` and `w variance(mean)`; the pinball loss has the
 * slopes `w (1 - q)` above and `-w q` below the value, and a hessian of `w` in place of none. No member sees all of them
 * before the next barrier.
 */
export function fillPairs(team: Team, job: BoostingJob, { output, packing }: RoundPart): void {
  const { memory, trainingRows } = job;
  const { pairs, means } = memory;
  const { loss, outputs, target, weights, quantile } = job;
  const [start, end] = shareOf(team, job.matrix.rows);
  for (let row = start; row < end; row += 1) {
    const mean = means[row * outputs + output]!;
    const observed = loss === 'multinomial_log_loss' ? Number(target[row] === output) : target[row]!;
    const variance = varianceOf(loss, mean);
    const slope = loss === 'quantile' ? (observed >= mean ? -quantile : 1 - quantile) : mean - observed;
    pairs[2 * row] = Math.floor(weights[row]! * slope * packing.gradientScale + 0.5);
    pairs[2 * row + 1] = packRow(weights[row]! * variance, packing);
  }
  const [first, last] = shareOf(team, trainingRows.length);
  memory.rows.set(trainingRows.subarray(first, last), first);
}

function varianceOf(loss: BoostingLoss, mean: number): number {
  if (loss === 'squared_error' || loss === 'quantile') return 1;
  return loss === 'poisson' ? mean : mean * (1 - mean);
}

/**
 * Gives the leaves of a tree their values, shrunk by the learning rate, and adds them to the scores of the training
 * rows. Other members see the new scores after the next barrier.
 */
export function fillLeaves(
  team: Team,
  job: BoostingJob,
  { grown, output, packing }: RoundPart & { grown: GrownTree },
): Tree {
  const steps = job.loss === 'quantile' ? quantileSteps(team, job, grown) : newtonSteps(job, grown, packing);
  for (const [index, { node, start, end, low, high }] of grown.leaves.entries()) {
    const step = Math.min(high, Math.max(low, steps[index]!));
    grown.builder.setValues(node, [job.learningRate * step], end - start);
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

/**
 * The Newton step `-G / (H + l2)` of each leaf. Where a Poisson leaf must rise, the Newton step x overshoots by far and
 * the exact one, log(1 + x), is known; where it must fall, the Newton step is the smaller one.
 */
function newtonSteps({ loss, l2 }: BoostingJob, { leaves }: GrownTree, packing: Packing): Float64Array {
  return Float64Array.from(leaves, ({ totals }) => {
    const { gradient, weight } = unpack(totals, packing);
    const step = -gradient / (weight + l2 + TINY);
    return loss === 'poisson' && step > 0 ? Math.log1p(step) : step;
  });
}

/** The quantile of each leaf's residuals, which minimises its pinball loss; the members share the leaves out. */
function quantileSteps(team: Team, job: BoostingJob, { leaves }: GrownTree): Float64Array {
  const { memory, target, weights, quantile } = job;
  for (let index = team.member; index < leaves.length; index += team.size) {
    const rows = memory.rows.subarray(leaves[index]!.start, leaves[index]!.end);
    const residuals = Float64Array.from(rows, (row) => target[row]! - memory.scores[row]!);
    const shares = Float64Array.from(rows, (row) => weights[row]!);
    const step = weightedQuantile(residuals, shares, quantile);
    memory.leafValues[index] = Number.isNaN(step) ? 0 : step;
  }
  team.barrier();
  return memory.leafValues;
}
