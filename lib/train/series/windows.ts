/** Windows of series as the tensors that a file takes. */
import type { TensorData } from '../../onnx/index.ts';
import { addSteps, type Frequency, type Series } from '../../series/index.ts';
import type { Forecaster, ForecastTask, Origin } from './types.ts';

/** What a window consists of. */
export type WindowShape = Pick<Forecaster, 'context' | 'usesTime'> & Pick<ForecastTask, 'horizon' | 'width'>;

/** The feeds of forecasts from some origins, each with at least `context` values before it. */
export function windowFeeds(
  series: readonly Series[],
  origins: readonly Origin[],
  { context, horizon, width, usesTime, frequency }: WindowShape & { readonly frequency: Frequency },
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
