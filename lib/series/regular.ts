/** Puts the rows of a series on a regular grid: one value a step, gaps filled within a bound, everything else refused. */
import { addSteps, floorToStep, stepsBetween } from './frequency.ts';
import { duplicateStamp, gapTooLong, offGrid } from './refusals.ts';
import type { Filling, Frequency, RegularOptions, Series, SeriesRows } from './types.ts';

/**
 * Makes a series regular. Rows before the first and after the last value are left out; what is known of the steps after
 * the last value is kept as known of the future.
 *
 * @returns `null` for rows without any value
 * @throws invalid_request `duplicate_stamp`, `off_grid` or `gap_too_long`, naming row, stamp and remedy
 */
export function makeRegular(rows: SeriesRows, options: RegularOptions): Filling | null {
  const ordered = inOrder(rows);
  const steps =
    options.aggregate === undefined ? eachAlone(rows, ordered, options) : together(rows, ordered, options);
  const first = steps.findIndex(({ value }) => !Number.isNaN(value));
  if (first < 0) return null;
  const last = steps.findLastIndex(({ value }) => !Number.isNaN(value));
  return fill(rows, steps.slice(first), { ...options, last: last - first });
}

/** What one step of the grid holds. */
interface Step {
  readonly stamp: number;
  readonly value: number;
  readonly known: Float64Array;
  readonly row: number;
}

function inOrder({ stamps }: SeriesRows): Uint32Array {
  return Uint32Array.from(stamps, (_, index) => index).sort(
    (left, right) => stamps[left]! - stamps[right]! || left - right,
  );
}

const stepOf = ({ stamps, values, known, rows }: SeriesRows, index: number, width: number): Step => ({
  stamp: stamps[index]!,
  value: values[index]!,
  known: known.subarray(index * width, (index + 1) * width),
  row: rows[index]!,
});

function eachAlone(rows: SeriesRows, order: Uint32Array, { frequency, width }: RegularOptions): Step[] {
  const steps: Step[] = [];
  for (const index of order) {
    const step = stepOf(rows, index, width);
    const before = steps.at(-1);
    if (before?.stamp === step.stamp) throw duplicateStamp(rows, [before.row, step.row], step.stamp);
    const start = steps[0]?.stamp ?? step.stamp;
    const on = addSteps(frequency, start, stepsBetween(frequency, start, step.stamp));
    if (on !== step.stamp) throw offGrid(rows, step, { start, frequency });
    steps.push(step);
  }
  return steps;
}

/** Rows of one step become one. */
function together(
  rows: SeriesRows,
  order: Uint32Array,
  { frequency, width, aggregate }: RegularOptions,
): Step[] {
  const steps: Step[] = [];
  let members: Step[] = [];
  const close = (): void => {
    const [first] = members;
    if (!first) return;
    const present = members.map(({ value }) => value).filter((value) => !Number.isNaN(value));
    steps.push({ ...first, value: aggregated(present, aggregate!), known: members.at(-1)!.known });
  };
  for (const index of order) {
    const step = stepOf(rows, index, width);
    const stamp = floorToStep(frequency, step.stamp);
    if (members[0] && members[0].stamp !== stamp) {
      close();
      members = [];
    }
    members.push({ ...step, stamp });
  }
  close();
  return steps;
}

function aggregated(values: readonly number[], how: NonNullable<RegularOptions['aggregate']>): number {
  if (values.length === 0) return Number.NaN;
  const sum = (): number => values.reduce((total, value) => total + value, 0);
  // Not Math.min(...values): a month of seconds has more values than a call takes arguments.
  const ways = {
    mean: () => sum() / values.length,
    sum,
    min: () => values.reduce((least, value) => Math.min(least, value)),
    max: () => values.reduce((most, value) => Math.max(most, value)),
    first: () => values[0]!,
    last: () => values.at(-1)!,
  };
  return ways[how]();
}

/** The steps as arrays; `last` is the place of the last one with a value. */
function fill(
  rows: SeriesRows,
  steps: readonly Step[],
  { frequency, width, gaps, last }: RegularOptions & { readonly last: number },
): Filling {
  const start = steps[0]!.stamp;
  const places = steps.map(({ stamp }) => stepsBetween(frequency, start, stamp));
  const length = places[last]! + 1;
  const ahead = futureSteps(places, last);
  const values = new Float64Array(length).fill(Number.NaN);
  const known = new Float64Array((length + ahead) * width).fill(Number.NaN);
  for (const [index, place] of places.entries()) {
    if (place < length) values[place] = steps[index]!.value;
    if (place < length + ahead) known.set(steps[index]!.known, place * width);
  }
  // Not those of the future: what is not known of it nobody may make up.
  fillDown(known.subarray(0, length * width), width);
  let filled = 0;
  let firstFilled = Number.NaN;
  for (let place = 1; place < length; place += 1) {
    if (!Number.isNaN(values[place]!)) continue;
    let end = place;
    while (Number.isNaN(values[end]!)) end += 1;
    if (gaps.fill === 'refuse' || end - place > gaps.limit) {
      const from = addSteps(frequency, start, place);
      throw gapTooLong(rows, { from, steps: end - place, frequency, gaps });
    }
    fillGap(values, place, { end, how: gaps.fill });
    if (filled === 0) firstFilled = addSteps(frequency, start, place);
    filled += end - place;
    place = end;
  }
  return { series: { name: rows.name, start, values, known, ahead }, filled, firstFilled };
}

/** Steps after the last value that come without a gap. */
function futureSteps(places: readonly number[], last: number): number {
  let ahead = 0;
  while (places[last + 1 + ahead] === places[last]! + 1 + ahead) ahead += 1;
  return ahead;
}

/** A known input that is missing is what it was before, or, at the beginning, what it first is. */
function fillDown(known: Float64Array, width: number): void {
  for (let place = width; place < known.length; place += 1) {
    if (Number.isNaN(known[place]!)) known[place] = known[place - width]!;
  }
  for (let place = known.length - width - 1; place >= 0; place -= 1) {
    if (Number.isNaN(known[place]!)) known[place] = known[place + width]!;
  }
}

function fillGap(
  values: Float64Array,
  place: number,
  { end, how }: { readonly end: number; readonly how: 'interpolate' | 'previous' | 'zero' },
): void {
  const [before, after] = [values[place - 1]!, values[end]!];
  const steps = end - place + 1;
  for (let step = 1; step < steps; step += 1) {
    values[place + step - 1] =
      how === 'interpolate' ? before + ((after - before) * step) / steps : how === 'previous' ? before : 0;
  }
}

/**
 * The last `count` values of a series, or a few more where months are of different lengths, with what is known of them and
 * of the steps after.
 */
export function lastValues(series: Series, count: number, frequency: Frequency): Series {
  let dropped = Math.max(0, series.values.length - count);
  // From a shorter month on nobody could tell a series of 31sts from one of 28ths.
  const dayAfter = (steps: number): number => new Date(addSteps(frequency, series.start, steps)).getUTCDate();
  while (frequency.unit === 'month' && dayAfter(dropped) < dayAfter(0)) dropped -= 1;
  if (dropped === 0) return series;
  const width = series.known.length / (series.values.length + series.ahead);
  return {
    ...series,
    start: addSteps(frequency, series.start, dropped),
    values: series.values.slice(dropped),
    known: series.known.slice(dropped * width),
  };
}
