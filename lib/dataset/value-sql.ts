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
 * True where a text, whose cast to DOUBLE is given, is a finite number in decimal or scientific notation. DuckDB alone
 * would also read 1_000; and what overflows a double counts as an infinity, not as a number.
 */
export const isNumberSql = (value: string, cast: string): string =>
  `(${cast} IS NOT NULL AND isfinite(${cast}) AND NOT contains(${value}, '_'))`;

/** The finite number a text stands for, else NULL. */
export const numberSql = (value: string): string =>
  `(CASE WHEN ${isNumberSql(value, `TRY_CAST(${value} AS DOUBLE)`)} THEN TRY_CAST(${value} AS DOUBLE) END)`;

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
        (result[start + index] as Float64Array).set(column as readonly number[], row);
      }
      row += count;
    });
  }
  return result;
}

/** A column with at most so many different texts is read as numbers of a dictionary: far faster than text by text. */
const maxDictionary = 5000;

/** The texts of the given columns in row order, `null` where missing. */
export async function readTexts(
  database: Database,
  expressions: readonly string[],
): Promise<(string | null)[][]> {
  const result: (string | null)[][] = expressions.map(() => []);
  for (let start = 0; start < expressions.length; start += columnBatch) {
    const batch = expressions.slice(start, start + columnBatch);
    const counts = batch.map((value) => `approx_count_distinct(${value})`);
    const [distinct = []] = await database.rows(`SELECT ${counts.join(', ')} FROM data`);
    const selected: string[] = [];
    for (const [index, value] of batch.entries()) {
      const count = Number(distinct[index]);
      selected.push(
        count > 0 && count <= maxDictionary ? await dictionarySql(database, value, index) : value,
      );
    }
    await database.stream(`SELECT ${selected.join(', ')} FROM data`, (columns) => {
      for (const [index, column] of columns.entries()) {
        const texts = result[start + index] as (string | null)[];
        for (const value of column) texts.push(value as string | null);
      }
    });
  }
  return result;
}

/** Makes a type of the column's texts and casts to it: DuckDB then hands over codes, each text once. */
async function dictionarySql(database: Database, value: string, index: number): Promise<string> {
  await database.rows(`DROP TYPE IF EXISTS dictionary${index}`);
  await database.rows(
    `CREATE TYPE dictionary${index} AS ENUM (SELECT DISTINCT ${value} FROM data WHERE ${value} IS NOT NULL)`,
  );
  return `CAST(${value} AS dictionary${index})`;
}
