/** Tells whether one model is better than another on the same rows, or whether that could be chance. */
import { invalidInput } from '../core/index.ts';
import { type BootstrapOptions, bootstrapIntervals, type Part } from './bootstrap.ts';
import { type MetricName, metrics } from './metrics.ts';
import {
  type ClassificationAnswers,
  classificationParts,
  type RegressionAnswers,
  regressionParts,
} from './score-parts.ts';

/** Both models' answers to the same rows; the metric decides of which task they are. */
export interface Comparison extends BootstrapOptions {
  readonly metric: MetricName;
  readonly candidate: ClassificationAnswers | RegressionAnswers;
  readonly champion: ClassificationAnswers | RegressionAnswers;
}

/** What a comparison found. */
export interface ComparisonResult {
  /** Candidate minus champion, in the metric's unit; null when the metric is undefined for these rows. */
  readonly difference: number | null;
  /** 95 % interval of the difference. */
  readonly low: number | null;
  readonly high: number | null;
  /** `better` or `worse` only when the interval does not hold 0. */
  readonly verdict: 'better' | 'worse' | 'indistinguishable';
}

/**
 * Paired percentile bootstrap: both models are scored on the same resamples of the rows, so that what makes a resample
 * easy or hard for both cancels.
 *
 * @throws invalid_request when the answers are not to the same rows or not of the metric's task
 */
export function compareModels({ metric, candidate, champion, ...options }: Comparison): ComparisonResult {
  refuseOtherRows(candidate.actual, champion.actual);
  const { folds } = candidate;
  const left = partsOf(metric, { ...candidate, folds });
  const right = partsOf(metric, { ...champion, folds });
  const paired = left.map(({ rows, score }, index): Part => {
    const other = right[index]!.score;
    return {
      rows,
      score: (counts) => {
        const first = score(counts)[metric];
        const second = other(counts)[metric];
        return { [metric]: isNumber(first) && isNumber(second) ? first - second : null };
      },
    };
  });
  const interval = bootstrapIntervals(paired, options).get(metric);
  if (interval === undefined) {
    return { difference: null, low: null, high: null, verdict: 'indistinguishable' };
  }
  const { value: difference, low, high } = interval;
  return { difference, low, high, verdict: verdictOf(metric, low, high) };
}

/** What the interval of a difference in a metric says. */
export function verdictOf(metric: MetricName, low: number, high: number): ComparisonResult['verdict'] {
  if (low <= 0 && high >= 0) return 'indistinguishable';
  return low > 0 === (metrics[metric].better === 'higher') ? 'better' : 'worse';
}

function partsOf(metric: MetricName, answers: Comparison['candidate']): readonly Part[] {
  const { task } = metrics[metric];
  if ('probabilities' in answers) {
    if (task === 'classification') return classificationParts(answers);
  } else if (task === 'regression' || (metric === 'pinball' && answers.quantile !== undefined)) {
    return regressionParts(answers);
  }
  throw invalidInput(`The metric ${metric} is for ${task}, but the answers are of the other task`);
}

function refuseOtherRows(left: ArrayLike<number>, right: ArrayLike<number>): void {
  if (left.length !== right.length) {
    throw invalidInput(`The candidate answered ${left.length} rows, the champion ${right.length}`);
  }
  for (let row = 0; row < left.length; row += 1) {
    if (left[row] !== right[row]) {
      throw invalidInput(`Row ${row} is ${left[row]} for the candidate but ${right[row]} for the champion`);
    }
  }
}

const isNumber = (value: number | null | undefined): value is number => typeof value === 'number';
