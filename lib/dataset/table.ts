/** The stored form of a data set (Parquet of texts) and its way into memory as typed columns. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PictureLayout } from '../contracts/pictures.ts';
import type { DatasetProfile } from '../contracts/profile.ts';
import {
  type DatetimeFormat,
  datetimeFormats,
  internal,
  invalidInput,
  parseDatetime,
} from '../core/index.ts';
import { type Database, type DatabaseLimits, openDatabase, sqlName, sqlText } from './duckdb.ts';
import { metadataSql, readStoredPictures } from './pictures/stored-pictures.ts';
import type { DatasetHandle } from './read-dataset.ts';
import type { Column, ColumnType, ImageColumn, Table } from './types.ts';
import { excerpt } from './upload-error.ts';
import {
  isMissingTokenSql,
  missingTokens,
  numberSql,
  readNumbers,
  readTexts,
  type ValueRules,
  valueSql,
} from './value-sql.ts';

/** Rows of pictures that are written, and later read, at a time. */
const pictureRows = 2048;

/** Writes the data set as Parquet, zstd-compressed: every column a text under its own name, pictures as their pixels. */
export async function writeParquet(
  { database, columns, pictures, notices, workDirectory }: DatasetHandle,
  path: string,
): Promise<void> {
  const isPicture = new Set(pictures.map(({ index }) => index));
  const selected = columns.map(
    (name, index) => `${isPicture.has(index) ? 'p' : 'c'}${index} AS ${sqlName(name)}`,
  );
  const isPlain = pictures.length === 0 && notices.length === 0;
  const extras = isPlain ? [] : [metadataSql({ names: columns, pictures, notices })];
  if (pictures.length > 0) extras.push(`ROW_GROUP_SIZE ${pictureRows}`);
  // The database may write to its work directory only.
  const own = join(workDirectory, 'table.parquet');
  await database.rows(
    `COPY (SELECT ${selected.join(', ')} FROM data) TO ${sqlText(own)} (${['FORMAT parquet', 'COMPRESSION zstd', ...extras].join(', ')})`,
  );
  await copyFile(own, path);
  await rm(own);
}

/** How the texts of a stored table are read. */
export interface TableOptions extends ValueRules, DatabaseLimits {
  /** The type of each column to load; columns without a type are left out. */
  readonly types: Readonly<Record<string, ColumnType>>;
  /** Load only these, in this order. Default: all with a type, in the order of the file. */
  readonly columns?: readonly string[];
  /** The form of each date-time column, as in the profile. */
  readonly datetimeFormats?: Readonly<Record<string, DatetimeFormat>>;
}

/** How a table is to be read according to its profile. */
export function tableOptions(profile: DatasetProfile): TableOptions {
  const known = new Set<string>(datetimeFormats);
  const formats = profile.columns.flatMap(({ name, datetime }) =>
    datetime !== undefined && known.has(datetime.format)
      ? [[name, datetime.format as DatetimeFormat] as const]
      : [],
  );
  return {
    types: Object.fromEntries(profile.columns.map(({ name, type }) => [name, type])),
    datetimeFormats: Object.fromEntries(formats),
    missing: profile.missing,
  };
}

/**
 * Loads a stored table: numbers as float64 with NaN for missing, date-times in canonical ISO text, all else as the
 * text in the data.
 *
 * @throws invalid_request `unknown_column`, or `type_mismatch` naming column and row
 * @example const table = await loadTable('table.parquet', { ...tableOptions(profile), columns: ['age', 'sex'] });
 */
