/** Makes one forecast: the newest values become a window, the model runs, the steps get their stamps. */
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import type { TensorData } from '../../onnx/types.ts';
import { addSteps, knownWidth, parseFrequency, stampText } from '../../series/index.ts';
import type { ForecastModel } from '../version-cache.ts';
import { currentSeries } from './current-series.ts';
import { knownAhead } from './known-ahead.ts';
import type { CurrentSeries, ForecastInput, ForecastWarning } from './types.ts';

/** One forecast. */
export interface Forecast {
  /** Milliseconds since 1970 of each step. */
  readonly stamps: readonly number[];
  readonly values: Float32Array;
  /** One for each level of the schema. */
  readonly quantiles: readonly Float32Array[];
  readonly warnings: readonly ForecastWarning[];
}

/**
 * Forecasts one series.
 *
 * @throws invalid_request `history_too_short`, `future_missing`, or what is wrong with the stamps that were sent
 */
export async function askForecast(model: ForecastModel, input: ForecastInput): Promise<Forecast> {
  const { series: schema, session } = model;
  const frequency = parseFrequency(schema.frequency);
  const { series, warnings } = currentSeries(schema, input, frequency);
  const outputs = await session.run(feedsOf(schema, input, { series, frequency }));
  const values = outputs.values!.data as Float32Array;
  const quantiles = outputs.quantiles!.data as Float32Array;
  const { horizon } = input;
  const first = series.values.length;
  const stamps = Array.from({ length: horizon }, (_, step) =>
    addSteps(frequency, series.start, first + step),
  );
  const newest = addSteps(frequency, series.start, first - 1);
  return {
    stamps,
    values: values.subarray(0, horizon),
    quantiles: schema.quantiles.map((_, level) =>
      quantiles.subarray(level * schema.horizon, level * schema.horizon + horizon),
    ),
    warnings: [...warnings, ...(input.history ? [] : oldHistory(newest, stamps.at(-1)!, input.now))],
  };
}

/** Whoever sends no history may not know how old the stored one is: said where all of the forecast has gone by. */
function oldHistory(newest: number, end: number, now: number): readonly ForecastWarning[] {
  if (end >= now) return [];
  const message = `The newest value that this version knows is of ${stampText(newest)}, so that all steps of this forecast have gone by. Send newer values in "history", or upload newer data and promote the version that learns from them.`;
  return [{ code: 'history_old', field: 'history', message }];
}

/** The tensors of one window. */
function feedsOf(
  schema: SeriesSchema,
  input: ForecastInput,
  { series, frequency }: CurrentSeries,
): Record<string, TensorData> {
  const { context, horizon, calendar, known } = schema;
  const { values, start } = series;
  const history = Float32Array.from(values.subarray(values.length - context));
  const width = knownWidth(known);
  const time = (step: number): bigint =>
    BigInt(Math.floor(addSteps(frequency, start, values.length + step) / 1000));
  return {
    history: { type: 'float32', dims: [1, context], data: history },
    ...(width > 0 && {
      known: {
        type: 'float32',
        dims: [1, horizon, width],
        data: knownAhead(schema, input, { series, frequency }),
      },
    }),
    ...(calendar && {
      time: {
        type: 'int64',
        dims: [1, horizon],
        data: BigInt64Array.from({ length: horizon }, (_, step) => time(step)),
      },
    }),
  };
}
