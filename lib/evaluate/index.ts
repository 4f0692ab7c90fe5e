/** How good a model is: metrics, their intervals, comparison of two models, and the threshold of a decision. */
export { quantile } from './bootstrap.ts';
export { type Comparison, type ComparisonResult, compareModels } from './compare.ts';
export {
  type AnswerScores,
  answerScores,
  type ClassAnswers,
  type ClassScores,
  type ConfusionMatrix,
  classTable,
  confusionMatrix,
} from './confusion.ts';
export {
  type ClassificationEvaluation,
  evaluateClassification,
  evaluateRegression,
  type MetricEstimate,
  type MetricTable,
  type RegressionEvaluation,
  scoreClassification,
  scoreRegression,
} from './evaluate.ts';
export { compareForecasts, evaluateForecasts, scoreForecasts } from './forecasts.ts';
export { isBetter, type MetricInfo, type MetricName, metrics, primaryMetric, type Task } from './metrics.ts';
export { brierScore, logLoss, type Probabilities, type ProbableAnswers } from './probabilities.ts';
export { averagePrecision, rocAuc } from './ranking.ts';
export { type ClassificationAnswers, mostProbable, type RegressionAnswers } from './score-parts.ts';
export { silhouette } from './silhouette.ts';
export { chooseThreshold, type ThresholdChoice, type ThresholdSearch } from './threshold.ts';
export {
  type AnomalyAnswers,
  asClasses,
  type ClusterAnswers,
  compareClusters,
  evaluateAnomalies,
  evaluateClusters,
  type JudgedClusters,
  judgeClusters,
  scoreAnomalies,
  scoreClusters,
} from './unsupervised.ts';
export { medianAbsoluteError, type ValueAnswers, type ValueScores, valueScores } from './value-errors.ts';