export async function loadTable(path: string, options: TableOptions): Promise<Table> {
  const workDirectory = await mkdtemp(join(tmpdir(), 'onramp-table-'));
  const database = await openDatabase(workDirectory, options);
  try {
    const stored = (await database.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`)).map(
      ([name]) => String(name),
    );
    const wanted = options.columns ?? stored.filter((name) => options.types[name] !== undefined);
    for (const name of wanted) requireKnown(name, stored, options);
    const isPicture = (name: string): boolean => options.types[name] === 'image';
    const selected = wanted.map((name, index) =>
      isPicture(name) ? `sha256(${sqlName(name)}) AS c${index}` : `${sqlName(name)} AS c${index}`,
    );
    const [[rows] = []] = await database.rows(`SELECT count(*) FROM read_parquet(${sqlText(path)})`);
    const source =
      selected.length === 0
        ? 'SELECT 1'
        : `SELECT ${selected.join(', ')} FROM read_parquet(${sqlText(path)})`;
    await database.rows(`CREATE TABLE data AS ${source}`);
    const columns = await readColumns(database, wanted, { ...options, rows: Number(rows) });
    if (!wanted.some(isPicture)) return { rows: Number(rows), columns };
    const { pictures } = await readStoredPictures(database, path, stored);
    const layouts = new Map(pictures.map(({ index, layout }) => [stored[index]!, layout]));
    const whole: Column[] = [];
    // One after the other: a result ends where another query begins.
    for (const column of columns) {
      const layout = isPicture(column.name) ? layouts.get(column.name) : undefined;
      whole.push(layout === undefined ? column : await withPixels(database, column, { path, layout }));
    }
    return { rows: Number(rows), columns: whole };
  } finally {
    database.close();
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** The pixels of a column that so far holds their digests. */
async function withPixels(
  database: Database,
  { name, values }: Column,
  { path, layout }: { readonly path: string; readonly layout: PictureLayout },
): Promise<ImageColumn> {
  const size = layout.width * layout.height * layout.channels;
  const pixels = new Uint8Array(values.length * size);
  let at = 0;
  for await (const picture of database.bytes(`SELECT ${sqlName(name)} FROM read_parquet(${sqlText(path)})`)) {
    if (picture !== null && picture.length !== size)
      throw internal(`A picture in "${name}" has a wrong size.`);
    if (picture !== null) pixels.set(picture, at);
    at += size;
  }
  if (at !== pixels.length) throw internal(`Of the pictures in "${name}" some are missing.`);
  return { name, type: 'image', layout, pixels, values: values as readonly (string | null)[] };
}

function requireKnown(name: string, stored: readonly string[], { types }: TableOptions): void {
  if (stored.includes(name) && types[name] !== undefined) return;
  const reason = stored.includes(name) ? 'has no type' : 'is not in the data set';
  throw invalidInput(
    `Column "${excerpt(name)}" ${reason}. The data set has ${stored.slice(0, 20).join(', ')}.`,
    {
      code: 'unknown_column',
      param: name,
    },
  );
}

async function readColumns(
  database: Database,
  names: readonly string[],
  options: TableOptions & { readonly rows: number },
): Promise<readonly Column[]> {
  const kinds = names.map((name) => options.types[name] as ColumnType);
  const indexesOf = (isNumeric: boolean): number[] =>
    [...names.keys()].filter((index) => (kinds[index] === 'numeric') === isNumeric);
  const [numeric, texts] = [indexesOf(true), indexesOf(false)];
  const values = (index: number): string => valueSql(index, options);
  const numbers = await readNumbers(database, numeric.map(values), options.rows);
  for (const [place, index] of numeric.entries()) {
    if (!numbers[place]?.some(Number.isNaN)) continue;
    await requireMissing(database, names[index] as string, { index, value: values(index) });
  }
  const strings = await readTexts(database, texts.map(values));
  const columns: Column[] = [];
  for (const [place, index] of numeric.entries()) {
    columns[index] = {
      name: names[index] as string,
      type: 'numeric',
      values: numbers[place] as Float64Array,
    };
  }
  for (const [place, index] of texts.entries()) {
    columns[index] = textColumn(names[index] as string, kinds[index] as ColumnType, {
      values: strings[place] as (string | null)[],
      formats: options.datetimeFormats ?? {},
    });
  }
  return columns;
}

/** A type imposed later, or a changed data set, must not turn texts into missing numbers silently. */
async function requireMissing(
  database: Database,
  name: string,
  { index, value }: StoredColumn,
): Promise<void> {
  const [bad] = await database.rows(
    `SELECT rowid, c${index} FROM data
     WHERE ${value} IS NOT NULL AND ${numberSql(value)} IS NULL AND NOT ${isMissingTokenSql(value)}
     ORDER BY rowid LIMIT 1`,
  );
  if (bad === undefined) return;
  const [row, text] = bad;
  throw misread(name, { row: Number(row), text: String(text), kind: 'a finite number' });
}

interface StoredColumn {
  readonly index: number;
  /** The SQL of its text. */
  readonly value: string;
}

interface TextColumnOptions {
  readonly values: readonly (string | null)[];
  readonly formats: Readonly<Record<string, DatetimeFormat>>;
}

function textColumn(name: string, type: ColumnType, { values, formats }: TextColumnOptions): Column {
  if (type === 'numeric') throw internal('A numeric column was taken for a text column.');
  // The pixels of pictures come later; so far they are texts like others.
  if (type === 'image') return { name, type: 'identifier', values };
  if (type !== 'datetime') return { name, type, values };
  const format = formats[name];
  if (format === undefined) throw internal(`The date-time column "${name}" has no format.`);
  const tokens = new Set(['', ...missingTokens]);
  const dates = values.map((text, row) => {
    if (text === null || tokens.has(text.trim().toLowerCase())) return null;
    const date = parseDatetime(text, format);
    if (date === null) throw misread(name, { row, text, kind: `a date-time of the form ${format}` });
    return date;
  });
  return { name, type, values: dates };
}

function misread(name: string, { row, text, kind }: { row: number; text: string; kind: string }): Error {
  return invalidInput(
    `Row ${row + 1}: Column "${excerpt(name)}" holds "${excerpt(text, 40)}", which is not ${kind}. Mend the value, list it under "missing", or choose another type for the column.`,
    { code: 'type_mismatch', param: name },
  );
}
