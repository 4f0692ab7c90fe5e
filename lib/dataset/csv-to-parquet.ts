/** Turns a CSV file that we have written ourselves into Parquet. */
import { type DatabaseLimits, openDatabase, sqlName, sqlText } from './duckdb.ts';

/** A column of the file. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: 'BIGINT' | 'INTEGER' | 'FLOAT' | 'VARCHAR';
}

/** What to convert; both paths lie in the work directory, where DuckDB may spill as well. */
export interface CsvToParquetOptions extends DatabaseLimits {
  readonly from: string;
  readonly to: string;
  readonly workDirectory: string;
  /** In the order of the file. */
  readonly columns: readonly ParquetColumn[];
  /** At least as long as the longest line. */
  readonly lineBytes: number;
}

/** Writes the rows in their order, zstd-compressed; an empty field is NULL. The first line of the CSV names the columns. */
export async function csvToParquet(options: CsvToParquetOptions): Promise<void> {
  const { from, to, columns, lineBytes, workDirectory, ...limits } = options;
  const maxLineBytes = Math.max(2 << 20, lineBytes);
  const database = await openDatabase(workDirectory, limits);
  const types = columns.map(({ type }, index) => `c${index}: '${type}'`).join(', ');
  const named = columns.map(({ name }, index) => `c${index} AS ${sqlName(name)}`).join(', ');
  try {
    await database.rows(
      `COPY (SELECT ${named} FROM read_csv(${sqlText(from)}, auto_detect = false, header = true, delim = ',',
         quote = '"', escape = '"', nullstr = '', new_line = '\\n', max_line_size = ${maxLineBytes},
         buffer_size = ${Math.max(32 << 20, 2 * maxLineBytes)}, columns = {${types}}))
       TO ${sqlText(to)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  } finally {
    database.close();
  }
}
