/** Exponential smoothing (Holt and Winters, additive and damped), its weights by the smallest squared error. */
import { setImmediate } from 'node:timers/promises';
import { invalidInput } from '../../core/index.ts';
import type { Series } from '../../series/index.ts';
import { type LinearForecast, linearForecaster, meanSize } from './linear-forecast.ts';
import { minimise } from './nelder-mead.ts';
import {
  beginSmoothing,
  expected,
  follow,
  type SmoothingForm,
  type SmoothingWeights,
  smoothingStart,
} from './smoothing.ts';
import type { ForecastLearner, ForecastTask } from './types.ts';

/** A fitted smoothing with what it leaves. */
export interface Smoothing {
  readonly form: SmoothingForm;
  readonly weights: SmoothingWeights;
  /** Akaike's criterion, by which forms are compared. */
  readonly criterion: number;
}

/** The newest values that are learnt from at most, of one series and of all together. */
const maxValues = { ofOne: 3_000, together: 12_000 };

/** Weights from any four numbers: level, share of the level that the trend's and the season's are, damping. */
function weightsAt(at: readonly number[], { trend, season }: SmoothingForm): SmoothingWeights {
  const share = (value: number | undefined): number => 1 / (1 + Math.exp(-(value ?? 0)));
  const level = share(at[0]);
  return {
    level,
    trend: trend === 'none' ? 0 : level * share(at[1]),
    season: season === 1 ? 0 : (1 - level) * share(at[2]),
    damping: trend === 'damped' ? 0.8 + 0.18 * share(at[3]) : 1,
  };
}

/** What the level, the trend and the season are tried at before the search: its valley is not always the deepest. */
const firstTried = { level: [-4, -2, 0, 2, 4], trend: [-4, -1, 2], season: [-4, -1, 2] } as const;

/** The points among which the search's beginning is chosen; a part that the form lacks is not varied. */
const startingPoints = ({ trend, season }: SmoothingForm): readonly (readonly number[])[] =>
  firstTried.level.flatMap((level) =>
    (trend === 'none' ? [0] : firstTried.trend).flatMap((slope) =>
      (season === 1 ? [0] : firstTried.season).map((wave) => [level, slope, wave, 1]),
    ),
  );

/**
 * The weights with the smallest sum of squared errors one step ahead, over all series each divided by its mean size.
 *
 * @param series each long enough for a beginning
 */
export function fitSmoothing(series: readonly Float64Array[], form: SmoothingForm): Smoothing {
  const sizes = series.map((values) =>
    series.length > 1 ? meanSize(values, values.length, values.length) : 1,
  );
  const squares = (weights: SmoothingWeights): number => {
    let sum = 0;
    for (const [index, values] of series.entries()) {
      const state = beginSmoothing(values, form);
      let own = 0;
      for (const value of values) own += follow(state, value, weights) ** 2;
      sum += own / sizes[index]! ** 2;
    }
    return sum;
  };
  const evaluate = (point: readonly number[]): number => squares(weightsAt(point, form));
  const start = startingPoints(form)
    .map((point) => ({ point, value: evaluate(point) }))
    .reduce((best, next) => (next.value < best.value ? next : best)).point;
  const at = minimise(evaluate, start, { step: 1, evaluations: 200, tolerance: 1e-7 });
  const weights = weightsAt(at, form);
  const count = series.reduce((sum, values) => sum + values.length, 0);
  return { form, weights, criterion: count * Math.log(squares(weights) / count) + 2 * freeParameters(form) };
}

/** The weights and the parts at the beginning. */
const freeParameters = ({ trend, season }: SmoothingForm): number =>
  2 + { none: 0, additive: 2, damped: 3 }[trend] + (season > 1 ? season : 0);

/** Forecasts as sums over a window: what the recursions make of a window that is 1 at one place and 0 elsewhere. */
export function smoothingForecast(
  { form, weights }: Pick<Smoothing, 'form' | 'weights'>,
  { context, horizon }: Pick<LinearForecast, 'context' | 'horizon'>,
): LinearForecast {
  const sums = new Float64Array(context * horizon);
  const window = new Float64Array(context);
  for (let place = 0; place < context; place += 1) {
    window.fill(0);
    window[place] = 1;
    const state = beginSmoothing(window, form);
    for (const value of window) follow(state, value, weights);
    for (let step = 0; step < horizon; step += 1) {
      sums[place * horizon + step] = expected(state, weights.damping, step + 1);
    }
  }
  return { context, horizon, weights: sums, intercepts: new Float64Array(horizon), isScaled: false };
}

/** The forms that the settings leave open. */
function formsToTry(
  { season, contextLimit }: ForecastTask,
  parameters: Readonly<Record<string, unknown>>,
): readonly SmoothingForm[] {
  const { trend = 'auto', seasonal = 'auto' } = parameters as {
    trend?: SmoothingForm['trend'] | 'auto';
    seasonal?: 'none' | 'additive' | 'auto';
  };
  const canSeason = season > 1 && 2 * season <= contextLimit;
  if (seasonal === 'additive' && !canSeason) {
    throw invalidInput(
      `A season of ${season} steps cannot be smoothed in windows of ${contextLimit} values; upload a longer history or set "parameters.seasonal" to "none".`,
      { code: 'history_too_short', param: 'parameters.seasonal' },
    );
  }
  const trends = trend === 'auto' ? (['none', 'additive', 'damped'] as const) : [trend];
  const seasons =
    seasonal === 'auto' ? [1, ...(canSeason ? [season] : [])] : [seasonal === 'none' ? 1 : season];
  return trends.flatMap((one) => seasons.map((steps) => ({ trend: one, season: steps })));
}

/** The newest values of as many series as there is time for; the longest first. */
function learntFrom(series: readonly Series[], needed: number): readonly Float64Array[] {
  const chosen: Float64Array[] = [];
  let left = maxValues.together;
  for (const { values } of series.toSorted((one, other) => other.values.length - one.values.length)) {
    if (left < needed || values.length < needed) break;
    const part = values.subarray(Math.max(0, values.length - Math.min(maxValues.ofOne, left)));
    chosen.push(part);
    left -= part.length;
  }
  return chosen;
}

/** The form that Akaike's criterion prefers among those asked for. */
export const exponentialSmoothingLearner: ForecastLearner = {
  name: 'exponential_smoothing',
  fit: async (series, task, { parameters = {}, signal }) => {
    const { contextLimit, horizon } = task;
    const fits: Smoothing[] = [];
    for (const form of formsToTry(task, parameters)) {
      signal?.throwIfAborted();
      const values = learntFrom(series, smoothingStart(form));
      if (values.length > 0) fits.push(fitSmoothing(values, form));
      // A search takes a while, and signs of life have to get through.
      await setImmediate();
    }
    const best = fits.reduce((left, right) => (right.criterion < left.criterion ? right : left));
    const { trend, season } = best.form;
    return linearForecaster(smoothingForecast(best, { context: contextLimit, horizon }), {
      trend,
      season,
      ...named(best.weights),
    });
  },
};

/** The weights under the letters of the field. */
const named = ({ level, trend, season, damping }: SmoothingWeights) => ({
  ...{ alpha: level, beta: trend, gamma: season, phi: damping },
});
