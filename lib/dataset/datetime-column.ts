/** Finds the one form in which all date-times of a column are written. */
import { type DatetimeFormat, datetimeFormats, parseDatetime } from './datetime.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { isMissingTokenSql, readTexts, type ValueRules, valueSql } from './value-sql.ts';

/** The form of a column. */
export interface DatetimeFinding {
  readonly format: DatetimeFormat;
  /** Day-first and month-first both fit and give different dates, and nothing in the column decides. */
  readonly ambiguous: boolean;
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
  const candidates = fitting(
    sample.map(([text]) => String(text)),
    datetimeFormats,
  );
  if (sample.length === 0 || candidates.length === 0) return null;
  const [texts = []] = await readTexts(handle.database, [value]);
  const present = texts.filter((text) => text !== null);
  const formats = fitting(present, candidates);
  const [first, second] = formats;
  if (first === undefined) return null;
  if (second === undefined || sameDates(present, first, second)) return { format: first, ambiguous: false };
  const ordered = formats.filter((format) => isOrdered(present, format));
  const [decided = first] = ordered;
  return { format: decided, ambiguous: ordered.length !== 1 };
}

/** Number of the first row whose text does not fit the form that fits most of the first rows. */
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

function fitting(texts: readonly string[], formats: readonly DatetimeFormat[]): readonly DatetimeFormat[] {
  return formats.filter((format) => texts.every((text) => parseDatetime(text, format) !== null));
}

function sameDates(texts: readonly string[], left: DatetimeFormat, right: DatetimeFormat): boolean {
  return texts.every((text) => parseDatetime(text, left) === parseDatetime(text, right));
}

function isOrdered(texts: readonly string[], format: DatetimeFormat): boolean {
  const dates = texts.map((text) => parseDatetime(text, format) as string);
  const rises = dates.every((date, index) => index === 0 || date >= (dates[index - 1] as string));
  return rises || dates.every((date, index) => index === 0 || date <= (dates[index - 1] as string));
}
