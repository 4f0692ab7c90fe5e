/** Every learner that forecasts, by name. */
import type { LearnerName } from '../../contracts/model-spec.ts';
import { internal } from '../../core/index.ts';
import { autoregressionLearner } from './autoregression.ts';
import { seasonalNaiveLearner } from './seasonal-naive.ts';
import type { ForecastLearner } from './types.ts';

const own: readonly ForecastLearner[] = [seasonalNaiveLearner, autoregressionLearner];

/** A learner of series, or one of tables put on windows of series. */
export function forecastLearner(name: LearnerName): ForecastLearner {
  const learner = own.find((one) => one.name === name);
  if (!learner) throw internal(`No learner "${name}" forecasts.`);
  return learner;
}
