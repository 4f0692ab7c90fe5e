/** Scores a model's answers: every metric with its interval, next to what a trivial predictor scores. */
import { invalidInput } from '../core/index.ts';
import {
  type BootstrapOptions,
  bootstrapIntervals,
  type Interval,
  meanScores,
  type Part,
  quantile,
} from './bootstrap.ts';
import type { MetricName } from './metrics.ts';
import {
  type ClassificationAnswers,
  classificationParts,
  type RegressionAnswers,
  regressionParts,
} from './score-parts.ts';

/** A metric's value with its 95 % interval; `baseline` is the trivial predictor's value, null where undefined. */
export interface MetricEstimate extends Interval {
  readonly baseline: number | null;
}

/** Every metric that is defined for the rows. */
export type MetricTable = Partial<Record<MetricName, MetricEstimate>>;

/** Answers of a classifier and how to judge them. */
export interface ClassificationEvaluation extends ClassificationAnswers, BootstrapOptions {
  /** Share of each class that the trivial predictor knows, best from the training rows; else of these rows. */
  readonly priors?: ArrayLike<number> | undefined;
}

/** Answers of a regression and how to judge them. */
export interface RegressionEvaluation extends RegressionAnswers, BootstrapOptions {
  /**
   * What the trivial predictor answers to each row: the mean of the training target, or the last known value when
   * rows are ordered by time. The mean of these rows when left out, or their quantile where quantiles are answered.
   */
  readonly baselinePredictions?: ArrayLike<number> | undefined;
}

/**
 * All classification metrics. With `folds` they are means over the folds, and rows are resampled within folds.
 *
 * The trivial predictor answers the largest class, with the class shares as probabilities.
 *
 * @throws invalid_request when the answers do not fit each other
 */
export function evaluateClassification(evaluation: ClassificationEvaluation): MetricTable {
  const parts = classificationParts(evaluation);
  const { actual, classes, positive, folds } = evaluation;
  const priors = evaluation.priors ?? classShares(actual, classes);
  if (priors.length !== classes) {
    throw invalidInput(`There are ${classes} classes but ${priors.length} prior shares`);
  }
  const probabilities = new Float64Array(actual.length * classes);
  for (let at = 0; at < probabilities.length; at += 1) probabilities[at] = priors[at % classes]!;
  const trivial = classificationParts({ actual, probabilities, classes, positive, folds });
  return withBaseline(bootstrapIntervals(parts, evaluation), trivial);
}

/**
 * All regression metrics. With `folds` they are means over the folds, and rows are resampled within folds.
 *
 * @throws invalid_request when the answers do not fit each other
 */
export function evaluateRegression(evaluation: RegressionEvaluation): MetricTable {
  const parts = regressionParts(evaluation);
  const { actual, quantile: share, folds } = evaluation;
  const constant = share === undefined ? meanOf(actual) : quantile(Float64Array.from(actual).sort(), share)!;
  const predicted = evaluation.baselinePredictions ?? new Float64Array(actual.length).fill(constant);
  const trivial = regressionParts({ actual, predicted, quantile: share, folds });
  return withBaseline(bootstrapIntervals(parts, evaluation), trivial);
}

/**
 * All classification metrics that are defined, without intervals: what choosing among many models needs.
 *
 * @throws invalid_request when the answers do not fit each other
 */
export const scoreClassification = (answers: ClassificationAnswers): Map<MetricName, number> =>
  meanScores(classificationParts(answers));

/**
 * All regression metrics that are defined, without intervals.
 *
 * @throws invalid_request when the answers do not fit each other
 */
export const scoreRegression = (answers: RegressionAnswers): Map<MetricName, number> =>
  meanScores(regressionParts(answers));

/** Intervals next to what a trivial predictor scores. */
export function withBaseline(intervals: Map<MetricName, Interval>, trivial: readonly Part[]): MetricTable {
  const baselines = meanScores(trivial);
  const table: MetricTable = {};
  for (const [name, interval] of intervals) {
    table[name] = { ...interval, baseline: baselines.get(name) ?? null };
  }
  return table;
}

function classShares(labels: ArrayLike<number>, classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (let row = 0; row < labels.length; row += 1) shares[labels[row]!]! += 1 / labels.length;
  // Sums of many shares may pass 1 by rounding.
  return shares.map((share) => Math.min(1, share));
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < values.length; row += 1) sum += values[row]!;
  return sum / values.length;
}
