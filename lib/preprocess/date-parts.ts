/** The parts of a date that learners are given: plain numbers for trees, places on circles for linear models. */
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import { type CalendarValues, calendarNumbers, dayOfMonth, monthOfDay } from './calendar.ts';
import { emitFloat } from './to-float.ts';
import type { DatePlan } from './types.ts';

const plainParts = ['year', ...calendarNumbers, 'month', 'day'];
const cyclicParts = [
  ...['days', 'day', 'month_sin', 'month_cos', 'year_sin', 'year_cos'],
  ...['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday', 'weekend'],
];
/** What comes after the parts above where the data have times of day. */
const hourParts = { plain: ['hour'], cyclic: ['hour_sin', 'hour_cos'] } as const;

/** Names of the parts in the order in which they are emitted. */
export function partNames(parts: DatePlan['parts'], hasTime: boolean): readonly string[] {
  const names = parts === 'plain' ? plainParts : cyclicParts;
  return hasTime ? [...names, ...hourParts[parts]] : names;
}

const lastAxis = { axis: attr.int(-1) };

/**
 * The parts of each date, with those of the hour if the calendar has it.
 *
 * @returns float32 [N, d, parts]
 */
export function emitParts(builder: GraphBuilder, calendar: CalendarValues, form: DatePlan['parts']): Value {
  return form === 'plain' ? emitPlain(builder, calendar) : emitCyclic(builder, calendar);
}

function emitPlain(builder: GraphBuilder, { year, leapDay, numbers, hour }: CalendarValues): Value {
  const exact = emitFloat(builder, builder.op('Concat', [year, numbers], lastAxis));
  const monthAndDay = monthOfDay.map((month, day) => [month, dayOfMonth[day]!]);
  const parts = [exact, lookUp(builder, monthAndDay, leapDay)];
  if (hour !== null) parts.push(emitFloat(builder, builder.op('Unsqueeze', [hour, builder.integers([-1])])));
  return builder.op('Concat', parts, lastAxis);
}

/** What repeats is read from a table of its few values. */
function emitCyclic(builder: GraphBuilder, { leapDay, numbers, hour }: CalendarValues): Value {
  const pick = (name: (typeof calendarNumbers)[number], dims: readonly number[]): Value =>
    builder.op('Gather', [numbers, builder.integers([calendarNumbers.indexOf(name)], dims)], lastAxis);
  const parts = [
    emitFloat(builder, pick('days', [1])),
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
