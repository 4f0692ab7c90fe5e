/** Seasonal-naive: what was a season ago comes again (Hyndman and Athanasopoulos, "Forecasting", section 5.2). */
import { linearForecaster } from './linear-forecast.ts';
import type { ForecastLearner } from './types.ts';

/** With a season of one step the newest value stays. */
export const seasonalNaiveLearner: ForecastLearner = {
  name: 'seasonal_naive',
  fit: async (_series, { season, horizon }) => {
    const weights = new Float64Array(season * horizon);
    for (let step = 0; step < horizon; step += 1) weights[(step % season) * horizon + step] = 1;
    const forecast = {
      ...{ context: season, horizon, weights, isScaled: false },
      intercepts: new Float64Array(horizon),
    };
    return linearForecaster(forecast, { season });
  },
};

/**
 * The seasonal-naive forecast of a step.
 *
 * @param at values that are known; at least a season
 * @param step from 0
 */
export const seasonalNaive = (values: Float64Array, at: number, step: number, season: number): number =>
  values[at - season + (step % season)]!;
