/** Reads a Parquet file into the table `data`, every value as its canonical text. */
import { open } from 'node:fs/promises';
import { checkColumnNames } from './column-names.ts';
import { sqlName, sqlText } from './duckdb.ts';
import type { LoadedColumns, LoadOptions } from './load-options.ts';
import { binaryColumn, type PictureSource, storedPictures } from './pictures/picture-table.ts';
import { readStoredPictures } from './pictures/stored-pictures.ts';
import { fileError, tooManyRows } from './upload-error.ts';

/**
 * Loads the file: whole numbers as `1`, booleans as `true`, dates and times in ISO 8601, nested values as JSON;
 * NaN and the empty text are missing values.
 *
 * @throws invalid_request `truncated_file`, `unsupported_column_type`
 */
export async function loadParquet(options: LoadOptions): Promise<LoadedColumns> {
  const { path, fileName, limits, database, pictures: mode } = options;
  await requireFooter(path, fileName);
  await database.rows("SET TimeZone = 'UTC'");
  const source = `read_parquet(${sqlText(path)})`;
  const described = await database.rows(`DESCRIBE SELECT * FROM ${source}`);
  const columns = described.map(([name, type]) => ({ name: String(name), type: String(type) }));
  const names = checkColumnNames(
    columns.map(({ name }) => name),
    { fileName, ...limits },
  );
  const [[rows] = []] = await database.rows(`SELECT count(*) FROM ${source}`);
  if (Number(rows) > limits.maxRows) throw tooManyRows(fileName, limits.maxRows);
  const selected = columns.map(({ name, type }, index) => {
    const bytes = bytesOf(sqlName(name), type);
    if (bytes === null) return `${asText(sqlName(name), type)} AS c${index}`;
    return `${mode === 'base64' ? `to_base64(${bytes})` : mode === 'stored' ? `sha256(${bytes})` : 'NULL::VARCHAR'} AS c${index}`;
  });
  await database.rows(`CREATE TABLE data AS SELECT ${selected.join(', ')} FROM ${source}`);
  const loaded = { names, rows: Number(rows) };
  if (mode === 'stored') return { ...loaded, ...(await readStoredPictures(database, path, names)) };
  const sources = mode === 'base64' ? [] : await findPictures(columns, source, options);
  return { ...loaded, sources };
}

interface ParquetColumn {
  readonly name: string;
  readonly type: string;
}

/** The SQL for the bytes in a column of them, or of {bytes, path} as the library `datasets` has it; `null` for others. */
function bytesOf(column: string, type: string): string | null {
  if (type === 'BLOB') return column;
  return /^STRUCT\((.*, )?"?bytes"? BLOB[,)]/.test(type) ? `${column}.bytes` : null;
}

/** How JPEG, PNG and WebP begin, as DuckDB writes bytes in hexadecimal. */
const signatures = '^(FFD8FF|89504E470D0A1A0A|52494646........57454250)';

/** @throws invalid_request `unsupported_column_type` for bytes that are no pictures */
async function findPictures(
  columns: readonly ParquetColumn[],
  source: string,
  { database, fileName }: LoadOptions,
): Promise<readonly PictureSource[]> {
  const sources: PictureSource[] = [];
  for (const [index, { name, type }] of columns.entries()) {
    const bytes = bytesOf(sqlName(name), type);
    if (bytes === null) continue;
    const isPicture = `regexp_matches(hex(${bytes}[1:12]), '${signatures}')`;
    const [[pictures, present] = []] = await database.rows(
      `SELECT count(*) FILTER (${isPicture}), count(${bytes}) FROM ${source}`,
    );
    if (2 * Number(pictures) < Number(present) || present === 0) throw binaryColumn(fileName, name);
    sources.push({ index, name, pictures: await storedPictures({ database, fileName }, source, bytes) });
  }
  return sources;
}

/** The SQL for a value's canonical text. */
function asText(column: string, type: string): string {
  const text = `CAST(${column} AS VARCHAR)`;
  if (/[[(]/.test(type) && !/^(DECIMAL|ENUM)\(/.test(type)) return `CAST(to_json(${column}) AS VARCHAR)`;
  if (type === 'VARCHAR' || type.startsWith('ENUM')) return `nullif(${text}, '')`;
  if (type === 'DOUBLE' || type === 'FLOAT') return `CASE WHEN isnan(${column}) THEN NULL ELSE ${text} END`;
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    return `replace(CAST(${column} AT TIME ZONE 'UTC' AS VARCHAR), ' ', 'T') || 'Z'`;
  }
  if (type.startsWith('TIMESTAMP')) return `replace(${text}, ' ', 'T')`;
  return text;
}

/** A Parquet file keeps its table of contents at the end, so one that is cut off cannot be read at all. */
async function requireFooter(path: string, fileName: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
    if (size >= 12 && buffer.toString('latin1') === 'PAR1') return;
  } finally {
    await file.close();
  }
  throw fileError(fileName, {
    code: 'truncated_file',
    message: 'The Parquet file is cut off: its footer is missing. Upload it again, whole.',
  });
}
