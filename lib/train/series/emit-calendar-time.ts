/** The clock and the calendar in a graph: moments in seconds to hour, weekday, day and month. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { Frequency } from '../../series/index.ts';

/** What may be told of a moment; the names are those of the features. */
export type CalendarPart = 'minute_of_day' | 'weekday' | 'day' | 'day_of_year' | 'month';

const dayMs = 86_400_000;

/** The parts that differ between the steps of a frequency. */
export function calendarParts(frequency: Frequency): readonly CalendarPart[] {
  if (frequency.unit === 'month') return frequency.size % 12 === 0 ? [] : ['month'];
  if (frequency.size % (7 * dayMs) === 0) return ['day_of_year', 'month'];
  const ofDays = ['weekday', 'day', 'day_of_year', 'month'] as const;
  return frequency.size % dayMs === 0 ? ofDays : ['minute_of_day', ...ofDays];
}

const FLOAT = 1;

/**
 * Takes moments apart. The date is Howard Hinnant's `civil_from_days` ("chrono-Compatible Low-Level Date Algorithms"): years
 * begin in March, so that the leap day is their last; `day_of_year` counts from there. Exact from the year 0 on.
 *
 * @param time int64 [N, steps], seconds since 1970
 * @returns float32 [N, steps, parts]
 */
export function emitCalendarTime(builder: GraphBuilder, time: Value, parts: readonly CalendarPart[]): Value {
  const number = (value: number): Value => builder.integers([value], []);
  const apply = (operator: string, left: Value, right: number | Value): Value =>
    builder.op(operator, [left, typeof right === 'number' ? number(right) : right]);
  /** Both are positive, so cutting off is rounding down. */
  const divide = (left: Value, right: number): Value => apply('Div', left, right);
  const remainder = (left: Value, right: number): Value => apply('Mod', left, right);
  /** Seconds since the first of March of the year 0. */
  const seconds = apply('Add', time, 719_468 * 86_400);
  const days = divide(seconds, 86_400);
  const ofEra = remainder(days, 146_097);
  const leaps = apply(
    'Sub',
    apply('Sub', divide(ofEra, 36_524), divide(ofEra, 1_460)),
    divide(ofEra, 146_096),
  );
  const year = divide(apply('Add', ofEra, leaps), 365);
  const earlier = apply('Sub', apply('Add', apply('Mul', year, 365), divide(year, 4)), divide(year, 100));
  const dayOfYear = apply('Sub', ofEra, earlier);
  /** Months from March on. */
  const month = divide(apply('Add', apply('Mul', dayOfYear, 5), 2), 153);
  const firstOfMonth = divide(apply('Add', apply('Mul', month, 153), 2), 5);
  const values: Readonly<Record<CalendarPart, () => Value>> = {
    minute_of_day: () => divide(remainder(seconds, 86_400), 60),
    // The first of March of the year 0 was a Wednesday.
    weekday: () => remainder(apply('Add', days, 2), 7),
    day: () => apply('Add', apply('Sub', dayOfYear, firstOfMonth), 1),
    day_of_year: () => dayOfYear,
    month: () => apply('Add', remainder(apply('Add', month, 2), 12), 1),
  };
  const columns = parts.map((part) => builder.op('Unsqueeze', [values[part](), builder.integers([-1])]));
  const joined = builder.op('Concat', columns, { axis: attr.int(-1) });
  return builder.op('Cast', [joined], { to: attr.int(FLOAT) });
}
