/** From a table without a target to tested files: one of each fold, of which that of the held-out one is published. */
import type { UnsupervisedLearnerName, UnsupervisedSpec } from '../../contracts/model-spec.ts';
import type { FeatureSchema } from '../../contracts/records.ts';
import { createRandom, internal, type Matrix, OnrampError, takeRows } from '../../core/index.ts';
import type { Fold, Split, Table } from '../../dataset/index.ts';
import { createSession } from '../../onnx/index.ts';
import {
  type FeatureColumn,
  fitPreprocessor,
  type Preprocessor,
  packColumns,
} from '../../preprocess/index.ts';
import type { FitOptions, TrainContext } from '../types.ts';
import { assembleUnsupervised, type UnsupervisedParts } from './assemble-unsupervised.ts';
import { chooseClusters, type SilhouetteOf, type TriedClusters } from './choose-clusters.ts';
import { anomalyLearners, clusterLearners, usualLearner } from './learners.ts';
import type { AnomalyLearner, ClusterLearner } from './types.ts';

/** What is learnt from. */
export interface UnsupervisedProblem {
  readonly table: Table;
  readonly features: readonly FeatureColumn[];
  readonly spec: UnsupervisedSpec;
  readonly split: Split;
  readonly seed: number;
}

/** What one fold's training rows have taught. */
export interface UnsupervisedFold {
  readonly fold: Fold;
  readonly features: readonly FeatureSchema[];
  /** Groups: training rows in each. */
  readonly sizes?: readonly number[];
  /** Anomalies: scores from this on are some. */
  readonly threshold?: number;
  readonly fitMs: number;
  /** The file, with free text in it. */
  assemble(metadata: Readonly<Record<string, string>>): Uint8Array;
}

/** A tested model without a target. */
export interface TrainedUnsupervised {
  readonly learner: UnsupervisedLearnerName;
  /** The held-out fold first. */
  readonly folds: readonly UnsupervisedFold[];
  /** Numbers of groups that were tried; absent if the spec says how many. */
  readonly tried?: readonly TriedClusters[];
}

/** The silhouette compares each row with each, so that its time is that of this many numbers squared, at most. */
const comparedValues = 200_000_000;
const comparedRows = 2_000;

/** Rows at most whose silhouette is taken. */
export const silhouetteRows = (columns: number): number =>
  Math.max(50, Math.min(comparedRows, Math.floor(Math.sqrt(comparedValues / columns))));

/**
 * Trains as the spec asks. How many groups there are is chosen once, on rows that are not held out.
 *
 * @param silhouetteOf scores are made to the right of training, so this one is handed in
 * @throws invalid_request when the rows allow no groups, `conflict` with code `cancelled`
 */
export async function trainUnsupervised(
  problem: UnsupervisedProblem,
  silhouetteOf: SilhouetteOf,
  context: TrainContext,
): Promise<TrainedUnsupervised> {
  const { spec, split, seed } = problem;
  const learner = learnerOf(spec);
  const others = split.folds.filter((fold) => fold !== split.heldOut);
  const folds: UnsupervisedFold[] = [];
  let { parameters = {} } = spec;
  let tried: readonly TriedClusters[] | undefined;
  for (const [number, fold] of [split.heldOut, ...others].entries()) {
    refuseCancelled(context);
    const share = number / split.folds.length;
    context.onProgress?.(share, `${learner.name}: fold ${number + 1} of ${split.folds.length}`);
    const preprocessor = await fitPreprocessor(problem.table, problem.features, fold.train, {
      spec: spec.preprocess ?? {},
      style: learner.style,
    });
    try {
      const x = await preprocessor.transform(problem.table, preprocessor.keepRows(problem.table, fold.train));
      if (spec.task === 'clustering' && parameters.clusters === undefined) {
        tried = await chooseClusters(sampleRows(x, seed), silhouetteOf, { seed, ...signalOf(context) });
        const best = tried.reduce((left, right) => (right.silhouette > left.silhouette ? right : left));
        parameters = { ...parameters, clusters: best.clusters };
      }
      folds.push(await fitFold(problem, learner, { fold, preprocessor, x, parameters, context }));
    } finally {
      await preprocessor.release();
    }
  }
  return { learner: learner.name, folds, ...(tried && { tried }) };
}

