/** Date-time columns: ISO text to the parts of the calendar that learners can use. */
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import {
  type CalendarValues,
  calendarNumbers,
  dayNumber,
  dayOfMonth,
  emitCalendar,
  hasTimeOfDay,
  isIsoDate,
  isoDatePattern,
  monthOfDay,
} from './calendar.ts';
import { type ColumnToFit, emitIndicators } from './numeric.ts';
import { textColumn } from './pack-columns.ts';
import { emitScale, fitSpread, joinSpreads, type Spread, unscaled } from './scaling.ts';
import type { Settings } from './settings.ts';
import { meanOf, modeOf } from './statistics.ts';
import type { DatePlan } from './types.ts';

/** ONNX's number of float32, for Cast. */
const FLOAT32 = 1;
const firstDay = '1970-01-01T00:00:00';

const plainParts = ['year', ...calendarNumbers, 'month', 'day'];
const cyclicParts = [
  ...['days', 'day', 'month_sin', 'month_cos', 'year_sin', 'year_cos'],
  ...['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday', 'weekend'],
];
/** What comes after the parts above where the data have times of day. */
const hourParts = { plain: ['hour'], cyclic: ['hour_sin', 'hour_cos'] } as const;

/** The dates of a column that are not missing, ascending; a broken date counts as missing. */
export function presentDates(table: Table, name: string, rows: Uint32Array): string[] {
  const { values } = textColumn(table, name);
  const present: string[] = [];
  for (const row of rows) {
    const text = values[row] ?? '';
    if (isIsoDate(text)) present.push(text);
  }
  return present.sort();
}

/**
 * Learns what stands in for a missing date, which columns have times of day, and the scale of the growing parts.
 *
 * @param columns in the order of the features, at least one
 */
export function fitDates(
  table: Table,
  columns: readonly ColumnToFit[],
  rows: Uint32Array,
  settings: Settings,
): DatePlan {
  const { dateParts: parts } = settings;
  const keepMissing = settings.numericMissing === 'keep';
  const fits = columns.map(({ name }) => {
    const present = presentDates(table, name, rows);
    const fill = chooseFill(present, settings);
    const used = keepMissing ? present : [...present, ...Array(rows.length - present.length).fill(fill)];
    return { fill, used, hasTime: present.some(hasTimeOfDay), isMissing: present.length < rows.length };
  });
  const indicators = fits.flatMap(({ isMissing }, position) => (isMissing && !keepMissing ? [position] : []));
  const names = fits.map(({ hasTime }) => partNames(parts, hasTime));
  return {
    columns: columns.map(({ index }) => index),
    parts,
    fill: fits.map(({ fill }) => fill),
    keepMissing,
    hasTime: fits.map(({ hasTime }) => hasTime),
    scale: joinSpreads(fits.flatMap(({ used }, position) => partSpreads(used, names[position]!, settings))),
    indicators,
    outputs: [
      ...columns.flatMap(({ name, feature }, position) =>
        names[position]!.map((part) => ({ name: `${name}:${part}`, feature })),
      ),
      ...indicators.map((position) => {
        const { name, feature } = columns[position]!;
        return { name: `${name}:missing`, feature };
      }),
    ],
  };
}

/** A real date stands in for a missing one, so that its parts belong together. There is no constant date: the median. */
function chooseFill(present: readonly string[], { numericMissing }: Settings): string {
  if (present.length === 0) return firstDay;
  if (numericMissing === 'most_frequent') return modeOf(present);
  if (numericMissing !== 'mean') return present[Math.floor((present.length - 1) / 2)]!;
  const mean = meanOf(Float64Array.from(present, dayNumber));
  return new Date(Math.round(mean) * 86_400_000).toISOString().slice(0, 19);
}

function partNames(parts: DatePlan['parts'], hasTime: boolean): readonly string[] {
  const names = parts === 'plain' ? plainParts : cyclicParts;
  return hasTime ? [...names, ...hourParts[parts]] : names;
}

/** In the cyclic form the two parts that are not between -1 and 1 are scaled; the plain parts are for trees. */
function partSpreads(
  dates: readonly string[],
  names: readonly string[],
  settings: Settings,
): readonly Spread[] {
  if (settings.dateParts === 'plain') return names.map(() => unscaled);
  const measures: Readonly<Record<string, (iso: string) => number>> = {
    days: dayNumber,
    day: (iso) => Number(iso.slice(8, 10)),
  };
  return names.map((name) => {
    const measure = measures[name];
    return measure ? fitSpread(Float64Array.from(dates, measure), settings.scaling) : unscaled;
  });
}

/**
 * Writes the date-time part of the encoding.
 *
 * @param text string [N, text columns]
 * @returns blocks float32 [N, ...] whose columns are `plan.outputs` in order
 */
