/** Predicts every row of the training data by the trees that did not see it. */
import { setImmediate } from 'node:timers/promises';
import { createRandom, type Matrix } from '../../core/index.ts';
import { drawSample } from './forest-job.ts';
import type { ForestJob } from './job-types.ts';
import { leafOf } from './predict.ts';
import type { Forest } from './types.ts';

/**
 * `rows x outputs` predictions; NaN where every tree saw the row. The samples are drawn again from the seed,
 * so none has to be kept. The event loop turns after every tree.
 */
export async function outOfBagPredictions(
  { trees, outputs, baseline }: Forest,
  x: Matrix,
  job: ForestJob,
): Promise<Float64Array> {
  const sums = new Float64Array(x.rows * outputs);
  const votes = new Int32Array(x.rows);
  for (const [index, tree] of trees.entries()) {
    const { counts } = drawSample(job, createRandom(job.seed).fork(index).fork('rows'));
    for (let row = 0; row < x.rows; row += 1) {
      if (counts[row]! > 0) continue;
      const leaf = leafOf(tree, x.data, row * x.columns);
      votes[row]! += 1;
      for (let output = 0; output < outputs; output += 1) {
        sums[row * outputs + output]! += tree.values[leaf * outputs + output]!;
      }
    }
    await setImmediate();
  }
  return sums.map((sum, place) => baseline + sum / votes[Math.floor(place / outputs)]!);
}
