/** The calendar in a graph: ISO text to year, month, day, hour, day number, weekday and day of the year. */
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';

/** ONNX's number of int64, for Cast. */
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

/** What a graph knows of each date; int64 [N, d] all of them. */
export interface CalendarValues {
  readonly year: Value;
  /** 1 to 12. */
  readonly month: Value;
  /** 1 to 31. */
  readonly day: Value;
  /** 0 to 23; absent unless asked for. */
  readonly hour: Value | null;
  /** Days since 1970-01-01. */
  readonly days: Value;
  /** 0 is Monday. */
  readonly weekday: Value;
  /** 1 to 366. */
  readonly dayOfYear: Value;
}

/**
 * Takes dates apart.
 *
 * The day number is Howard Hinnant's `days_from_civil` ("chrono-Compatible Low-Level Date Algorithms"): years are
 * counted from March, so that the leap day is the last of its year, and 400 years are added, so that no division
 * meets a negative number. It is exact in int64 for the years 0 to 9999.
 *
 * @param iso string [N, d], every one matching `isoDatePattern`
 * @param columns d
 */
export function emitCalendar(
  builder: GraphBuilder,
  iso: Value,
  { columns, withHour }: { readonly columns: number; readonly withHour: boolean },
): CalendarValues {
  const { year, month, day, hour } = emitFields(builder, iso, { columns, withHour });
  const starts = emitStarts(builder, year, month);
  const days = builder.op('Add', [pick(builder, starts, 0), day], {}, { hint: 'days' });
  const dayOfYear = builder.op('Sub', [days, pick(builder, starts, 1)], {}, { hint: 'day_of_year' });
  // 1970-01-01 was a Thursday.
  const weekday = builder.op('Mod', [builder.op('Add', [days, builder.integers([3], [])]), seven(builder)]);
  return { year, month, day, hour, days, weekday, dayOfYear };
}

const seven = (builder: GraphBuilder): Value => builder.integers([7], []);

/** One of the values along the last axis of [N, d, k]; [N, d]. */
const pick = (builder: GraphBuilder, values: Value, position: number): Value =>
  builder.op('Gather', [values, builder.integers([position], [])], { axis: attr.int(2) });

/** The numbers as written. Each split gets what it may lack appended, so that it always finds enough parts. */
function emitFields(
  builder: GraphBuilder,
  iso: Value,
  { columns, withHour }: { readonly columns: number; readonly withHour: boolean },
): { readonly year: Value; readonly month: Value; readonly day: Value; readonly hour: Value | null } {
  const split = (texts: Value, delimiter: string, parts: number): Value => {
    const attributes = { delimiter: attr.string(delimiter), maxsplit: attr.int(parts - 1) };
    const [pieces] = builder.ops('StringSplit', 2, [texts], attributes);
    // Without rows the operator finds no parts either; the shape is needed all the same.
    return builder.op('Reshape', [pieces!, builder.integers([0, columns, parts])]);
  };
  const date = split(iso, '-', 3);
  const dayAndTime = builder.op('StringConcat', [pick(builder, date, 2), builder.strings(['T00:'], [])]);
  const halves = split(dayAndTime, 'T', 2);
  const texts = [pick(builder, date, 0), pick(builder, date, 1), pick(builder, halves, 0)];
  if (withHour) texts.push(pick(builder, split(pick(builder, halves, 1), ':', 2), 0));
  const [year, month, day, hour] = texts.map((text) => builder.op('Cast', [text], { to: attr.int(INT64) }));
  return { year: year!, month: month!, day: day!, hour: hour ?? null };
}

/** Days from 1970-01-01 to the days before the first of the month and before the first of January; int64 [N, d, 2]. */
function emitStarts(builder: GraphBuilder, year: Value, month: Value): Value {
  const byMonth = (rows: readonly (readonly number[])[]): Value => {
    const table = builder.integers([0, 0, ...rows.flat()], [13, 2]);
    return builder.op('Gather', [table, month]);
  };
  const shift = byMonth(monthNumbers.map((m) => [(m <= 2 ? 1 : 0) - 400, 1 - 400]));
  const marchYears = builder.op('Sub', [builder.op('Unsqueeze', [year, builder.integers([-1])]), shift]);
  const wide = builder.op('Unsqueeze', [marchYears, builder.integers([-1])]);
  // 365 y + y / 4 - y / 100 + y / 400, each division rounded towards zero.
  const scaled = builder.op('Mul', [wide, builder.integers([1461, -1, 1])]);
  const terms = builder.op('Div', [scaled, builder.integers([4, 100, 400])]);
  const yearStarts = builder.op('ReduceSum', [terms, builder.integers([-1])], { keepdims: attr.int(0) });
  const offsets = byMonth(monthNumbers.map((m) => [daysBeforeMonth(m) - epoch, daysBeforeMonth(1) - epoch]));
  return builder.op('Add', [yearStarts, offsets]);
}

const monthNumbers = Array.from({ length: 12 }, (_, index) => index + 1);
/** Days from 1 March of the year 0 to 1970-01-01, the 146,097 days of the added 400 years, and one as days count from 1. */
const epoch = 719_468 + 146_097 + 1;

/** Days from 1 March to the first of a month. */
const daysBeforeMonth = (month: number): number => Math.floor((153 * ((month + 9) % 12) + 2) / 5);
