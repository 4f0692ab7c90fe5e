/** Autoregression: the next value as a weighted sum of the values before it and of known inputs, by least squares. */
import { setImmediate } from 'node:timers/promises';
import type { Series } from '../../series/index.ts';
import { type LinearForecast, linearForecaster, meanSize } from './linear-forecast.ts';
import { windowTooLong } from './origins.ts';
import { addRows, emptyTriangle, residualSquares, solveLeading, type Triangle } from './triangular.ts';
import type { ForecastFitOptions, ForecastLearner, ForecastTask } from './types.ts';

/** y(t) = intercept + sum of coefficients[i] y(t - 1 - i) + sum of effects[k] x(t, k) + noise. */
export interface Autoregression {
  readonly intercept: number;
  /** Of lag 1, lag 2, ... */
  readonly coefficients: Float64Array;
  /** Of the known inputs. */
  readonly effects: Float64Array;
}

/** What is fitted; if scaled, every series is divided by its mean size, so that large ones do not outweigh the others. */
export type AutoregressionOptions = Pick<ForecastTask, 'width' | 'isScaled'> &
  Pick<ForecastFitOptions, 'signal'>;

/** The newest rows that are learnt from at most: more change the weights hardly at all. */
const maxRows = 100_000;
const blockRows = 256;

/**
 * Least squares with an intercept, as `statsmodels.tsa.ar_model.AutoReg(y, order, trend='c')`; over several series the
 * rows of all together.
 *
 * @param series each longer than `order`; shorter ones are passed over
 * @throws the reason of the signal once it has fired
 */
export async function fitAutoregression(
  series: readonly Series[],
  order: number,
  options: AutoregressionOptions,
): Promise<Autoregression> {
  const triangle = await triangleOf(series, order, options);
  return autoregressionOf(solveLeading(triangle, 1 + options.width + order), options.width);
}

function autoregressionOf(weights: Float64Array, width: number): Autoregression {
  const [intercept = 0] = weights;
  return { intercept, effects: weights.slice(1, 1 + width), coefficients: weights.slice(1 + width) };
}

/** Columns: one, the known inputs, the lags from the nearest on, the value. */
async function triangleOf(
  series: readonly Series[],
  order: number,
  { width, isScaled, signal }: AutoregressionOptions,
): Promise<Triangle> {
  const size = width + order + 2;
  const triangle = emptyTriangle(size);
  const block = new Float64Array(blockRows * size);
  const share = Math.ceil(maxRows / series.length);
  let filled = 0;
  for (const { values, known } of series) {
    const scale = isScaled ? meanSize(values, values.length, values.length) : 1;
    for (let at = Math.max(order, values.length - share); at < values.length; at += 1) {
      const row = filled * size;
      block[row] = 1;
      for (let place = 0; place < width; place += 1) block[row + 1 + place] = known[at * width + place]!;
      for (let lag = 1; lag <= order; lag += 1) block[row + width + lag] = values[at - lag]! / scale;
      block[row + size - 1] = values[at]! / scale;
      filled += 1;
      if (filled < blockRows) continue;
      addRows(triangle, block, filled);
      filled = 0;
      // Many lags take seconds, and signs of life have to get through.
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
  addRows(triangle, block, filled);
  return triangle;
}

/**
 * The order with the smallest information criterion. All orders are compared on the rows that the largest one has, as
 * `statsmodels.tsa.ar_model.ar_select_order` does; the triangle of the largest holds the triangles of all others.
 */
export async function chooseOrder(
  series: readonly Series[],
  largest: number,
  { criterion, ...options }: AutoregressionOptions & { readonly criterion: 'aic' | 'bic' },
): Promise<number> {
  const triangle = await triangleOf(series, largest, options);
  const { rows } = triangle;
  const penalty = criterion === 'aic' ? 2 : Math.log(rows);
  let best = { order: 0, value: Number.POSITIVE_INFINITY };
  for (let order = 0; order <= largest; order += 1) {
    const columns = 1 + options.width + order;
    const value =
      rows * Math.log(Math.max(residualSquares(triangle, columns) / rows, 1e-300)) + penalty * columns;
    if (value < best.value) best = { order, value };
  }
  return Math.max(1, best.order);
}

/** The forecasts of all steps as sums over the last values: each step takes the forecasts before it for values. */
export function forecastWeights(
  { intercept, coefficients, effects }: Autoregression,
  {
    horizon,
    context,
    isScaled,
  }: { readonly horizon: number; readonly context: number; readonly isScaled: boolean },
): LinearForecast {
  const order = coefficients.length;
  const weights = new Float64Array(context * horizon);
  const intercepts = new Float64Array(horizon);
  const response = new Float64Array(horizon * horizon);
  for (let step = 0; step < horizon; step += 1) {
    intercepts[step] = intercept;
    response[step * horizon + step] = 1;
    for (let lag = 1; lag <= order; lag += 1) {
      const coefficient = coefficients[lag - 1]!;
      const earlier = step - lag;
      if (earlier < 0) {
        weights[(context + earlier) * horizon + step]! += coefficient;
        continue;
      }
      intercepts[step]! += coefficient * intercepts[earlier]!;
      for (let place = 0; place < context; place += 1) {
        weights[place * horizon + step]! += coefficient * weights[place * horizon + earlier]!;
      }
      for (let cause = 0; cause <= earlier; cause += 1) {
        response[cause * horizon + step]! += coefficient * response[cause * horizon + earlier]!;
      }
    }
  }
  const known = effects.length > 0 ? { known: { effects, response } } : {};
  return { context, horizon, weights, intercepts, isScaled, ...known };
}

/** A season and a little more, as the last day and the hour before it say most of the next hour. */
function largestOrder(series: readonly Series[], { season, contextLimit }: ForecastTask): number {
  const rows = series.reduce((sum, { values }) => sum + values.length, 0);
  const usual = Math.max(2 * season + 2, Math.ceil(10 * Math.log10(rows)));
  return Math.max(1, Math.min(usual, 200, contextLimit, Math.floor(rows / 5)));
}

/** Autoregression of a given order, or of that which an information criterion prefers. */
export const autoregressionLearner: ForecastLearner = {
  name: 'autoregression',
  fit: async (series, task, { parameters = {}, signal }) => {
    const {
      order: given,
      max_order: bound,
      criterion = 'aic',
    } = parameters as {
      order?: number;
      max_order?: number;
      criterion?: 'aic' | 'bic';
    };
    const { width, isScaled, horizon, contextLimit } = task;
    if (given !== undefined && given > contextLimit) {
      throw windowTooLong('order', { asked: given, contextLimit });
    }
    const largest = given ?? Math.min(bound ?? largestOrder(series, task), contextLimit);
    const options = { width, isScaled, ...(signal && { signal }) };
    const order = given ?? (await chooseOrder(series, largest, { ...options, criterion }));
    const model = await fitAutoregression(series, order, options);
    const context = isScaled ? Math.max(order, contextLimit) : order;
    const forecast = forecastWeights(model, { horizon, isScaled, context });
    return linearForecaster(forecast, {
      order,
      intercept: model.intercept,
      coefficients: [...model.coefficients],
      ...(width > 0 && { effects: [...model.effects] }),
    });
  },
};
