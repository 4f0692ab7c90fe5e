/** The metrics of answers without intervals: what learners are chosen by. */
import { meanScores } from './bootstrap.ts';
import type { MetricName } from './metrics.ts';
import {
  type ClassificationAnswers,
  classificationParts,
  type RegressionAnswers,
  regressionParts,
} from './score-parts.ts';

/**
 * Every classification metric that is defined for the rows.
 *
 * @throws invalid_request when the answers do not fit each other
 */
export function scoreClassification(answers: ClassificationAnswers): ReadonlyMap<MetricName, number> {
  return meanScores(classificationParts(answers));
}

/**
 * Every regression metric that is defined for the rows.
 *
 * @throws invalid_request when the answers do not fit each other
 */
export function scoreRegression(answers: RegressionAnswers): ReadonlyMap<MetricName, number> {
  return meanScores(regressionParts(answers));
}
