/** Makes one forecast: the newest values become a window, the model runs, the steps get their stamps. */
import type { SeriesSchema, StoredSeries } from '../../contracts/series-spec.ts';
import { invalidInput } from '../../core/index.ts';
import type { TensorData } from '../../onnx/types.ts';
import {
  addSteps,
  type Frequency,
  knownWidth,
  makeRegular,
  parseFrequency,
  type Series,
  type SeriesRows,
  stampText,
  stepsBetween,
} from '../../series/index.ts';
import type { ForecastModel } from '../version-cache.ts';
import type { SentRows } from './read-body.ts';

/** What a forecast starts from. */
export interface ForecastInput {
  readonly name: string;
  /** The newest values that the version keeps of the series. */
  readonly stored: StoredSeries | null;
  readonly history: SentRows | null;
  readonly future: SentRows | null;
  /** Steps; at most those of the model. */
  readonly horizon: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One forecast. */
export interface Forecast {
  /** Milliseconds since 1970 of each step. */
  readonly stamps: readonly number[];
  readonly values: Float32Array;
  /** One for each level of the schema. */
  readonly quantiles: readonly Float32Array[];
  readonly warnings: readonly ForecastWarning[];
}

/** Something about the history that a person should know. */
export interface ForecastWarning {
  readonly code: 'gaps_filled' | 'history_old';
  readonly field: string;
  readonly message: string;
}

/**
 * Forecasts one series.
 *
 * @throws invalid_request `history_too_short`, `future_missing`, or what is wrong with the history's stamps
 */
export async function askForecast(model: ForecastModel, input: ForecastInput): Promise<Forecast> {
  const { series: schema, session } = model;
  const frequency = parseFrequency(schema.frequency);
  const { series, warnings } = currentSeries(schema, input, frequency);
  const feeds = feedsOf(schema, series, { input, frequency });
  const outputs = await session.run(feeds);
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

/** The history sent, joined to what is stored where it is too short alone; or what is stored. */
function currentSeries(
  schema: SeriesSchema,
  { name, stored, history }: ForecastInput,
  frequency: Frequency,
): { readonly series: Series; readonly warnings: readonly ForecastWarning[] } {
  const kept = stored && restored(name, stored);
  if (!history) {
    if (!kept || kept.values.length < schema.context)
      throw tooShort(schema, kept?.values.length ?? 0, 'The stored history');
    return { series: kept, warnings: [] };
  }
  const width = knownWidth(schema.known);
  const { gaps, aggregate, context } = schema;
  const options = { frequency, width, gaps, ...(aggregate && { aggregate }) };
  const rows: SeriesRows = { name: '', ...history, rows: Array.from(history.stamps.keys()) };
  const alone = makeRegular(rows, options);
  const needed = context - (alone?.series.values.length ?? 0);
  const made = needed > 0 && kept ? makeRegular(joined(kept, rows, { frequency, width }), options) : alone;
  if (!made || made.series.values.length < context) {
    throw tooShort(schema, made?.series.values.length ?? 0, 'The history');
  }
  const { filled, firstFilled } = made;
  if (filled === 0) return { series: made.series, warnings: [] };
  const message = `${filled} step${filled === 1 ? '' : 's'} without a value ${filled === 1 ? 'was' : 'were'} filled in, the first at ${stampText(firstFilled)}.`;
  return { series: made.series, warnings: [{ code: 'gaps_filled', field: 'history', message }] };
}

const restored = (name: string, { start, values, known, ahead }: StoredSeries): Series => ({
  ...{ name, ahead, start: Date.parse(`${start}Z`) },
  values: Float64Array.from(values),
  known: Float64Array.from(known),
});

/** What is stored, and after it what is sent; of a step that both have, what is sent. */
function joined(
  { start, values, known }: Series,
  sent: SeriesRows,
  { frequency, width }: { readonly frequency: Frequency; readonly width: number },
): SeriesRows {
  const taken = new Set(sent.stamps);
  const steps = Array.from(values.keys()).filter((step) => !taken.has(addSteps(frequency, start, step)));
  const rows = new Int32Array(steps.length + sent.stamps.length);
  // Of rows that the request has not sent no message is about.
  rows.set(Array.from(sent.rows), steps.length);
  return {
    name: '',
    stamps: Float64Array.from([...steps.map((step) => addSteps(frequency, start, step)), ...sent.stamps]),
    values: Float64Array.from([...steps.map((step) => values[step]!), ...sent.values]),
    known: Float64Array.from([
      ...steps.flatMap((step) => [...known.subarray(step * width, (step + 1) * width)]),
      ...sent.known,
    ]),
    rows,
  };
}

function tooShort({ context, frequency }: SeriesSchema, found: number, what: string): Error {
  return invalidInput(
    `${what} has ${found} value${found === 1 ? '' : 's'} in a row; the model forecasts from ${context}, one every ${frequency}. Send at least so many in "history".`,
    { code: 'history_too_short', param: 'history' },
  );
}

interface Window {
  readonly input: ForecastInput;
  readonly frequency: Frequency;
}

/** The tensors of one window. */
function feedsOf(schema: SeriesSchema, series: Series, window: Window): Record<string, TensorData> {
  const { context, horizon, calendar, known } = schema;
  const { values } = series;
  const history = Float32Array.from(values.subarray(values.length - context));
  const width = knownWidth(known);
  return {
    history: { type: 'float32', dims: [1, context], data: history },
    ...(width > 0 && {
      known: { type: 'float32', dims: [1, horizon, width], data: knownAhead(schema, series, window) },
    }),
    ...(calendar && {
      time: {
        type: 'int64',
        dims: [1, horizon],
        data: BigInt64Array.from({ length: horizon }, (_, step) =>
          BigInt(Math.floor(addSteps(window.frequency, series.start, values.length + step) / 1000)),
        ),
      },
    }),
  };
}

/** Known inputs of the steps ahead, as sent or as stored; after the steps that are asked for the last ones stay. */
function knownAhead(schema: SeriesSchema, series: Series, { input, frequency }: Window): Float32Array {
  const width = knownWidth(schema.known);
  const { horizon } = schema;
  const ahead = new Float64Array(horizon * width).fill(Number.NaN);
  const from = series.values.length * width;
  ahead.set(series.known.subarray(from, from + ahead.length));
  const { future } = input;
  const end = addSteps(frequency, series.start, series.values.length);
  for (let row = 0; row < (future?.stamps.length ?? 0); row += 1) {
    const stamp = future!.stamps[row]!;
    const step = Number.isNaN(stamp) ? row : stepsBetween(frequency, end, stamp);
    if (step < 0 || step >= horizon) continue;
    for (let place = 0; place < width; place += 1) {
      const value = future!.known[row * width + place]!;
      if (!Number.isNaN(value)) ahead[step * width + place] = value;
    }
  }
  const gap = ahead.subarray(0, input.horizon * width).findIndex(Number.isNaN);
  if (gap >= 0)
    throw futureMissing(schema, { step: Math.floor(gap / width), end, frequency, steps: input.horizon });
  for (let place = input.horizon * width; place < ahead.length; place += 1) {
    if (Number.isNaN(ahead[place]!)) ahead[place] = ahead[place - width]!;
  }
  return Float32Array.from(ahead);
}

function futureMissing(
  { known }: SeriesSchema,
  {
    step,
    steps,
    end,
    frequency,
  }: { readonly step: number; readonly steps: number; readonly end: number; readonly frequency: Frequency },
): Error {
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  return invalidInput(
    `The forecast needs ${names} for each of its ${steps} steps, and has nothing for ${stampText(addSteps(frequency, end, step))}. Send them in "future".`,
    { code: 'future_missing', param: 'future' },
  );
}
