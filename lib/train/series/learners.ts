/** Every learner that forecasts, by name. */
import type { LearnerName, TableLearnerName } from '../../contracts/model-spec.ts';
import { autoregressionLearner } from './autoregression.ts';
import { exponentialSmoothingLearner } from './exponential-smoothing.ts';
import { laggedLearner } from './lagged.ts';
import { networkLearner } from './network-forecast.ts';
import { seasonalNaiveLearner } from './seasonal-naive.ts';
import type { ForecastLearner } from './types.ts';

const own: readonly ForecastLearner[] = [
  seasonalNaiveLearner,
  exponentialSmoothingLearner,
  autoregressionLearner,
  networkLearner('recurrent'),
  networkLearner('attention'),
];

/** A learner of series, or one of tables put on windows of series. */
export const forecastLearner = (name: LearnerName): ForecastLearner =>
  own.find((one) => one.name === name) ?? laggedLearner(name as TableLearnerName);
