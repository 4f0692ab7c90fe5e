/** Training: from a table and a spec to one tested ONNX file. */
export { assembleModel, type ModelParts } from './assemble.ts';
export { estimateTraining, type TrainingEstimate } from './estimate.ts';
export type { TrainingSize } from './learner-needs.ts';
export { outputOfRows, type Predictions, predictTable } from './predict-table.ts';
export {
  answersOf as forecastAnswers,
  type Cut,
  cutSeries,
  estimateForecast,
  type ForecastJudge,
  type ForecastProblem,
  forecastersToTry,
  newestStamp,
  type OriginAnswers,
  readSeries,
  type SeriesProblem,
  type TrainedForecast,
  trainForecast,
  windowFeeds,
} from './series/index.ts';
export {
  balancedWeights,
  inferTask,
  readTarget,
  type TargetRows,
  takeTableRows,
  takeTarget,
} from './target.ts';
export {
  type Judge,
  learnersToTry,
  type OutOfFold,
  type TrainedModel,
  type TrainRequest,
  trainModel,
} from './train-model.ts';
export type { ClassTarget, KeptWork, NumberTarget, Target, TrainContext } from './types.ts';
export {
  estimateUnsupervised,
  silhouetteSample,
  type TrainedUnsupervised,
  trainUnsupervised,
  type UnsupervisedFold,
  type UnsupervisedProblem,
} from './unsupervised/index.ts';
