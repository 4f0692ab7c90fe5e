/** Counts, for every column, what its texts look like: the evidence from which types are inferred. */
import type { SqlValue } from './duckdb.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { columnBatch, isMissingTokenSql, isNumberSql, type ValueRules, valueSql } from './value-sql.ts';

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

/** Surveys all columns, some at a time. */
export async function surveyColumns(
  handle: DatasetHandle,
  rules: ValueRules,
): Promise<readonly ColumnSurvey[]> {
  const surveys: ColumnSurvey[] = [];
  for (let start = 0; start < handle.columns.length; start += columnBatch) {
    const names = handle.columns.slice(start, start + columnBatch);
    // The text v and the number x are worked out once for each value.
    const values = names.map((_, offset) => {
      const value = valueSql(start + offset, rules);
      return `${value} AS v${offset}, TRY_CAST(${value} AS DOUBLE) AS x${offset}`;
    });
    const counts = names.map((_, offset) => countsSql(`v${offset}`, `x${offset}`));
    const [row = []] = await handle.database.rows(
      `SELECT ${counts.flat().join(', ')} FROM (SELECT ${values.join(', ')} FROM data)`,
    );
    for (const [offset, name] of names.entries()) {
      const width = (counts[0] as readonly string[]).length;
      surveys.push(toSurvey(name, start + offset, row.slice(offset * width, (offset + 1) * width)));
    }
  }
  return surveys;
}

function countsSql(value: string, cast: string): readonly string[] {
  const isNumber = isNumberSql(value, cast);
  const words = `length(${value}) - length(replace(${value}, ' ', '')) + 1`;
  return [
    `count(${value})`,
    `count(DISTINCT ${value})`,
    `count(*) FILTER (${isNumber})`,
    `count(*) FILTER (${isNumber} AND ${cast} = trunc(${cast}))`,
    `count(*) FILTER ((${cast} IS NULL OR isnan(${cast})) AND ${isMissingTokenSql(value)})`,
    `count(*) FILTER (isinf(${cast}))`,
    `min(${cast}) FILTER (${isNumber})`,
    `max(${cast}) FILTER (${isNumber})`,
    `min(${value})`,
    `max(${value})`,
    `min(length(${value}))`,
    `max(length(${value}))`,
    `avg(length(${value}))`,
    `avg(CASE WHEN ${cast} IS NULL THEN ${words} ELSE 1 END) FILTER (${value} IS NOT NULL)`,
  ];
}

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
  };
}
