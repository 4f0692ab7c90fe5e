/** From a table without a target to tested files: one of each fold, of which that of the held-out one is published. */
import type { UnsupervisedLearnerName, UnsupervisedSpec } from '../../contracts/model-spec.ts';
import type { FeatureSchema } from '../../contracts/records.ts';
import { createRandom, internal, type Matrix, takeRows } from '../../core/index.ts';
import type { Fold, Split, Table } from '../../dataset/index.ts';
import { createSession } from '../../onnx/index.ts';
import type { FeatureColumn } from '../../preprocess/index.ts';
import { type Encoding, fitEncoding } from '../fit-encoding.ts';
import { interruptions, refuseStopped } from '../interruptions.ts';
import { outputOfRows, type TableRows } from '../predict-table.ts';
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

/** As many of the rows as a silhouette can be made of, drawn at random, in their order. */
export function silhouetteSample(rows: Uint32Array, columns: number, seed: number): Uint32Array {
  const count = Math.max(50, Math.min(comparedRows, Math.floor(Math.sqrt(comparedValues / columns))));
  if (rows.length <= count) return rows;
  return createRandom(seed).fork('silhouette').shuffle(rows.slice()).subarray(0, count).sort();
}

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
  // These fits cannot go on from where they were, so they stop where others pause.
  const stop = interruptions({}, context);
  const others = split.folds.filter((fold) => fold !== split.heldOut);
  const folds: UnsupervisedFold[] = [];
  let { parameters = {} } = spec;
  let tried: readonly TriedClusters[] | undefined;
  for (const [number, fold] of [split.heldOut, ...others].entries()) {
    refuseStopped(context);
    const what = `${learner.name}: fold ${number + 1} of ${split.folds.length}`;
    const onProgress = (share: number): void =>
      context.onProgress?.((number + share) / split.folds.length, what);
    onProgress(0);
    const encoding = fitEncoding(problem, learner, fold.train);
    const { preprocessor } = encoding;
    try {
      const x = await preprocessor.transform(problem.table, preprocessor.keepRows(problem.table, fold.train));
      if (spec.task === 'clustering' && parameters.clusters === undefined) {
        tried = await chooseClusters(sampleRows(x, seed), silhouetteOf, { seed, ...stop });
        const best = tried.reduce((left, right) => (right.silhouette > left.silhouette ? right : left));
        parameters = { ...parameters, clusters: best.clusters };
      }
      const options = { seed, threads: context.threads, parameters, onProgress, ...stop };
      folds.push(await fitFold(problem, learner, { fold, encoding, x, options }));
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
  readonly encoding: Encoding;
  readonly x: Matrix;
  readonly options: FitOptions;
}

async function fitFold(
  { table }: UnsupervisedProblem,
  learner: ClusterLearner | AnomalyLearner,
  { fold, encoding: { preprocessor, columns }, x, options }: FoldMaterial,
): Promise<UnsupervisedFold> {
  const started = performance.now();
  const fitted = await learner.fit(x, { ...options, columns, layout: preprocessor.layout });
  let parts: UnsupervisedParts = { preprocessor, fitted };
  if ('threshold' in fitted) {
    const { contamination } = options.parameters ?? {};
    const threshold =
      typeof contamination === 'number'
        ? await thresholdFor(parts, { table, rows: fold.train }, contamination)
        : Math.fround(fitted.threshold);
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

/** The score that this share of the rows reaches. */
async function thresholdFor(
  parts: UnsupervisedParts,
  asked: TableRows,
  contamination: number,
): Promise<number> {
  const session = await createSession(assembleUnsupervised(parts));
  try {
    const { features } = parts.preprocessor;
    const sorted = (await outputOfRows(session, { features, output: 'score' }, asked)).sort();
    const anomalies = Math.max(1, Math.round(contamination * sorted.length));
    return sorted[sorted.length - anomalies]!;
  } finally {
    await session.release();
  }
}

/** Rows drawn at random, as many as a silhouette can be made of, in their order. */
function sampleRows(x: Matrix, seed: number): Matrix {
  const rows = Uint32Array.from({ length: x.rows }, (_, row) => row);
  return takeRows(x, silhouetteSample(rows, x.columns, seed));
}
