/** The newest values of a series: what a request sends, joined to what the version keeps. */
import type { SeriesSchema, StoredSeries } from '../../contracts/series-spec.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';
import {
  addSteps,
  type Frequency,
  floorToStep,
  knownWidth,
  makeRegular,
  type RegularOptions,
  type Series,
  type SeriesRows,
  stampText,
  stepsBetween,
} from '../../series/index.ts';
import type { SentRows } from './read-body.ts';
import type { ForecastInput, ForecastWarning } from './types.ts';

/**
 * The history sent, joined to what is stored where it is too short alone; or what is stored.
 *
 * @throws invalid_request `history_too_short`, or what is wrong with the stamps that were sent
 */
export function currentSeries(
  schema: SeriesSchema,
  { name, stored, history, places }: ForecastInput,
  frequency: Frequency,
): { readonly series: Series; readonly warnings: readonly ForecastWarning[] } {
  const kept = stored && restored(name, stored);
  const tooShort = (found: number, what: string) =>
    historyTooShort(schema, { found, what, place: places.history });
  if (!history) {
    const found = kept?.values.length ?? 0;
    if (!kept || found < schema.context) throw tooShort(found, 'The stored history');
    return { series: kept, warnings: [] };
  }
  const { gaps, aggregate, context, known } = schema;
  const options = { frequency, width: knownWidth(known), gaps, ...(aggregate && { aggregate }) };
  const rows: SeriesRows = { ...history, name: '', rows: Array.from(history.stamps.keys()) };
  const isEnough = stepsOf(history, frequency) >= context;
  const made = makeRegular(kept && !isEnough ? joined(kept, rows, options) : rows, options);
  const found = made?.series.values.length ?? 0;
  if (!made || found < context) throw tooShort(found, 'The history');
  const { filled, firstFilled } = made;
  if (filled === 0) return { series: made.series, warnings: [] };
  const message = `${filled} step${filled === 1 ? '' : 's'} without a value ${filled === 1 ? 'was' : 'were'} filled in, the first at ${stampText(firstFilled)}.`;
  return { series: made.series, warnings: [{ code: 'gaps_filled', field: places.history, message }] };
}

/** Steps from the oldest to the newest row that has a value. */
function stepsOf({ stamps, values }: SentRows, frequency: Frequency): number {
  const valued = stamps.filter((_, row) => !Number.isNaN(values[row]!)).sort();
  return valued.length === 0 ? 0 : 1 + stepsBetween(frequency, valued[0]!, valued.at(-1)!);
}

const restored = (name: string, { start, values, known, ahead }: StoredSeries): Series => ({
  ...{ name, ahead, start: Date.parse(`${start}Z`) },
  values: Float64Array.from(values),
  known: Float64Array.from(known, (value) => value ?? Number.NaN),
});

/** What is stored, and after it what is sent; of a step that both have, what is sent. */
function joined(
  { start, values, known, ahead }: Series,
  sent: SeriesRows,
  { frequency, width, aggregate }: RegularOptions,
): SeriesRows {
  const taken = new Set(
    aggregate === undefined ? sent.stamps : sent.stamps.map((stamp) => floorToStep(frequency, stamp)),
  );
  const steps = Array.from({ length: values.length + ahead }, (_, step) => step).filter(
    (step) => !taken.has(addSteps(frequency, start, step)),
  );
  const rows = new Int32Array(steps.length + sent.stamps.length);
  // Of rows that the request has not sent no message is about.
  rows.set(Array.from(sent.rows), steps.length);
  return {
    ...sent,
    stamps: Float64Array.from([...steps.map((step) => addSteps(frequency, start, step)), ...sent.stamps]),
    values: Float64Array.from([...steps.map((step) => values[step] ?? Number.NaN), ...sent.values]),
    known: Float64Array.from([
      ...steps.flatMap((step) => [...known.subarray(step * width, (step + 1) * width)]),
      ...sent.known,
    ]),
    rows,
  };
}

function historyTooShort(
  { context, frequency }: SeriesSchema,
  { found, what, place }: { readonly found: number; readonly what: string; readonly place: string },
): OnrampError {
  return invalidInput(
    `${what} has ${found} value${found === 1 ? '' : 's'} in a row; the model forecasts from ${context}, one every ${frequency}. Send at least so many in "${place}".`,
    { code: 'history_too_short', param: place },
  );
}
