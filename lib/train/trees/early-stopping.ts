/** Watches the loss on rows that were held out, so that boosting ends when it no longer helps. */
import type { BoostingJob } from './job-types.ts';
import { rowLoss } from './losses.ts';
import { leafOf } from './predict.ts';
import { shareOf, sumBlocks, type Team, totalOf } from './team.ts';
import type { Tree } from './types.ts';

/** A round must lower the loss by more than this to count; the same number as in scikit-learn. */
const TOLERANCE = 1e-7;

/** Adds the newest trees, one an output, to the scores of the held-out rows. */
export function addToValidation(team: Team, job: BoostingJob, trees: readonly Tree[]): void {
  const { matrix, validationRows, memory } = job;
  const [first, last] = shareOf(team, validationRows.length);
  for (const [output, tree] of trees.entries()) {
    for (let index = first; index < last; index += 1) {
      const row = validationRows[index]!;
      const leaf = leafOf(tree, matrix.data, row * matrix.columns);
      memory.scores[row * job.outputs + output]! += tree.values[leaf]!;
    }
  }
  team.barrier();
}

/** Weighted mean loss on the held-out rows. */
export function measureLoss(team: Team, job: BoostingJob): number {
  const { loss, outputs, validationRows, target, weights, memory } = job;
  sumBlocks(team, validationRows.length, {
    sums: memory.lossSums,
    sumRange: (start, end) => {
      let sum = 0;
      for (let index = start; index < end; index += 1) {
        const row = validationRows[index]!;
        const place = { from: row * outputs, outputs, target: target[row]!, quantile: job.quantile };
        sum += weights[row]! * rowLoss(loss, memory.scores, place);
      }
      return sum;
    },
  });
  team.barrier();
  let weight = 0;
  for (const row of validationRows) weight += weights[row]!;
  return totalOf(memory.lossSums) / weight;
}

/** True if none of the last `patience` rounds was better than the one before them. */
export function hasStalled(losses: readonly number[], patience: number): boolean {
  if (losses.length <= patience) return false;
  const reference = losses.at(-patience - 1)!;
  return losses.slice(-patience).every((loss) => loss >= reference - TOLERANCE);
}

/** The place of the lowest loss, the first of equals. */
export const lowest = (losses: readonly number[]): number => losses.indexOf(Math.min(...losses));
