/** Forecasts that are weighted sums of the last values: naive ones, smoothing and autoregression alike. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { Forecaster, ForecastInputs } from './types.ts';

/** Forecasts of all steps as sums over a window; everything row-major. */
export interface LinearForecast {
  readonly context: number;
  readonly horizon: number;
  /** [context, horizon]; oldest value first. */
  readonly weights: Float64Array;
  /** [horizon]. */
  readonly intercepts: Float64Array;
  /** How known inputs act. */
  readonly known?: {
    /** On the value of their own step; [width]. */
    readonly effects: Float64Array;
    /** How much of an effect at one step (row) is in the forecast of another one (column); [horizon, horizon]. */
    readonly response: Float64Array;
  };
  /** The sums are of values divided by their mean size. */
  readonly isScaled: boolean;
}

/** A forecaster of fitted sums. */
export const linearForecaster = (forecast: LinearForecast, found: Forecaster['found']): Forecaster => ({
  context: forecast.context,
  usesTime: false,
  found,
  emit: (builder, inputs) => ({ values: emitLinearForecast(builder, inputs, forecast) }),
});

const FLOAT = 1;
const DOUBLE = 11;

/** Sums in float64: the weights of smooth series are large and cancel. */
function emitLinearForecast(
  builder: GraphBuilder,
  { history, known }: ForecastInputs,
  forecast: LinearForecast,
): Value {
  const { context, horizon, weights, intercepts, isScaled } = forecast;
  const double = (data: Float64Array, dims: readonly number[]): Value =>
    builder.constant({ type: 'float64', dims, data });
  const wide = (value: Value): Value => builder.op('Cast', [value], { to: attr.int(DOUBLE) });
  const scale = isScaled ? wide(emitMeanSize(builder, history)) : null;
  const window = scale ? builder.op('Div', [wide(history), scale]) : wide(history);
  const sums = builder.op('MatMul', [window, double(weights, [context, horizon])]);
  let forecasts = builder.op('Add', [sums, double(intercepts, [horizon])]);
  if (known && forecast.known) {
    const { effects, response } = forecast.known;
    const own = builder.op('MatMul', [wide(known), double(effects, [effects.length])]);
    const spread = builder.op('MatMul', [own, double(response, [horizon, horizon])]);
    forecasts = builder.op('Add', [forecasts, spread]);
  }
  const unscaled = scale ? builder.op('Mul', [forecasts, scale]) : forecasts;
  return builder.op('Cast', [unscaled], { to: attr.int(FLOAT) });
}

/** Windows of nothing but zeros are divided by this. */
const smallestSize = 1e-9;

/** Mean absolute value of each window, float32 [N, 1]. */
export function emitMeanSize(builder: GraphBuilder, history: Value): Value {
  const mean = builder.op('ReduceMean', [builder.op('Abs', [history]), builder.integers([1])], {
    keepdims: attr.int(1),
  });
  return builder.op('Max', [mean, builder.floats([smallestSize], [])]);
}

/** The same of `count` values that end before a place. */
export function meanSize(values: Float64Array, end: number, count: number): number {
  let sum = 0;
  for (let index = end - count; index < end; index += 1) sum += Math.abs(values[index]!);
  return Math.max(sum / count, smallestSize);
}
