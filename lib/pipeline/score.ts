/** Brings answers of models and what was true together: metrics with intervals, and comparisons. */
import type { MetricName } from '../contracts/model-spec.ts';
import type { MetricTable } from '../contracts/records.ts';
import { internal } from '../core/index.ts';
import {
  type ClassificationAnswers,
  type ComparisonResult,
  chooseThreshold,
  compareModels,
  evaluateClassification,
  evaluateRegression,
  metrics,
  type RegressionAnswers,
  scoreClassification,
  scoreRegression,
} from '../evaluate/index.ts';
import type { Judge, Predictions, Target } from '../train/index.ts';

/** What was true and what was answered, row by row, and what a trivial predictor would have known. */
export interface Answered {
  readonly target: Target;
  readonly predictions: Predictions;
  readonly positive?: string;
  readonly folds?: Uint8Array;
  /** Regression over time: the value of the row before. */
  readonly lastValues?: Float64Array;
}

/** How models are judged while they are trained. */
export function createJudge(metric: MetricName, positive: string | undefined): Judge {
  return {
    metric,
    higherIsBetter: metrics[metric].better === 'higher',
    score: (target, predictions) =>
      scoreOf(metric, { target, predictions, ...(positive !== undefined && { positive }) }),
    chooseThreshold: (actual, scores) => chooseThreshold({ actual, scores, objective: 'f1' }).threshold,
  };
}

/** One metric of the answers; `null` where it is undefined for these rows. */
export function scoreOf(metric: MetricName, answered: Answered): number | null {
  const answers = answersOf(answered);
  const scores = 'probabilities' in answers ? scoreClassification(answers) : scoreRegression(answers);
  return scores.get(metric) ?? null;
}

/** Every metric with its 95 % interval next to the trivial predictor's. */
export function scorePredictions(answered: Answered, seed: number): MetricTable {
  const answers = answersOf(answered);
  if ('probabilities' in answers) return evaluateClassification({ ...answers, seed });
  const { lastValues } = answered;
  return evaluateRegression({ ...answers, seed, ...(lastValues && { baselinePredictions: lastValues }) });
}

/** Tells whether the candidate's answers are better than the champion's on the same rows. */
export function comparePredictions(
  metric: MetricName,
  { candidate, champion }: { readonly candidate: Answered; readonly champion: Answered },
  seed: number,
): ComparisonResult {
  return compareModels({ metric, candidate: answersOf(candidate), champion: answersOf(champion), seed });
}

function answersOf({
  target,
  predictions,
  positive,
  folds,
}: Answered): ClassificationAnswers | RegressionAnswers {
  const common = folds ? { folds } : {};
  if (target.task === 'regression') {
    if (predictions.task !== 'regression') throw taskMismatch();
    return { ...common, actual: target.values, predicted: predictions.values, quantile: target.quantile };
  }
  if (predictions.task !== 'classification') throw taskMismatch();
  const codeOf = new Map(target.classes.map((label, code) => [label, code]));
  return {
    ...common,
    actual: target.codes,
    probabilities: predictions.probabilities,
    predicted: Int32Array.from(predictions.labels, (label) => codeOf.get(label)!),
    classes: target.classes.length,
    ...(positive !== undefined && target.classes.length === 2 && { positive: codeOf.get(positive)! }),
  };
}

const taskMismatch = (): Error =>
  internal('The model answers another kind of question than the target asks.', { code: 'task_mismatch' });
