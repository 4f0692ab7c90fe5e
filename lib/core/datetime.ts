/** Date-times as people write them, in data sets and in requests: known forms, and the canonical ISO 8601 text. */

/**
 * A form of writing dates in strptime letters, for example `%m/%d/%Y`. Each may be followed by a time of day:
 * hours and minutes, seconds, fractions, AM or PM, and for ISO forms an offset from UTC.
 */
export type DatetimeFormat = keyof typeof datePatterns;

const year = String.raw`(?<year>\d{4})`;
const shortYear = String.raw`(?<year>\d{2})`;
const month = String.raw`(?<month>\d{1,2})`;
const day = String.raw`(?<day>\d{1,2})`;
const monthName = '(?<name>[A-Za-z]{3,9})';

/** Where two fit, the earlier one is the more usual way to write it. */
const datePatterns = {
  '%Y-%m-%d': `${year}-${month}-${day}`,
  '%Y/%m/%d': `${year}/${month}/${day}`,
  '%m/%d/%Y': `${month}/${day}/${year}`,
  '%d/%m/%Y': `${day}/${month}/${year}`,
  '%d.%m.%Y': String.raw`${day}\.${month}\.${year}`,
  '%d-%m-%Y': `${day}-${month}-${year}`,
  '%m-%d-%Y': `${month}-${day}-${year}`,
  '%m/%d/%y': `${month}/${day}/${shortYear}`,
  '%d/%m/%y': `${day}/${month}/${shortYear}`,
  '%d.%m.%y': String.raw`${day}\.${month}\.${shortYear}`,
  '%d %b %Y': `${day} ${monthName},? ${year}`,
  '%d-%b-%Y': `${day}-${monthName}-${year}`,
  '%b %d %Y': `${monthName} ${day},? ${year}`,
} as const;

// Spaces belong to what follows them: side by side, `\s*` would try every way of sharing out a long run of them.
const time = String.raw`(?:[T ]\s*(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?<half>[AaPp][Mm]))?(?:\s*(?<zone>Z|[+-]\d{2}(?::?\d{2})?))?)?`;

const expressions = new Map(
  Object.entries(datePatterns).map(([format, date]) => [format, new RegExp(`^\\s*${date}${time}\\s*$`)]),
);

const months = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
];

/** All known forms. */
export const datetimeFormats = Object.keys(datePatterns) as readonly DatetimeFormat[];

/**
 * The canonical text of a date-time, `YYYY-MM-DDTHH:MM:SS`: midnight where no time is given, fractions of a second
 * cut off, an offset from UTC taken away so that the result is in UTC.
 *
 * @returns `null` when the text is not a real date-time of this form
 * @example parseDatetime('01/22/2001 3:04 PM', '%m/%d/%Y') // '2001-01-22T15:04:00'
 */
export function parseDatetime(text: string, format: DatetimeFormat): string | null {
  const parts = expressions.get(format)?.exec(text)?.groups;
  if (parts === undefined) return null;
  const monthNumber = parts.name === undefined ? Number(parts.month) : monthOfName(parts.name);
  const date = dateOf(fullYear(parts.year as string), monthNumber, Number(parts.day));
  const seconds = secondsOfDay(parts);
  if (date === null || seconds === null) return null;
  const canonical = new Date(date + seconds * 1000).toISOString();
  // An offset can lead out of the years 1 to 9999, the only ones that are written with four digits.
  return /^\d{4}-/.test(canonical) && !canonical.startsWith('0000') ? canonical.slice(0, 19) : null;
}

/** What a date-time says of its distance from UTC, for example `Z` or `+02:00`; `null` if nothing. */
export const zoneOf = (text: string): string | null =>
  /:\d{2}[^+-]*?(Z|[+-]\d{2}(?::?\d{2})?)\s*$/.exec(text)?.[1] ?? null;

/** Milliseconds since 1970 of midnight UTC, or `null` for a day that does not exist. */
function dateOf(fullYearNumber: number, monthNumber: number, dayNumber: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(fullYearNumber, monthNumber - 1, dayNumber);
  const exists = date.getUTCMonth() === monthNumber - 1 && date.getUTCDate() === dayNumber;
  return exists && fullYearNumber > 0 ? date.getTime() : null;
}

function secondsOfDay(parts: Readonly<Record<string, string | undefined>>): number | null {
  if (parts.hour === undefined) return 0;
  const hour = hourOfDay(Number(parts.hour), parts.half?.toLowerCase());
  const minute = Number(parts.minute);
  const second = Number(parts.second ?? 0);
  if (hour === null || minute > 59 || second > 59) return null;
  return hour * 3600 + minute * 60 + second - offsetSeconds(parts.zone);
}

function hourOfDay(hour: number, half: string | undefined): number | null {
  if (half === undefined) return hour <= 23 ? hour : null;
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (half === 'pm' ? 12 : 0);
}

function offsetSeconds(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.replaceAll(/\D/g, '').padEnd(4, '0');
  const size = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60;
  return zone.startsWith('-') ? -size : size;
}

/** Two digits as POSIX reads them: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068. */
function fullYear(digits: string): number {
  const number = Number(digits);
  if (digits.length > 2) return number;
  return number >= 69 ? 1900 + number : 2000 + number;
}

function monthOfName(name: string): number {
  const lower = name.toLowerCase();
  return months.findIndex((full) => full === lower || full.slice(0, 3) === lower) + 1;
}
