/** Reads an uploaded table of any supported format; every value is kept as the text it has in the file. */
import { open, stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PictureWish } from '../contracts/pictures.ts';
import type { ProfileWarning } from '../contracts/profile.ts';
import { invalidInput, isOnrampError } from '../core/index.ts';
import { loadCsv } from './csv-file.ts';
import { type Database, type DatabaseLimits, openDatabase } from './duckdb.ts';
import { detectFileKind, type FileKind } from './file-kind.ts';
import { inflate, tooLarge } from './inflate.ts';
import { loadJson } from './json-file.ts';
import type { LoadedColumns, LoadOptions, PictureMode, ReadLimits } from './load-options.ts';
import { loadParquet } from './parquet-file.ts';
import { loadArchive } from './pictures/archive-file.ts';
import { decodeColumns, type PictureColumn } from './pictures/picture-table.ts';
import { findTextPictures } from './pictures/text-pictures.ts';
import { checkText } from './text-check.ts';
import { emptyFile, fileError } from './upload-error.ts';

const defaultLimits: ReadLimits = {
  maxBytes: 4 * 1024 ** 3,
  maxLineBytes: 16 * 1024 ** 2,
  maxColumns: 10_000,
  maxRows: 20_000_000,
  minRows: 2,
  minColumns: 2,
};

/** What to read. */
export interface ReadDatasetOptions extends DatabaseLimits {
  readonly path: string;
  /** The user's name of the file, for messages. */
  readonly fileName: string;
  /** An existing empty directory for temporary files; the caller removes it after `close`. */
  readonly workDirectory: string;
  readonly limits?: Partial<ReadLimits>;
  /** Default: `pixels`. */
  readonly pictures?: PictureMode;
  /** The size that pictures are to have. */
  readonly image?: PictureWish | undefined;
}

/** A data set that was read; the values are in the database's table `data`, columns `c0`, `c1`, ..., NULL is missing. */
export interface DatasetHandle {
  readonly fileName: string;
  readonly format: 'csv' | 'json' | 'parquet' | 'archive';
  readonly rows: number;
  /** Column names in the order of the file. */
  readonly columns: readonly string[];
  /** Which of them hold pictures; their values are digests of the pixels. */
  readonly pictures: readonly PictureColumn[];
  /** What a person should know of how the file was read. */
  readonly notices: readonly ProfileWarning[];
  readonly workDirectory: string;
  readonly database: Database;
  /** The line of the file on which a row (from 0) starts, or `null` where rows are not lines. */
  lineOfRow(row: number): Promise<number | null>;
  close(): void;
}

/**
 * Reads CSV (delimiter and quote are sniffed), JSON Lines, a JSON array of objects or Parquet, each also gzipped, and
 * zip and tar archives of pictures or texts. The format is told by the content, not by the name. Pictures in columns or
 * archives are decoded and brought to one size.
 *
 * @throws invalid_request naming the file, the line and the remedy: see the codes in the loaders
 * @example
 * const data = await readDataset({ path: 'upload', fileName: 'heart.csv', workDirectory: 'work' });
 */
export async function readDataset(options: ReadDatasetOptions): Promise<DatasetHandle> {
  const { fileName, workDirectory, pictures = 'pixels', image } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const source = await findTable(options, limits);
  const database = await openDatabase(workDirectory, options);
  try {
    const loadOptions = { ...source, fileName, workDirectory, limits, database, pictures, image };
    const loaded = await withPixels(await source.load(loadOptions), loadOptions);
    if (loaded.rows < limits.minRows) throw tooFewRows(fileName, loaded.rows);
    await database.lock();
    return {
      fileName,
      format: source.format,
      rows: loaded.rows,
      columns: loaded.names,
      pictures: loaded.pictures ?? [],
      notices: loaded.notices ?? [],
      workDirectory,
      database,
      lineOfRow: async (row) => (await loaded.lineOfRow?.(row)) ?? null,
      close: () => database.close(),
    };
  } catch (cause) {
    database.close();
    throw isOnrampError(cause) ? cause : unreadable(fileName, cause);
  }
}

