/** Windows of series as the tensors that a file takes, and what a graph makes of them. */
import {
  createGraphBuilder,
  createSession,
  type Dimension,
  encodeModel,
  type GraphBuilder,
  type TensorData,
  type Value,
} from '../../onnx/index.ts';
import { addSteps, type Frequency, type Series } from '../../series/index.ts';
import { spreadEvenly } from './origins.ts';
import type { Forecaster, ForecastInputs, ForecastTask, Origin } from './types.ts';

/** What a window consists of. */
export type WindowShape = Pick<Forecaster, 'context' | 'usesTime'> & Pick<ForecastTask, 'horizon' | 'width'>;

type TimedShape = WindowShape & { readonly frequency: Frequency };

/** The feeds of forecasts from some origins, each with at least `context` values before it. */
export function windowFeeds(
  series: readonly Series[],
  origins: readonly Origin[],
  { context, horizon, width, usesTime, frequency }: TimedShape,
): Record<string, TensorData> {
  const count = origins.length;
  const history = new Float32Array(count * context);
  const known = new Float32Array(count * horizon * width);
  const time = new BigInt64Array(usesTime ? count * horizon : 0);
  for (const [index, { series: number, at }] of origins.entries()) {
    const one = series[number]!;
    history.set(one.values.subarray(at - context, at), index * context);
    known.set(one.known.subarray(at * width, (at + horizon) * width), index * horizon * width);
    if (!usesTime) continue;
    for (let step = 0; step < horizon; step += 1) {
      const ms = addSteps(frequency, one.start, at + step);
      time[index * horizon + step] = BigInt(Math.floor(ms / 1000));
    }
  }
  return {
    history: { type: 'float32', dims: [count, context], data: history },
    ...(width > 0 && { known: { type: 'float32', dims: [count, horizon, width], data: known } }),
    ...(usesTime && { time: { type: 'int64', dims: [count, horizon], data: time } }),
  };
}

/** The inputs that a file of this shape declares. */
export const declareInputs = (
  builder: GraphBuilder,
  { context, horizon, width, usesTime }: WindowShape,
): ForecastInputs => ({
  history: builder.input('history', 'float32', ['N', context]),
  known: width > 0 ? builder.input('known', 'float32', ['N', horizon, width]) : null,
  time: usesTime ? builder.input('time', 'int64', ['N', horizon]) : null,
});

/**
 * What a graph makes of the windows before some origins: what is learnt from goes the way of what is asked later.
 *
 * @param emit writes the graph and says which of its float32 values are wanted
 */
export async function computeWindows<Wanted extends Readonly<Record<string, ShapedValue>>>(
  { series, origins, shape }: TrainingWindows,
  emit: (builder: GraphBuilder, inputs: ForecastInputs) => Wanted,
): Promise<{ readonly [Name in keyof Wanted]: TensorData }> {
  const builder = createGraphBuilder('windows');
  const wanted = emit(builder, declareInputs(builder, shape));
  for (const [name, [value, shape]] of Object.entries(wanted)) {
    builder.output(name, value, 'float32', shape);
  }
  const session = await createSession(encodeModel(builder.model()));
  try {
    return (await session.run(windowFeeds(series, origins, shape))) as { [Name in keyof Wanted]: TensorData };
  } finally {
    await session.release();
  }
}

/** A value of a graph, and how large it is. */
export type ShapedValue = readonly [Value, readonly Dimension[]];

/** Windows to learn from. */
export interface TrainingWindows {
  readonly series: readonly Series[];
  readonly origins: readonly Origin[];
  readonly shape: TimedShape;
}

/** The values that came after each origin, [origins, horizon]. */
export function outcomesOf({ series, origins, shape }: TrainingWindows): Float64Array {
  const { horizon } = shape;
  const outcomes = new Float64Array(origins.length * horizon);
  for (const [index, { series: number, at }] of origins.entries()) {
    outcomes.set(series[number]!.values.subarray(at, at + horizon), index * horizon);
  }
  return outcomes;
}

/** Origins spread evenly over all series, at most so many, each with a whole window and what came of it. */
export function trainingOrigins(
  series: readonly Series[],
  { context, horizon, season }: Pick<WindowShape, 'context' | 'horizon'> & Pick<ForecastTask, 'season'>,
  most: number,
): readonly Origin[] {
  const places = series.map(({ values }) => values.length - horizon - context + 1);
  return spreadEvenly(places, { season, most: Math.max(1, most) }).map(({ series: number, step }) => ({
    series: number,
    at: context + step,
  }));
}
