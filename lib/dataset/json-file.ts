/** Reads JSON Lines or a JSON array of objects into the table `data`, every value as its canonical text. */
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isOnrampError } from '../core/index.ts';
import { checkColumnNames } from './column-names.ts';
import { sqlText } from './duckdb.ts';
import type { TextLayout } from './file-kind.ts';
import { findJsonFault } from './json-fault.ts';
import type { LoadedColumns, LoadOptions } from './load-options.ts';
import { emptyFile, fileError, tooManyRows } from './upload-error.ts';

/**
 * Loads the file. Columns are all keys of all objects, in order of first appearance; a key that is absent or null
 * is a missing value; nested values are kept as JSON text.
 *
 * @throws invalid_request `malformed_json`, `not_an_object` or `truncated_file` with the line
 */
export async function loadJson(options: LoadOptions, layout: TextLayout): Promise<LoadedColumns> {
  const { fileName, limits, database } = options;
  const path = await plainJson(options);
  const format = layout === 'json_array' ? 'array' : 'auto';
  try {
    await database.rows(
      `CREATE TABLE raw AS SELECT json FROM read_json_objects(${sqlText(path)}, format = '${format}',
       maximum_object_size = ${limits.maxLineBytes})`,
    );
  } catch (cause) {
    if (isOnrampError(cause) || !/JSON|maximum_object_size/.test(String(cause))) throw cause;
    throw await faultOf(path, { fileName, limits }, cause);
  }
  const [[rows, objects] = []] = await database.rows(
    "SELECT count(*), count(*) FILTER (json_type(json) = 'OBJECT') FROM raw",
  );
  if (rows !== objects) throw await faultOf(path, { fileName, limits }, undefined);
  if (rows === 0) throw emptyFile(fileName);
  if (Number(rows) > limits.maxRows) throw tooManyRows(fileName, limits.maxRows);
  const keys = await allKeys(options);
  const names = checkColumnNames(keys, { fileName, ...limits });
  const pointers = keys.map((key) => sqlText(`/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
  const columns = keys.map((_, index) => `nullif(row[${index + 1}], '') AS c${index}`);
  await database.rows(
    `CREATE TABLE data AS SELECT ${columns.join(', ')}
     FROM (SELECT json_extract_string(json, [${pointers.join(', ')}]) AS row FROM raw)`,
  );
  await database.rows('DROP TABLE raw');
  return { names, rows: Number(rows) };
}

/** DuckDB takes a byte order mark for a syntax error. */
async function plainJson({ path, textStart, workDirectory }: LoadOptions): Promise<string> {
  if (textStart === 0) return path;
  const destination = join(workDirectory, 'plain.json');
  await pipeline(createReadStream(path, { start: textStart }), createWriteStream(destination));
  return destination;
}

async function allKeys({ database }: LoadOptions): Promise<readonly string[]> {
  const sets = await database.rows(
    'SELECT keys FROM (SELECT json_keys(json) AS keys, rowid AS place FROM raw) GROUP BY keys ORDER BY min(place)',
  );
  return [...new Set(sets.flatMap(([keys]) => keys as readonly string[]))];
}

async function faultOf(
  path: string,
  { fileName, limits }: Pick<LoadOptions, 'fileName' | 'limits'>,
  cause: unknown,
): Promise<Error> {
  const fault = await findJsonFault(path, limits.maxLineBytes);
  return fileError(fileName, {
    ...(fault ?? {
      code: 'malformed_json',
      message: 'The file is not valid JSON. Write one object a line, or one array of objects.',
    }),
    cause,
  });
}