function learnerOf({ task, learner = 'auto' }: UnsupervisedSpec): ClusterLearner | AnomalyLearner {
  const name = learner === 'auto' ? usualLearner[task] : learner;
  const all: Readonly<Record<string, ClusterLearner | AnomalyLearner>> = {
    ...clusterLearners,
    ...anomalyLearners,
  };
  const found = all[name];
  if (found) return found;
  throw internal(`There is no learner "${name}" without a target.`);
}

interface FoldMaterial {
  readonly fold: Fold;
  readonly preprocessor: Preprocessor;
  readonly x: Matrix;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly context: TrainContext;
}

async function fitFold(
  { table, seed }: UnsupervisedProblem,
  learner: ClusterLearner | AnomalyLearner,
  { fold, preprocessor, x, parameters, context }: FoldMaterial,
): Promise<UnsupervisedFold> {
  const started = performance.now();
  const options: FitOptions = {
    ...{ seed, threads: context.threads, parameters, layout: preprocessor.layout, ...signalOf(context) },
    columns: preprocessor.outputNames.map((name, index) => ({
      name,
      source: preprocessor.features[preprocessor.sourceOf[index]!]!.name,
    })),
  };
  const fitted = await learner.fit(x, options);
  let parts: UnsupervisedParts = { preprocessor, fitted };
  if ('threshold' in fitted) {
    const threshold = await thresholdFrom(parts, {
      table,
      rows: fold.train,
      parameters,
      own: fitted.threshold,
    });
    parts = { ...parts, threshold };
  }
  return {
    fold,
    features: preprocessor.features,
    ...('sizes' in fitted && { sizes: fitted.sizes }),
    ...(parts.threshold !== undefined && { threshold: parts.threshold }),
    fitMs: Math.round(performance.now() - started),
    assemble: (metadata) => assembleUnsupervised({ ...parts, metadata }),
  };
}

/** The learner's own threshold, or the score that the wished share of the training rows reaches. */
async function thresholdFrom(
  parts: UnsupervisedParts,
  {
    table,
    rows,
    parameters: { contamination },
    own,
  }: {
    readonly table: Table;
    readonly rows: Uint32Array;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly own: number;
  },
): Promise<number> {
  if (typeof contamination !== 'number') return Math.fround(own);
  const session = await createSession(assembleUnsupervised(parts));
  try {
    const scores = new Float32Array(rows.length);
    for (let start = 0; start < rows.length; start += batchRows) {
      const batch = rows.subarray(start, start + batchRows);
      const { score } = await session.run(packColumns(table, parts.preprocessor.features, batch), ['score']);
      scores.set(score!.data as Float32Array, start);
    }
    const sorted = scores.sort();
    const anomalies = Math.max(1, Math.round(contamination * sorted.length));
    return sorted[sorted.length - anomalies]!;
  } finally {
    await session.release();
  }
}

/** Rows in one call of the runtime. */
const batchRows = 4096;

/** Rows drawn at random, as many as a silhouette can be made of, in their order. */
function sampleRows(x: Matrix, seed: number): Matrix {
  const count = silhouetteRows(x.columns);
  if (x.rows <= count) return x;
  const shuffled = createRandom(seed)
    .fork('silhouette')
    .shuffle(Uint32Array.from({ length: x.rows }, (_, row) => row));
  return takeRows(x, shuffled.subarray(0, count).sort());
}

/** These fits cannot go on from where they were, so they stop where others pause. */
function signalOf({ signal, pause }: TrainContext): { readonly signal?: AbortSignal } {
  const signals = [signal, pause].filter((one) => one !== undefined);
  return signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
}

function refuseCancelled({ signal, pause }: TrainContext): void {
  pause?.throwIfAborted();
  if (!signal?.aborted) return;
  throw new OnrampError('conflict', 'The run was cancelled.', { code: 'cancelled', cause: signal.reason });
}