export function emitDates(builder: GraphBuilder, text: Value, plan: DatePlan): readonly Value[] {
  const columns = plan.columns.length;
  const iso = builder.op('Gather', [text, builder.integers(plan.columns)], { axis: attr.int(1) });
  const present = builder.op('RegexFullMatch', [iso], { pattern: attr.string(isoDatePattern) });
  const dates = builder.op('Where', [present, iso, builder.strings(plan.fill)]);
  const calendar = emitCalendar(builder, dates, { columns, withHour: plan.hasTime.includes(true) });
  const parts = plan.parts === 'plain' ? emitPlain(builder, calendar) : emitCyclic(builder, calendar);
  const flat = selectParts(builder, keepMissing(builder, parts, present, plan), plan);
  const scaled = emitScale(builder, flat, plan.scale, plan);
  return [scaled, ...emitIndicators(builder, present, plan.indicators)];
}

const lastAxis = { axis: attr.int(-1) };

const widen = (builder: GraphBuilder, value: Value): Value =>
  builder.op('Unsqueeze', [value, builder.integers([-1])]);

const toFloat = (builder: GraphBuilder, value: Value): Value =>
  builder.op('Cast', [value], { to: attr.int(FLOAT32) });

/** float32 [N, d, parts] in the order of `plainParts`. */
function emitPlain(builder: GraphBuilder, { year, leapDay, numbers, hour }: CalendarValues): Value {
  const exact = toFloat(builder, builder.op('Concat', [year, numbers], lastAxis));
  const monthAndDay = monthOfDay.map((month, day) => [month, dayOfMonth[day]!]);
  const parts = [exact, lookUp(builder, monthAndDay, leapDay)];
  if (hour !== null) parts.push(toFloat(builder, widen(builder, hour)));
  return builder.op('Concat', parts, lastAxis);
}

/** float32 [N, d, parts] in the order of `cyclicParts`; what repeats is read from a table of its few values. */
function emitCyclic(builder: GraphBuilder, { leapDay, numbers, hour }: CalendarValues): Value {
  const pick = (name: (typeof calendarNumbers)[number], dims: readonly number[]): Value =>
    builder.op('Gather', [numbers, builder.integers([calendarNumbers.indexOf(name)], dims)], lastAxis);
  const parts = [
    toFloat(builder, pick('days', [1])),
    lookUp(builder, yearTable, leapDay),
    lookUp(builder, weekdayTable, pick('weekday', [])),
  ];
  if (hour !== null) parts.push(lookUp(builder, hourTable, hour));
  return builder.op('Concat', parts, lastAxis);
}

/** One row of the table for each date; float32 [N, d, width]. */
const lookUp = (builder: GraphBuilder, table: readonly (readonly number[])[], key: Value): Value =>
  builder.op('Gather', [builder.floats(table.flat(), [table.length, table[0]!.length]), key]);

/** Sine and cosine of a share of a full turn. */
function circle(share: number): readonly [number, number] {
  return [Math.sin(2 * Math.PI * share), Math.cos(2 * Math.PI * share)];
}

/** For each day of a leap year: day of the month, then place in the round of months and in the year. */
const yearTable = dayOfMonth.map((day, leapDay) => [
  day,
  ...circle((monthOfDay[leapDay]! - 1) / 12),
  ...circle(leapDay / 366),
]);

const hourTable = Array.from({ length: 24 }, (_, hour) => circle(hour / 24));

/** Monday to Sunday one by one, then the weekend. */
const weekdayTable = Array.from({ length: 7 }, (_, weekday) => [
  ...Array.from({ length: 7 }, (_unused, other) => (other === weekday ? 1 : 0)),
  weekday >= 5 ? 1 : 0,
]);

function keepMissing(builder: GraphBuilder, parts: Value, present: Value, plan: DatePlan): Value {
  if (!plan.keepMissing) return parts;
  return builder.op('Where', [widen(builder, present), parts, builder.floats([Number.NaN], [])]);
}

/** [N, d, parts] to [N, outputs]: without the hours of columns that have no times of day. */
function selectParts(builder: GraphBuilder, parts: Value, { parts: form, hasTime }: DatePlan): Value {
  const wide = partNames(form, hasTime.includes(true)).length;
  const flat = builder.op('Reshape', [parts, builder.integers([0, hasTime.length * wide])]);
  const wanted = hasTime.flatMap((withHour, column) =>
    partNames(form, withHour).map((_, part) => column * wide + part),
  );
  if (wanted.length === hasTime.length * wide) return flat;
  return builder.op('Gather', [flat, builder.integers(wanted)], { axis: attr.int(1) });
}
