/** Gradient boosting over histograms, best leaf first, as in LightGBM (Ke et al. 2017). */
import { invalidInput, type Matrix } from '../../core/index.ts';
import { type HeldOut, holdOut } from '../hold-out.ts';
import { allocateBins, BINS } from './bins.ts';
import {
  type CheckedTarget,
  checkAtLeast,
  checkCategories,
  checkLoss,
  checkMonotone,
  checkQuantile,
  checkTarget,
  checkWhole,
} from './checks.ts';
import { boostingPacking } from './gradients.ts';
import type { BoostingJob, BoostingMemory } from './job-types.ts';
import { scratchPlaces } from './leaf-histograms.ts';
import { baselineScores, lossFor } from './losses.ts';
import { type Arena, copyInto, createArena, sharedFloat32, sharedFloat64, sharedInt32 } from './memory.ts';
import { SPLIT_FIELDS } from './shared-splits.ts';
import { blockCount } from './team.ts';
import { chooseThreads } from './threads.ts';
import type { Boosting, BoostingOptions, TreeTarget } from './types.ts';
import { runByThreads } from './workers.ts';

/**
 * Fits a boosted ensemble of trees: the loss that is asked for on numbers, log loss for classes. The result depends on
 * the data, the options and the seed, never on the number of threads.
 *
 * @param x float32 rows; NaN is missing, and each split learns to which side missing values go
 * @throws invalid_request for a target, weights or an option that cannot be used; the signal's reason if aborted
 * @example await fitBoosting(x, { task: 'classification', classes: 2, labels }, { seed: 7 })
 */
export async function fitBoosting(
  x: Matrix,
  target: TreeTarget,
  options: BoostingOptions,
): Promise<Boosting> {
  const limits = boostingLimits(options);
  const checked = checkTarget(x, target, options.weights);
  const outputs = target.task === 'classification' && target.classes > 2 ? target.classes : 1;
  const work = x.rows * x.columns * limits.iterations * outputs;
  const threads = chooseThreads(options.threads, { work, parts: x.columns });
  const heldOut = chooseHeldOut(target, checked, options);
  const { loss: wanted = { kind: 'squared_error' } } = options;
  const loss = lossFor(target, wanted);
  checkLoss(loss, checked);
  const quantile = wanted.kind === 'quantile' ? checkQuantile(wanted.quantile) : 0.5;
  const baseline = baselineScores(loss, outputs, { ...checked, rows: heldOut.trainingRows, quantile });
  const categories = checkCategories(options.categories, x);
  const arena = createArena();
  const job: BoostingJob = {
    kind: 'boosting',
    ...limits,
    loss,
    quantile,
    monotone: checkMonotone(options.monotone, x.columns, outputs),
    outputs,
    baseline,
    packing: boostingPacking(loss, { ...checked, baseline, rows: heldOut.trainingRows }),
    matrix: { ...x, data: copyInto(sharedFloat32(x.data.length), x.data) },
    bins: allocateBins(x, { lanes: 4, members: threads, categories, bytes: arena.bytes }),
    target: copyInto(sharedFloat64(x.rows), checked.target),
    weights: copyInto(sharedFloat64(x.rows), checked.weights),
    trainingRows: copyInto(sharedInt32(heldOut.trainingRows.length), heldOut.trainingRows),
    validationRows: copyInto(sharedInt32(heldOut.validationRows.length), heldOut.validationRows),
    memory: allocate(arena, { ...x, ...limits, outputs, threads, heldOut }),
  };
  const [result] = await runByThreads(job, threads, options);
  return { kind: 'boosting', loss, columns: x.columns, outputs, baseline, ...result! };
}

function boostingLimits({
  iterations = 100,
  learningRate = 0.1,
  maxLeaves = 31,
  maxDepth = Infinity,
  minSamplesLeaf = 20,
  l2 = 0,
  earlyStopping: { patience = 10 } = {},
}: BoostingOptions): Pick<
  BoostingJob,
  'iterations' | 'learningRate' | 'maxLeaves' | 'maxDepth' | 'minSamplesLeaf' | 'l2' | 'patience'
> {
  checkWhole(1, { iterations, minSamplesLeaf, patience });
  checkWhole(2, { maxLeaves });
  checkAtLeast(1, { maxDepth });
  checkAtLeast(0, { l2 });
  if (!(learningRate > 0 && learningRate <= 1)) {
    throw invalidInput(`learningRate must be above 0 and at most 1, got ${learningRate}`, {
      param: 'learningRate',
    });
  }
  return { iterations, learningRate, maxLeaves, maxDepth, minSamplesLeaf, l2, patience };
}

/** Rows without a weight say nothing about the loss, so they are never held out. */
function chooseHeldOut(
  target: TreeTarget,
  checked: CheckedTarget,
  { earlyStopping, seed }: BoostingOptions,
): HeldOut {
  const all = Array.from(checked.target.keys());
  if (earlyStopping === undefined) return { trainingRows: all, validationRows: [] };
  const { validationFraction = 0.1 } = earlyStopping;
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw invalidInput(`validationFraction must be between 0 and 1, got ${validationFraction}`, {
      param: 'earlyStopping.validationFraction',
    });
  }
  const strata = checked.target.map((value, row) =>
    checked.weights[row] === 0 ? -1 : target.task === 'regression' ? 0 : value,
  );
  return holdOut(strata, validationFraction, seed);
}

function allocate(
  arena: Arena,
  {
    rows,
    columns,
    outputs,
    threads,
    maxLeaves,
    heldOut: { trainingRows, validationRows },
  }: {
    rows: number;
    columns: number;
    outputs: number;
    threads: number;
    maxLeaves: number;
    heldOut: HeldOut;
  },
): BoostingMemory {
  const share = Math.ceil(columns / threads);
  return {
    wasm: arena.memory,
    rows: arena.int32(trainingRows.length),
    pairs: arena.float64(2 * rows),
    scratch: Array.from({ length: threads }, () => arena.float64(scratchPlaces(share))),
    sides: Array.from({ length: threads }, () => arena.bytes(BINS)),
    partition: {
      left: arena.int32(trainingRows.length),
      right: arena.int32(trainingRows.length),
      counts: sharedInt32(2 * threads),
    },
    splits: sharedFloat64(2 * SPLIT_FIELDS * threads),
    scores: sharedFloat64(rows * outputs),
    means: sharedFloat64(rows * outputs),
    lossSums: sharedFloat64(blockCount(validationRows.length)),
    leafValues: sharedFloat64(maxLeaves),
  };
}
