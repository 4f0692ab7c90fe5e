/** Counts, for every column, what its texts look like: the evidence from which types are inferred. */
import { type SqlValue, sqlText } from './duckdb.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { columnBatch, isMissingTokenSql, isNumberSql, type ValueRules } from './value-sql.ts';

/** Evidence about one column. */
export interface ColumnSurvey {
  readonly name: string;
  readonly index: number;
  /** Rows with a text. */
  readonly present: number;
  readonly distinct: number;
  /** Texts that are finite numbers. */
  readonly numbers: number;
  /** Texts that are whole numbers. */
  readonly integers: number;
  /** Texts that are whole numbers with a leading zero, such as `007`. */
  readonly zeroPadded: number;
  /** Fewest and most characters of the texts that are numbers. */
  readonly minDigits: number | null;
  readonly maxDigits: number | null;
  /** Texts that mean "missing" in numeric columns. */
  readonly missingTokens: number;
  readonly infinities: number;
  readonly smallest: number | null;
  readonly largest: number | null;
  /** First and last text in code-point order; with two distinct texts these are both. */
  readonly first: string | null;
  readonly last: string | null;
  /** In characters. */
  readonly minLength: number | null;
  readonly maxLength: number | null;
  readonly meanLength: number | null;
  /** Mean number of words, counted by spaces. */
  readonly meanWords: number | null;
}

/**
 * Surveys all columns, some at a time: turned into rows of (column, text), so that the statement, whose planning costs
 * more than the work for wide tables, stays short.
 */
export async function surveyColumns(
  handle: DatasetHandle,
  { missing = [] }: ValueRules,
): Promise<readonly ColumnSurvey[]> {
  const surveys: ColumnSurvey[] = [];
  const isKept = missing.length === 0 ? '' : `WHERE v NOT IN (${missing.map(sqlText).join(', ')})`;
  for (let start = 0; start < handle.columns.length; start += columnBatch) {
    const names = handle.columns.slice(start, start + columnBatch);
    const columns = names.map((_, offset) => `c${start + offset}`).join(', ');
    const rows = await handle.database.rows(
      `SELECT name, ${counts.join(', ')}
       FROM (SELECT name, v, TRY_CAST(v AS DOUBLE) AS x
             FROM (UNPIVOT (SELECT ${columns} FROM data) ON ${columns} INTO NAME name VALUE v) ${isKept})
       GROUP BY name`,
    );
    const found = new Map(rows.map(([name, ...row]) => [name, row]));
    for (const [offset, name] of names.entries()) {
      surveys.push(toSurvey(name, start + offset, found.get(`c${start + offset}`) ?? nothing));
    }
  }
  return surveys;
}

const isNumber = isNumberSql('v', 'x');
const words = "length(v) - length(replace(v, ' ', '')) + 1";

/** Over the texts v of a column and their casts x; in the order in which `toSurvey` reads them. */
const counts = [
  'count(*)',
  'count(DISTINCT v)',
  `count(*) FILTER (${isNumber})`,
  `count(*) FILTER (${isNumber} AND x = trunc(x))`,
  `count(*) FILTER ((x IS NULL OR isnan(x)) AND ${isMissingTokenSql('v')})`,
  'count(*) FILTER (isinf(x))',
  `min(x) FILTER (${isNumber})`,
  `max(x) FILTER (${isNumber})`,
  'min(v)',
  'max(v)',
  'min(length(v))',
  'max(length(v))',
  'avg(length(v))',
  `avg(CASE WHEN x IS NULL THEN ${words} ELSE 1 END)`,
  `count(*) FILTER (v LIKE '0_%' AND regexp_full_match(v, '[0-9]+'))`,
  `min(length(v)) FILTER (${isNumber})`,
  `max(length(v)) FILTER (${isNumber})`,
] as const;

/** A column without any text does not appear among the rows. */
const nothing: readonly SqlValue[] = [0, 0, 0, 0, 0, 0, ...Array(8).fill(null), 0, null, null];

function toSurvey(name: string, index: number, row: readonly SqlValue[]): ColumnSurvey {
  const number = (position: number): number | null => row[position] as number | null;
  const text = (position: number): string | null => row[position] as string | null;
  return {
    name,
    index,
    present: Number(row[0]),
    distinct: Number(row[1]),
    numbers: Number(row[2]),
    integers: Number(row[3]),
    missingTokens: Number(row[4]),
    infinities: Number(row[5]),
    smallest: number(6),
    largest: number(7),
    first: text(8),
    last: text(9),
    minLength: number(10),
    maxLength: number(11),
    meanLength: number(12),
    meanWords: number(13),
    zeroPadded: Number(row[14]),
    minDigits: number(15),
    maxDigits: number(16),
  };
}
