/** Scores groups and anomalies on rows that were not learnt from: every metric with its interval, next to a trivial one. */
import type { Matrix } from '../core/index.ts';
import {
  type BootstrapOptions,
  bootstrapIntervals,
  meanScores,
  type Part,
  type Scores,
} from './bootstrap.ts';
import { type ComparisonResult, verdictOf } from './compare.ts';
import { type MetricTable, withBaseline } from './evaluate.ts';
import type { MetricName } from './metrics.ts';
import { type ClassificationAnswers, classificationParts, weightedMean } from './score-parts.ts';
import { silhouettes } from './silhouette.ts';

/** Rows in groups. */
export interface ClusterAnswers {
  /** The encoded rows. */
  readonly features: Matrix;
  /** Number of each row's group. */
  readonly groups: ArrayLike<number>;
  /** Euclidean distance of each row to the centre of its group. */
  readonly distances: ArrayLike<number>;
}

/** Rows with scores. */
export interface AnomalyAnswers {
  /** 0 to 1. */
  readonly scores: Float32Array;
  readonly threshold: number;
  /** 1 for rows that are known to be anomalies, 0 for those known not to be, -1 where nothing is known. */
  readonly labels?: ArrayLike<number>;
}

/** Rows in groups, each compared with each: what takes long, done once for all that is asked of it. */
export interface JudgedClusters {
  readonly own: Part;
  readonly trivial: Part;
}

export const judgeClusters = (answers: ClusterAnswers): JudgedClusters => ({
  own: clusterPart(answers),
  trivial: trivialPart(answers),
});

/** Metrics of groups; one entry a fold, of which each metric is the mean. */
export function evaluateClusters(folds: readonly JudgedClusters[], options: BootstrapOptions): MetricTable {
  const intervals = bootstrapIntervals(
    folds.map(({ own }) => own),
    options,
  );
  return withBaseline(
    intervals,
    folds.map(({ trivial }) => trivial),
  );
}

/** Metrics of groups without intervals, fold by fold. */
export const scoreClusters = (folds: readonly JudgedClusters[]): readonly Map<MetricName, number>[] =>
  folds.map(({ own }) => meanScores([own]));

function clusterPart({ features, groups, distances }: ClusterAnswers): Part {
  const { rows } = features;
  const own = silhouettes(features, groups);
  const squares = Float64Array.from({ length: rows }, (_, row) => distances[row]! ** 2);
  const spread = squaresToMean(features);
  return {
    rows,
    score: (counts) => {
      const inertia = weightedMean(squares, counts);
      const whole = weightedMean(spread, counts);
      return {
        ...(own && { silhouette: weightedMean(own, counts) }),
        inertia,
        explained: whole > 0 ? 1 - inertia / whole : null,
      };
    },
  };
}

/** All rows in one group around their mean; rows put into groups at random have a silhouette of about 0. */
function trivialPart({ features }: ClusterAnswers): Part {
  const spread = squaresToMean(features);
  const inertia = weightedMean(spread);
  return {
    rows: features.rows,
    score: () => ({ silhouette: 0, inertia, explained: inertia > 0 ? 0 : null }),
  };
}

/** Squared distance of each row to the mean of all. */
function squaresToMean({ rows, columns, data }: Matrix): Float64Array {
  const mean = new Float64Array(columns);
  for (let at = 0; at < data.length; at += 1) mean[at % columns]! += data[at]! / rows;
  const squares = new Float64Array(rows);
  for (let at = 0; at < data.length; at += 1) {
    squares[Math.floor(at / columns)]! += (data[at]! - mean[at % columns]!) ** 2;
  }
  return squares;
}

/** Silhouettes of two ways to group the same rows, in the same encoding: paired, so that what is hard for both cancels. */
export function compareClusters(
  features: Matrix,
  { candidate, champion }: Readonly<Record<'candidate' | 'champion', ArrayLike<number>>>,
  options: BootstrapOptions,
): ComparisonResult {
  const left = silhouettes(features, candidate);
  const right = silhouettes(features, champion);
  if (!left || !right) return { difference: null, low: null, high: null, verdict: 'indistinguishable' };
  const apart = left.map((value, row) => value - right[row]!);
  const part: Part = {
    rows: features.rows,
    score: (counts) => ({ silhouette: weightedMean(apart, counts) }),
  };
  const { value: difference, low, high } = bootstrapIntervals([part], options).get('silhouette')!;
  return { difference, low, high, verdict: verdictOf('silhouette', low, high) };
}

/** Metrics that need labels, and no probabilities. */
const labelledMetrics = ['auc', 'average_precision', 'precision', 'recall', 'f1'] as const;

/** Metrics of anomalies; those that need labels are of the labelled rows. One entry a fold. */
export function evaluateAnomalies(folds: readonly AnomalyAnswers[], options: BootstrapOptions): MetricTable {
  const shares = bootstrapIntervals(folds.map(sharePart), options);
  const table: MetricTable = {};
  for (const [name, interval] of shares) table[name] = { ...interval, baseline: null };
  const labelled = folds.flatMap(labelledParts);
  if (labelled.length === 0) return table;
  const trivial = folds.flatMap((fold) =>
    labelledParts({ ...fold, scores: new Float32Array(fold.scores.length) }),
  );
  return { ...table, ...withBaseline(bootstrapIntervals(labelled, options), trivial) };
}

/** Metrics of anomalies without intervals, fold by fold. */
export const scoreAnomalies = (folds: readonly AnomalyAnswers[]): readonly Map<MetricName, number>[] =>
  folds.map((fold) => meanScores([sharePart(fold), ...labelledParts(fold)]));

function sharePart({ scores, threshold }: AnomalyAnswers): Part {
  const flags = Float64Array.from(scores, (score) => Number(score >= threshold));
  return { rows: flags.length, score: (counts) => ({ anomaly_share: weightedMean(flags, counts) }) };
}

/** Nothing where no row has a label, or all have the same one. */
function labelledParts(answers: AnomalyAnswers): readonly Part[] {
  const classified = asClasses(answers);
  if (!classified || new Set(Array.from(classified.actual)).size < 2) return [];
  return classificationParts(classified).map(({ rows, score }) => ({
    rows,
    score: (counts) => {
      const all = score(counts);
      return Object.fromEntries(labelledMetrics.map((name) => [name, all[name] ?? null])) as Scores;
    },
  }));
}

/** Scores of labelled rows as the answers of a classifier; null without labels. */
export function asClasses({ scores, threshold, labels }: AnomalyAnswers): ClassificationAnswers | null {
  if (!labels) return null;
  const known = [...scores.keys()].filter((row) => labels[row]! >= 0);
  if (known.length === 0) return null;
  return {
    actual: Int32Array.from(known, (row) => labels[row]!),
    probabilities: Float64Array.from(known.flatMap((row) => [1 - scores[row]!, scores[row]!])),
    predicted: Int32Array.from(known, (row) => Number(scores[row]! >= threshold)),
    classes: 2,
    positive: 1,
  };
}
