/** The calendar in a graph: ISO text to year, day, hour, day number, day of the year and weekday. */
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';

/** ONNX's numbers of types, for Cast. */
const INT32 = 6;
const INT64 = 7;

const longMonths = String.raw`(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])`;
const shortMonths = String.raw`(?:0[469]|11)-(?:0[1-9]|[12]\d|30)`;
const february = String.raw`02-(?:0[1-9]|1\d|2[0-8])`;
const leapYears = String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)`;
const timeOfDay = String.raw`T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d`;

/**
 * A date that exists, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, in syntax that JavaScript and RE2 read alike. Leap years
 * are spelt out, so that no later step has to ask whether a 29th of February is real.
 */
export const isoDatePattern = String.raw`(?:\d{4}-(?:${longMonths}|${shortMonths}|${february})|${leapYears}-02-29)(?:${timeOfDay})?`;

const isoDate = new RegExp(`^${isoDatePattern}$`);

/** True for the text of a date that exists in the form that models take. */
export function isIsoDate(text: string): boolean {
  return isoDate.test(text);
}

/** Days from 1970-01-01 to the day of an ISO text; negative before. */
export function dayNumber(iso: string): number {
  return Date.parse(iso.slice(0, 10)) / 86_400_000;
}

/** Whether an ISO text has a time of day other than midnight. */
export function hasTimeOfDay(iso: string): boolean {
  return iso.length > 10 && !iso.endsWith('T00:00:00');
}

/** The days of a leap year in order, `MM-DD`. */
const daysOfLeapYear = Array.from({ length: 366 }, (_, day) =>
  new Date(Date.UTC(2000, 0, day + 1)).toISOString().slice(5, 10),
);

/** One number for each day of a leap year: month, 1 to 12. */
export const monthOfDay: readonly number[] = daysOfLeapYear.map((text) => Number(text.slice(0, 2)));
/** One number for each day of a leap year: day of the month, 1 to 31. */
export const dayOfMonth: readonly number[] = daysOfLeapYear.map((text) => Number(text.slice(3)));

/** What a graph knows of each date. */
export interface CalendarValues {
  /** int32 [N, d, 1]. */
  readonly year: Value;
  /** Day of a leap year from 0, so that a date has the same one every year; int64 [N, d], for look-ups. */
  readonly leapDay: Value;
  /** 0 to 23, int64 [N, d]; absent unless asked for. */
  readonly hour: Value | null;
  /** Days since 1970-01-01, day of the year from 1, weekday from 0 for Monday; int32 [N, d, 3]. */
  readonly numbers: Value;
}

/** The names of `CalendarValues.numbers`. */
export const calendarNumbers = ['days', 'day_of_year', 'weekday'] as const;

/**
 * Takes dates apart.
 *
 * @param iso string [N, d], every one matching `isoDatePattern`
 * @param columns d
 */
export function emitCalendar(
  builder: GraphBuilder,
  iso: Value,
  { columns, withHour }: { readonly columns: number; readonly withHour: boolean },
): CalendarValues {
  const split = (texts: Value, delimiter: string): Value => {
    const attributes = { delimiter: attr.string(delimiter), maxsplit: attr.int(1) };
    const [pieces] = builder.ops('StringSplit', 2, [texts], attributes);
    // Without rows the operator finds no pieces either; the shape is needed all the same.
    return builder.op('Reshape', [pieces!, builder.integers([0, columns, 2])]);
  };
  const pick = (pieces: Value, position: number, dims: readonly number[]): Value =>
    builder.op('Gather', [pieces, builder.integers([position], dims)], { axis: attr.int(2) });
  const parse = (text: Value, type: number): Value => builder.op('Cast', [text], { to: attr.int(type) });

  const yearAndRest = split(iso, '-');
  const year = parse(pick(yearAndRest, 0, [1]), INT32);
  // A date without a time gets one appended, so that every split finds two pieces.
  const rest = builder.op('StringConcat', [pick(yearAndRest, 1, []), builder.strings(['T00:'], [])]);
  const dayAndTime = split(rest, 'T');
  const leapDay = emitLeapDay(builder, pick(dayAndTime, 0, []));
  const hour = withHour ? parse(pick(split(pick(dayAndTime, 1, []), ':'), 0, []), INT64) : null;
  return { year, leapDay, hour, numbers: emitNumbers(builder, year, leapDay) };
}

function emitLeapDay(builder: GraphBuilder, text: Value): Value {
  const attributes = {
    keys_strings: attr.strings(daysOfLeapYear),
    values_int64s: attr.ints(daysOfLeapYear.map((_, day) => day)),
  };
  return builder.op('LabelEncoder', [text], attributes, { domain: 'ai.onnx.ml', hint: 'leap_day' });
}

/**
 * Howard Hinnant's `days_from_civil` ("chrono-Compatible Low-Level Date Algorithms"): years are counted from March, so
 * that the leap day is the last of its year, and day 0 of the March year y is 365 y + y / 4 - y / 100 + y / 400.
 * 400 years are added, so that no division meets a negative number. Exact for the years 0 to 9999.
 */
function emitNumbers(builder: GraphBuilder, year: Value, leapDay: Value): Value {
  // Three terms for the March year of the date, then three for that of the first of January.
  const years = builder.op('Sub', [year, lookUp(builder, yearShifts, leapDay)]);
  const scaled = builder.op('Mul', [years, int32(builder, [1461, -1, 1, 1461, -1, 1], [6])]);
  const terms = builder.op('Div', [scaled, int32(builder, [4, 100, 400, 4, 100, 400], [6])]);
  const sums = builder.op('MatMul', [terms, int32(builder, termSums, [6, 3])]);
  const numbers = builder.op('Add', [sums, lookUp(builder, numberOffsets, leapDay)]);
  // The remainder is for the weekday alone: it changes neither of the others.
  return builder.op('Mod', [numbers, int32(builder, [2 ** 30, 2 ** 30, 7], [3])], { fmod: attr.int(1) });
}

const int32 = (builder: GraphBuilder, values: readonly number[], dims: readonly number[]): Value =>
  builder.constant({ type: 'int32', dims, data: Int32Array.from(values) });

/** One row of the table for each date; int32 [N, d, width]. */
const lookUp = (builder: GraphBuilder, table: readonly (readonly number[])[], key: Value): Value =>
  builder.op('Gather', [int32(builder, table.flat(), [table.length, table[0]!.length]), key]);

/** Day of a leap year from 0 on which the March year begins. */
const firstOfMarch = 60;
/** Days from the first of March of the year 0 to 1970-01-01, and those of the added 400 years. */
const daysToEpoch = 719_468 + 146_097;
/** A multiple of 7 that makes every day number positive, and 3 as 1970-01-01 was a Thursday. */
const weekdayOffset = 719_600 + 3;

/** What to take off the year to get the March years, with 400 added. */
const yearShifts = daysOfLeapYear.map((_, day) => {
  const shift = day < firstOfMarch ? 1 : 0;
  return [shift, shift, shift, 1, 1, 1].map((years) => years - 400);
});

/** Which terms make up days, day of the year and weekday; a row for each term. */
const termSums = [...[1, 1, 1], ...[1, 1, 1], ...[1, 1, 1], ...[0, -1, 0], ...[0, -1, 0], ...[0, -1, 0]];

/** What the day within its March year adds to each of them. */
const numberOffsets = daysOfLeapYear.map((_, day) => {
  const dayOfMarchYear = day < firstOfMarch ? day + 306 : day - firstOfMarch;
  const days = dayOfMarchYear - daysToEpoch;
  return [days, dayOfMarchYear - 305, days + weekdayOffset];
});
