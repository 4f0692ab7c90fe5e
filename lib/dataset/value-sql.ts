/** The SQL that reads a stored text as a value: what is missing, and what is a number. */
import { type Database, sqlText } from './duckdb.ts';

/** Texts that mean "missing" in numeric and date-time columns, in any case. In other columns they are values. */
export const missingTokens: readonly string[] = ['na', 'n/a', 'nan', 'null', '?', '-', '.'];

/** How the texts of the table `data` are to be read. */
export interface ValueRules {
  /** Texts that mean "missing" in every column, as the user says; exactly as in the data. */
  readonly missing?: readonly string[];
}

/** The text of a column, NULL where missing. */
export function valueSql(column: number, { missing = [] }: ValueRules): string {
  if (missing.length === 0) return `c${column}`;
  return `CASE WHEN c${column} IN (${missing.map(sqlText).join(', ')}) THEN NULL ELSE c${column} END`;
}

/** True for a text that means "missing" in numeric and date-time columns. */
export const isMissingTokenSql = (value: string): string =>
  `(lower(trim(${value})) IN ('', ${missingTokens.map(sqlText).join(', ')}))`;

/**
 * The finite number a text stands for in decimal or scientific notation, else NULL. DuckDB alone would also
 * read 1_000; and what overflows a double counts as an infinity, not as a number.
 */
export const numberSql = (value: string): string =>
  `(CASE WHEN isfinite(TRY_CAST(${value} AS DOUBLE)) AND NOT contains(${value}, '_') THEN TRY_CAST(${value} AS DOUBLE) END)`;

/** True for inf, -inf, Infinity and numbers too large for a double. */
export const isInfiniteSql = (value: string): string =>
  `coalesce(isinf(TRY_CAST(${value} AS DOUBLE)), false)`;

/** Columns read at once: bounds the memory of wide tables and the length of a statement. */
export const columnBatch = 64;

/** The numbers of the given columns in row order, NaN where there is none. */
export async function readNumbers(
  database: Database,
  expressions: readonly string[],
  rows: number,
): Promise<Float64Array[]> {
  const result = expressions.map(() => new Float64Array(rows));
  for (let start = 0; start < expressions.length; start += columnBatch) {
    const batch = expressions.slice(start, start + columnBatch);
    let row = 0;
    const numbers = batch.map((value) => `coalesce(${numberSql(value)}, 'NaN'::DOUBLE)`);
    await database.stream(`SELECT ${numbers.join(', ')} FROM data`, (columns, count) => {
      for (const [index, column] of columns.entries()) {
        (result[start + index] as Float64Array).set(column as number[], row);
      }
      row += count;
    });
  }
  return result;
}

/** The texts of the given columns in row order, `null` where missing. */
export async function readTexts(
  database: Database,
  expressions: readonly string[],
): Promise<(string | null)[][]> {
  const result: (string | null)[][] = expressions.map(() => []);
  for (let start = 0; start < expressions.length; start += columnBatch) {
    const batch = expressions.slice(start, start + columnBatch);
    await database.stream(`SELECT ${batch.join(', ')} FROM data`, (columns) => {
      for (const [index, column] of columns.entries()) {
        const texts = result[start + index] as (string | null)[];
        for (const value of column as (string | null)[]) texts.push(value);
      }
    });
  }
  return result;
}
