/** Random forests (Breiman 2001) over binned columns. */
import type { Matrix } from '../../core/index.ts';
import { allocateBins, COLUMNS_A_GROUP } from './bins.ts';
import { checkAtLeast, checkTarget, checkWhole } from './checks.ts';
import type { GrownForestTree } from './forest-job.ts';
import type { ForestJob } from './job-types.ts';
import { copyInto, sharedFloat32, sharedFloat64, sharedInt32 } from './memory.ts';
import { chooseThreads } from './threads.ts';
import type { Forest, ForestOptions, TreeTarget } from './types.ts';
import { runByThreads } from './workers.ts';

/**
 * Fits a random forest: Gini impurity for classes, squared error for numbers. The result depends on the
 * data, the options and the seed, never on the number of threads.
 *
 * @param x float32 rows; NaN is missing, and each split learns to which side missing values go
 * @throws invalid_request for a target, weights or an option that cannot be used; the signal's reason if aborted
 * @example await fitForest(x, { task: 'regression', values }, { seed: 7, minSamplesLeaf: 5 })
 */
export async function fitForest(x: Matrix, target: TreeTarget, options: ForestOptions): Promise<Forest> {
  const limits = forestLimits(x, target, options);
  const checked = checkTarget(x, target, options.weights);
  const depth = Math.min(limits.maxDepth, Math.ceil(Math.log2(x.rows + 1)));
  const work = x.rows * limits.maxFeatures * limits.trees * depth;
  const threads = chooseThreads(options.threads, { work, parts: limits.trees });
  const classes = target.task === 'classification' ? target.classes : 0;
  const job: ForestJob = {
    kind: 'forest',
    ...limits,
    classes,
    baseline: classes > 0 ? 0 : weightedMean(checked.target, checked.weights),
    seed: options.seed,
    matrix: { ...x, data: copyInto(sharedFloat32(x.data.length), x.data) },
    bins: allocateBins(x, { lanes: COLUMNS_A_GROUP, members: 1 }),
    target: copyInto(sharedFloat64(x.rows), checked.target),
    weights: copyInto(sharedFloat64(x.rows), checked.weights),
    progress: sharedInt32(2),
  };
  const results = await runByThreads(job, threads, options);
  const grown = results.flat().sort((one, other) => one.index - other.index);
  return {
    kind: 'forest',
    task: target.task,
    columns: x.columns,
    outputs: Math.max(1, classes),
    baseline: job.baseline,
    trees: grown.map(({ tree }) => tree),
    importances: meanImportances(grown, x.columns),
  };
}

function forestLimits(
  { columns }: Matrix,
  target: TreeTarget,
  {
    trees = 100,
    maxDepth = Infinity,
    minSamplesLeaf = 1,
    maxFeatures = target.task === 'classification' ? Math.max(1, Math.floor(Math.sqrt(columns))) : columns,
    bootstrap = true,
    thresholds = 'best',
  }: ForestOptions,
): Pick<ForestJob, 'trees' | 'maxDepth' | 'minSamplesLeaf' | 'maxFeatures' | 'bootstrap' | 'thresholds'> {
  checkWhole(1, { trees, minSamplesLeaf, maxFeatures });
  checkAtLeast(1, { maxDepth });
  return {
    trees,
    maxDepth,
    minSamplesLeaf,
    maxFeatures: Math.min(maxFeatures, columns),
    bootstrap,
    thresholds,
  };
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < values.length; row += 1) {
    sum += weights[row]! * values[row]!;
    weight += weights[row]!;
  }
  return sum / weight;
}

/** The mean over the trees of each column's share of the tree's gain. */
function meanImportances(grown: readonly GrownForestTree[], columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (const { gains } of grown) {
    const total = gains.reduce((sum, gain) => sum + gain, 0);
    if (total > 0) for (const [column, gain] of gains.entries()) sums[column]! += gain / total;
  }
  const total = sums.reduce((sum, share) => sum + share, 0);
  return total > 0 ? sums.map((share) => share / total) : sums;
}
