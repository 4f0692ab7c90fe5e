/** Finds the one form in which all date-times of a column are written. */
import { type DatetimeFormat, datetimeFormats, parseDatetime } from '../core/index.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { isMissingTokenSql, readTexts, type ValueRules, valueSql } from './value-sql.ts';

/** The form of a column. */
export interface DatetimeFinding {
  readonly format: DatetimeFormat;
  /** Day-first and month-first both fit and give different dates, and nothing in the column decides. */
  readonly ambiguous: boolean;
  /** Earliest and latest, in canonical text. */
  readonly min: string;
  readonly max: string;
}

const sampleSize = 200;

/**
 * The form that fits every value, or `null`. Where day-first and month-first both fit, the one that puts the rows
 * in order of time wins; if that does not decide either, the more usual one is taken and the finding is `ambiguous`.
 */
export async function findDatetimeFormat(
  handle: DatasetHandle,
  column: number,
  rules: ValueRules,
): Promise<DatetimeFinding | null> {
  const value = dateTextSql(column, rules);
  const sample = await handle.database.rows(
    `SELECT value FROM (SELECT ${value} AS value FROM data) WHERE value IS NOT NULL LIMIT ${sampleSize}`,
  );
  const beginning = sample.map(([text]) => String(text));
  const candidates = datetimeFormats.filter((format) => readAs(beginning, format) !== null);
  if (sample.length === 0 || candidates.length === 0) return null;
  const [texts = []] = await readTexts(handle.database, [value]);
  const present = texts.filter((text) => text !== null);
  const read = candidates.flatMap((format) => readAs(present, format) ?? []);
  const [first, second] = read;
  if (first === undefined) return null;
  if (second === undefined || first.dates.every((date, row) => date === second.dates[row]))
    return found(first, false);
  const ordered = read.filter(({ dates }) => isOrdered(dates));
  return found(ordered[0] ?? first, ordered.length !== 1);
}

/** All texts of a column read in one form. */
interface ReadDates {
  readonly format: DatetimeFormat;
  readonly dates: readonly string[];
}

/** `null` when one of the texts does not fit. */
function readAs(texts: readonly string[], format: DatetimeFormat): ReadDates | null {
  const dates: string[] = [];
  for (const text of texts) {
    const date = parseDatetime(text, format);
    if (date === null) return null;
    dates.push(date);
  }
  return { format, dates };
}

function found({ format, dates }: ReadDates, ambiguous: boolean): DatetimeFinding {
  let [min, max] = [dates[0] as string, dates[0] as string];
  for (const date of dates) {
    if (date < min) min = date;
    if (date > max) max = date;
  }
  return { format, ambiguous, min, max };
}

/** Number of the first row whose text does not fit the form that fits most of the first rows; -1 without any text. */
export async function misfit(handle: DatasetHandle, column: number, rules: ValueRules): Promise<number> {
  const [texts = []] = await readTexts(handle.database, [dateTextSql(column, rules)]);
  const sample = texts.filter((text) => text !== null).slice(0, sampleSize);
  const fits = (format: DatetimeFormat): number =>
    sample.filter((text) => parseDatetime(text, format) !== null).length;
  const best = datetimeFormats.reduce((left, right) => (fits(right) > fits(left) ? right : left));
  return texts.findIndex((text) => text !== null && parseDatetime(text, best) === null);
}

/** The text of a date-time column, NULL where missing. */
export function dateTextSql(column: number, rules: ValueRules): string {
  const value = valueSql(column, rules);
  return `CASE WHEN ${isMissingTokenSql(value)} THEN NULL ELSE ${value} END`;
}

function isOrdered(dates: readonly string[]): boolean {
  const rises = dates.every((date, index) => index === 0 || date >= (dates[index - 1] as string));
  return rises || dates.every((date, index) => index === 0 || date <= (dates[index - 1] as string));
}
