/** Gradient-boosted trees: most often the most accurate learner for tables. */
import { emitBoosting, fitBoosting } from '../trees/index.ts';
import type { Learner } from '../types.ts';
import { treeTarget } from './tree-target.ts';

/** Below this many rows a held-out part is too small to tell when to stop. */
const minRowsToStopEarly = 10_000;

/** Histogram boosting with 31 leaves a tree; large data stop by themselves when held-out rows no longer improve. */
export const boostingLearner: Learner = {
  name: 'boosting',
  style: 'tree',
  fit: async (x, target, options) => {
    const growth =
      x.rows >= minRowsToStopEarly ? { iterations: 500, earlyStopping: {} } : { iterations: 100 };
    const boosting = await fitBoosting(x, treeTarget(target), { ...options, ...growth });
    return { emit: (builder, features) => emitBoosting(builder, features, boosting) };
  },
};
