/** Schedules as Amazon EventBridge writes them, `rate(...)` and `cron(...)`: checked, and when they are due next, in UTC. */
import { Cron } from 'croner';
import { invalidInput, type OnrampError } from './errors.ts';

/** What EventBridge takes. */
const maxLength = 256;

/** A checked schedule. */
export type Schedule =
  | { readonly kind: 'rate'; readonly everyMs: number }
  /** `pattern` is in croner's seven fields, seconds first. */
  | { readonly kind: 'cron'; readonly pattern: string };

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, from `min` on. */
  readonly names?: readonly string[];
  /** Added to AWS's number to get croner's. */
  readonly shift?: number;
}

const minutes: Field = { name: 'minutes', min: 0, max: 59 };
const hours: Field = { name: 'hours', min: 0, max: 23 };
const dayOfMonth: Field = { name: 'day-of-month', min: 1, max: 31 };
const month: Field = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
/** AWS counts 1 to 7 from Sunday, croner 0 to 6. */
const dayOfWeek: Field = {
  name: 'day-of-week',
  min: 1,
  max: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  shift: -1,
};
const year: Field = { name: 'year', min: 1970, max: 2199 };

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads a schedule.
 *
 * `rate(5 minutes)`: a whole number and minute(s), hour(s) or day(s), singular for 1.
 * `cron(minutes hours day-of-month month day-of-week year)`: six fields; one of the two day fields is `?`;
 * day-of-week 1 to 7 is SUN to SAT; `L`, `W` and `#` as in EventBridge.
 *
 * @throws invalid_request `invalid_schedule` naming the field and the fix
 * @example parseSchedule('cron(0 6 ? * MON-FRI *)')
 */
export function parseSchedule(expression: string): Schedule {
  if (expression.length > maxLength) throw bad(`an expression has at most ${maxLength} characters.`);
  const rate = /^rate\((.*)\)$/.exec(expression);
  if (rate) return { kind: 'rate', everyMs: rateMs(rate[1]!.trim()) };
  const cron = /^cron\((.*)\)$/.exec(expression);
  if (!cron) throw bad(`"${expression}" is neither "rate(1 day)" nor "cron(0 6 * * ? *)".`);
  const pattern = cronPattern(cron[1]!.trim());
  if (firstAfter(pattern, 0) === null) throw bad(`"${expression}" never comes: there is no such date.`);
  return { kind: 'cron', pattern };
}

/**
 * When a schedule is due next after a time. A rate counts from that time: hand in the last time it was due.
 *
 * @param timeMs milliseconds since 1970-01-01 UTC
 * @returns milliseconds since 1970-01-01 UTC, later than `timeMs`; Infinity if its years are over
 * @throws invalid_request `invalid_schedule`
 */
export function nextAfter(schedule: Schedule | string, timeMs: number): number {
  const parsed = typeof schedule === 'string' ? parseSchedule(schedule) : schedule;
  if (parsed.kind === 'rate') return timeMs + parsed.everyMs;
  return firstAfter(parsed.pattern, timeMs) ?? Number.POSITIVE_INFINITY;
}

function firstAfter(pattern: string, timeMs: number): number | null {
  const job = new Cron(pattern, { timezone: 'UTC', paused: true });
  return job.nextRun(new Date(timeMs))?.getTime() ?? null;
}

function rateMs(text: string): number {
  const [, count, unit, plural] = /^([1-9][0-9]{0,5})\s+(minute|hour|day)(s?)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw bad(`"rate(${text})": write a whole number from 1 on and a unit, such as "rate(12 hours)".`);
  }
  if ((count === '1') !== (plural === '')) {
    throw bad(`"rate(${text})": write "rate(${count} ${unit}${count === '1' ? '' : 's'})".`);
  }
  return Number(count) * unitMs[unit]!;
}

function cronPattern(text: string): string {
  const fields = text.split(/\s+/);
  if (fields.length !== 6) {
    throw bad(
      `"cron(${text})" has ${text === '' ? 0 : fields.length} fields, it needs 6: minutes hours day-of-month month ` +
        'day-of-week year, such as "cron(0 6 * * ? *)".',
    );
  }
  const [minute, hour, monthDay, monthName, weekDay, yearNumber] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if ((monthDay === '?') === (weekDay === '?')) {
    throw bad(
      `"cron(${text})": exactly one of day-of-month and day-of-week must be "?", the other says which days.`,
    );
  }
  return [
    '0',
    listOf(minute, minutes),
    listOf(hour, hours),
    monthDay === '?' ? '*' : monthDays(monthDay),
    listOf(monthName, month),
    weekDay === '?' ? '*' : weekDays(weekDay),
    listOf(yearNumber, year),
  ].join(' ');
}

/** Day of month: also `L` (the last day), `LW` (the last weekday) and `15W` (the weekday nearest to the 15th). */
function monthDays(text: string): string {
  if (text === 'L' || text === 'LW') return text;
  const nearest = /^([0-9]+)W$/.exec(text);
  return nearest ? `${numberOf(nearest[1]!, dayOfMonth)}W` : listOf(text, dayOfMonth);
}

/** Day of week: also `L` (Saturday), `6L` (the last Friday of the month) and `3#2` (its second Tuesday). */
function weekDays(text: string): string {
  if (text === 'L') return String(numberOf('SAT', dayOfWeek));
  const last = /^(\w+)L$/.exec(text);
  if (last) return `${numberOf(last[1]!, dayOfWeek)}#L`;
  const nth = /^(\w+)#([1-5])$/.exec(text);
  return nth ? `${numberOf(nth[1]!, dayOfWeek)}#${nth[2]}` : listOf(text, dayOfWeek);
}

/** A list of values, ranges and steps, in croner's numbers. */
function listOf(text: string, field: Field): string {
  return text
    .split(',')
    .map((part) => rangeOf(part, field))
    .join(',');
}

function rangeOf(part: string, field: Field): string {
  const [, from, to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/([0-9]+))?$/.exec(part) ?? [];
  if (from === undefined || (from === '*' && to !== undefined)) throw badField(part, field);
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.max)) {
    throw bad(`cron ${field.name}: the step in "${part}" must be between 1 and ${field.max}.`);
  }
  const every = step === undefined ? '' : `/${Number(step)}`;
  if (from === '*') return `*${every}`;
  const first = numberOf(from, field);
  if (to === undefined && step === undefined) return String(first);
  const last = to === undefined ? field.max + (field.shift ?? 0) : numberOf(to, field);
  if (last < first) throw bad(`cron ${field.name}: the range "${part}" runs backwards; write it as two.`);
  return `${first}-${last}${every}`;
}

function numberOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.min : /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.min && value <= field.max)) throw badField(text, field);
  return value + (field.shift ?? 0);
}

function badField(text: string, { name, min, max, names }: Field): OnrampError {
  const or = names ? ` or ${names[0]} to ${names.at(-1)}` : '';
  return bad(
    `cron ${name}: "${text}" is not understood; use ${min} to ${max}${or}, "*", "a-b", "a,b" or "a/step".`,
  );
}

function bad(message: string): OnrampError {
  return invalidInput(`Schedule: ${message}`, { code: 'invalid_schedule', param: 'schedule' });
}
