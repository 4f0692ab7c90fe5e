/** Reads the date and time texts of requests into the one form the models take, `YYYY-MM-DDTHH:MM:SS`. */

/** Gives the canonical text, or `null` for a text that is no date. */
export type TimestampParser = (text: string) => string | null;

const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** What the letters of strptime stand for; the group's name is the part. */
const directives: Readonly<Record<string, string>> = {
  Y: '(?<year>\\d{4})',
  y: '(?<shortYear>\\d{2})',
  m: '(?<month>\\d{1,2})',
  d: '(?<day>\\d{1,2})',
  H: '(?<hour>\\d{1,2})',
  I: '(?<hour12>\\d{1,2})',
  M: '(?<minute>\\d{1,2})',
  S: '(?<second>\\d{1,2})',
  p: '(?<half>[AaPp][Mm])',
};

/**
 * A parser for ISO 8601 texts and, if given, the format the training data had.
 *
 * An offset is dropped, not applied: training data carry local times, and so do requests.
 *
 * @param format strptime letters, for example `%m/%d/%Y %H:%M`
 */
export function compileTimestampParser(format?: string): TimestampParser {
  const pattern = format === undefined ? null : compileFormat(format);
  return (text) => {
    const trimmed = text.trim();
    const found = iso.exec(trimmed);
    if (found) {
      return canonical(found.slice(1, 7).map((part) => Number(part ?? 0)));
    }
    const groups = pattern?.exec(trimmed)?.groups;
    return groups ? canonical(partsOf(groups)) : null;
  };
}

function compileFormat(format: string): RegExp {
  const source = format.replace(
    /%(.)|([\\^$.*+?()[\]{}|/])/g,
    (_whole, letter: string | undefined, other: string) =>
      letter === undefined ? `\\${other}` : (directives[letter] ?? '.*?'),
  );
  return new RegExp(`^${source}$`);
}

function partsOf(groups: Readonly<Record<string, string | undefined>>): number[] {
  const part = (name: string): number => Number(groups[name] ?? 0);
  // Two-digit years as POSIX strptime reads them: 69 to 99 are the last century.
  const short = part('shortYear');
  const year = groups.year === undefined ? short + (short >= 69 ? 1900 : 2000) : part('year');
  const afternoon = groups.half?.toLowerCase() === 'pm' ? 12 : 0;
  const hour = groups.hour12 === undefined ? part('hour') : (part('hour12') % 12) + afternoon;
  return [year, part('month'), part('day'), hour, part('minute'), part('second')];
}

function canonical(parts: readonly number[]): string | null {
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return exists && year >= 1 ? date.toISOString().slice(0, 19) : null;
}