/** The table with its pictures decoded, those in texts too. */
async function withPixels(loaded: LoadedColumns, options: LoadOptions): Promise<LoadedColumns> {
  if (options.pictures !== 'pixels') return loaded;
  const { names, rows, sources = [], notices = [] } = loaded;
  const { database, fileName, image } = options;
  const table = { database, fileName, columns: names.length, wish: image };
  const inTexts = loaded.pictures ? [] : await findTextPictures(names, table);
  const all = [...sources, ...inTexts];
  if (all.length === 0) return loaded;
  const decoded = await decodeColumns(all, table);
  const { lineOfRow, ...rest } = loaded;
  // With rows left out, the others are no longer where they were in the file.
  const places = decoded.rows === rows && lineOfRow ? { lineOfRow } : {};
  return { ...rest, ...places, ...decoded, notices: [...notices, ...decoded.notices] };
}

/** A plain file under a name of ours, and who can load it. */
interface TableSource {
  readonly path: string;
  readonly textStart: number;
  readonly format: DatasetHandle['format'];
  readonly load: (options: LoadOptions) => Promise<LoadedColumns>;
}

async function findTable(
  { path, fileName, workDirectory }: ReadDatasetOptions,
  limits: ReadLimits,
): Promise<TableSource> {
  // A name of our own: DuckDB would read `*` or `[` in the user's as a pattern.
  const own = join(workDirectory, 'upload');
  const packed = detectFileKind(await readHead(path)).kind === 'gzip';
  if (packed) await inflate(path, { fileName, destination: own, maxBytes: limits.maxBytes });
  else await symlink(resolve(path), own);
  if ((await stat(own)).size > limits.maxBytes) throw tooLarge(fileName, limits.maxBytes);
  const head = await readHead(own);
  const found = detectFileKind(head);
  if (found.kind === 'parquet') return { path: own, textStart: 0, format: 'parquet', load: loadParquet };
  if (found.kind === 'archive') return { path: own, textStart: 0, format: 'archive', load: loadArchive };
  if (found.kind !== 'text') throw notATable(fileName, found);
  const isJson = found.layout !== 'csv';
  if (!isJson && /\.(json|jsonl|ndjson)(\.gz)?$/i.test(fileName)) throw notJson(fileName);
  const maxLineBytes = found.layout === 'json_array' ? null : limits.maxLineBytes;
  await checkText(own, { fileName, maxLineBytes });
  const textStart = head[0] === 0xef && head[1] === 0xbb ? 3 : 0;
  return isJson
    ? { path: own, textStart, format: 'json', load: (options) => loadJson(options, found.layout) }
    : { path: own, textStart, format: 'csv', load: loadCsv };
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1 << 16), 0, 1 << 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function notATable(
  fileName: string,
  found: Exclude<FileKind, { kind: 'text' | 'parquet' | 'archive' }>,
): Error {
  if (found.kind === 'empty') return emptyFile(fileName);
  const [name, advice] =
    found.kind === 'gzip'
      ? ['a gzip file inside a gzip file', 'Pack it only once.']
      : [found.name, found.advice];
  return fileError(fileName, { code: 'not_a_table', message: `This is ${name}, not a table. ${advice}` });
}

function notJson(fileName: string): Error {
  return fileError(fileName, {
    code: 'not_json',
    line: 1,
    message:
      'The name says JSON, but the content is neither an array of objects ([{"a": 1}, ...]) nor one object a line.',
  });
}

function tooFewRows(fileName: string, rows: number): Error {
  return rows === 0
    ? emptyFile(fileName)
    : fileError(fileName, {
        code: 'too_few_rows',
        message:
          'There is only one row of data. A model learns from many: upload at least some dozens of rows, one object or line for each.',
      });
}

/** DuckDB's own words name files of this machine, so they are kept as the cause and not shown. */
function unreadable(fileName: string, cause: unknown): Error {
  return invalidInput(
    `${fileName}: The file could not be read as a table. Save it again as CSV (UTF-8) or Parquet and upload that.`,
    { code: 'unreadable_file', param: fileName, cause },
  );
}
