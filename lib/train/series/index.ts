/** Forecasting: learners of series, rolling origins, and the file that is published. */
export { estimateForecast } from './estimate-forecast.ts';
export { answersOf } from './forecast-at.ts';
export { type Cut, type Cuts, cutSeries, newestStamp } from './origins.ts';
export { readSeries, type SeriesProblem } from './read-series.ts';
export {
  type ForecastJudge,
  forecastersToTry,
  type TrainedForecast,
  trainForecast,
} from './train-forecast.ts';
export type { Forecaster, ForecastProblem, ForecastTask, Origin, OriginAnswers } from './types.ts';
export { windowFeeds } from './windows.ts';
