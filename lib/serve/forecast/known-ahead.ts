/** What is known of the steps ahead: what a request sends over what the version keeps. */
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';
import {
  addSteps,
  duplicateStamp,
  knownWidth,
  offGrid,
  stampText,
  stepsBetween,
} from '../../series/index.ts';
import type { SentRows } from './read-body.ts';
import type { CurrentSeries, ForecastInput } from './types.ts';

/**
 * Known inputs of the steps ahead, as sent or as stored, row-major [horizon of the model, width]; after the steps that
 * are asked for the last ones stay.
 *
 * @throws invalid_request `future_missing`, `off_grid` or `duplicate_stamp`
 */
export function knownAhead(
  schema: SeriesSchema,
  input: ForecastInput,
  { series, frequency }: CurrentSeries,
): Float32Array {
  const width = knownWidth(schema.known);
  const { horizon } = schema;
  const ahead = new Float64Array(horizon * width).fill(Number.NaN);
  const from = series.values.length * width;
  ahead.set(series.known.subarray(from, from + ahead.length));
  const { future } = input;
  const steps = future ? futureSteps(schema, future, { series, frequency }) : [];
  for (const [row, step] of steps.entries()) {
    if (step < 0 || step >= horizon) continue;
    for (let place = 0; place < width; place += 1) {
      const value = future!.known[row * width + place]!;
      if (!Number.isNaN(value)) ahead[step * width + place] = value;
    }
  }
  const gap = ahead.subarray(0, input.horizon * width).findIndex(Number.isNaN);
  if (gap >= 0) {
    const missing = addSteps(frequency, series.start, series.values.length + Math.floor(gap / width));
    throw futureMissing(schema, input, missing);
  }
  for (let place = input.horizon * width; place < ahead.length; place += 1) {
    if (Number.isNaN(ahead[place]!)) ahead[place] = ahead[place - width]!;
  }
  return Float32Array.from(ahead);
}

/** Which step each row of the future is of, the first being 0; rows without times follow one another. */
function futureSteps(
  { aggregate }: SeriesSchema,
  { stamps, place }: SentRows,
  { series: { start, values }, frequency }: CurrentSeries,
): readonly number[] {
  const source = { name: '', place };
  const rows = new Map<number, number>();
  return Array.from(stamps, (stamp, row) => {
    if (Number.isNaN(stamp)) return row;
    const steps = stepsBetween(frequency, start, stamp);
    if (aggregate !== undefined) return steps - values.length;
    if (addSteps(frequency, start, steps) !== stamp) {
      throw offGrid(source, { row, stamp }, { start: addSteps(frequency, start, values.length), frequency });
    }
    const earlier = rows.get(steps);
    if (earlier !== undefined) throw duplicateStamp(source, [earlier, row], stamp);
    rows.set(steps, row);
    return steps - values.length;
  });
}

function futureMissing(
  { known }: SeriesSchema,
  { horizon, places }: ForecastInput,
  missing: number,
): OnrampError {
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  return invalidInput(
    `The forecast needs ${names} for each of its ${horizon} steps, and has nothing for ${stampText(missing)}. Send them in "${places.future}".`,
    { code: 'future_missing', param: places.future },
  );
}
