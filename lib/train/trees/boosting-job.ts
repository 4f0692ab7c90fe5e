/** One member's part in growing a boosted ensemble. */
import { fillBins } from './bins.ts';
import { addToValidation, hasStalled, lowest, measureLoss } from './early-stopping.ts';
import { fillLeaves, fillPairs, roundPacking } from './gradients.ts';
import type { BoostingJob } from './job-types.ts';
import { createLeafwiseGrower } from './leafwise.ts';
import { fillMeans } from './losses.ts';
import { shareOf, type Team } from './team.ts';
import type { Boosting, Tree } from './types.ts';

/** What a boosting fit adds to its job. */
export type BoostingResult = Pick<Boosting, 'trees' | 'importances' | 'validationLoss'>;

/** Smallest hessian of a child; the same number as in scikit-learn. */
const MIN_HESSIAN = 1e-3;

/** Grows the trees; yields the share of the work that is done after every round. */
export function* runBoosting(team: Team, job: BoostingJob): Generator<number, BoostingResult> {
  const { matrix, bins, memory, outputs, iterations } = job;
  fillBins(team, matrix, bins);
  startScores(team, job);
  team.barrier();
  const grow = createLeafwiseGrower(team, { bins, ...memory }, job);
  const holdsOut = job.validationRows.length > 0;
  const validationLoss = holdsOut ? [measureLoss(team, job)] : [];
  const trees: Tree[] = [];
  const gains: Float64Array[] = [];
  while (gains.length < iterations && !hasStalled(validationLoss, job.patience)) {
    gains.push(growRound(team, job, { grow, trees }));
    if (holdsOut) {
      addToValidation(team, job, trees.slice(-outputs));
      validationLoss.push(measureLoss(team, job));
    }
    yield gains.length / iterations;
  }
  // The loss before the first round comes first in the list; one round is kept even if none was better.
  const rounds = holdsOut ? Math.max(1, lowest(validationLoss)) : gains.length;
  return {
    trees: trees.slice(0, rounds * outputs),
    importances: shares(gains.slice(0, rounds), matrix.columns),
    validationLoss,
  };
}

/** Grows the trees of one round, all from the scores before it; returns the gain of each column. */
function growRound(
  team: Team,
  job: BoostingJob,
  { grow, trees }: { grow: ReturnType<typeof createLeafwiseGrower>; trees: Tree[] },
): Float64Array {
  const { loss, outputs, l2, minSamplesLeaf, monotone, memory, matrix } = job;
  const [start, end] = shareOf(team, matrix.rows);
  fillMeans(loss, outputs, { ...memory, start, end });
  const packing = roundPacking(team, job);
  const gains = new Float64Array(matrix.columns);
  for (let output = 0; output < outputs; output += 1) {
    fillPairs(team, job, { output, packing });
    team.barrier();
    const grown = grow({ packing, l2, minSamplesLeaf, minHessian: MIN_HESSIAN, minGain: 0, monotone });
    for (const split of grown.splits) gains[split.column]! += split.gain;
    trees.push(fillLeaves(team, job, { grown, output, packing }));
    team.barrier();
  }
  return gains;
}

function startScores(team: Team, { memory, baseline, outputs, matrix }: BoostingJob): void {
  const [start, end] = shareOf(team, matrix.rows);
  for (let place = start * outputs; place < end * outputs; place += 1) {
    memory.scores[place] = baseline[place % outputs]!;
  }
}

/** Column sums as shares of their total. */
function shares(gains: readonly Float64Array[], columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (const gain of gains)
    for (let column = 0; column < columns; column += 1) sums[column]! += gain[column]!;
  const total = sums.reduce((sum, value) => sum + value, 0);
  return total > 0 ? sums.map((sum) => sum / total) : sums;
}
