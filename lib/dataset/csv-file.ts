/** Reads a delimited text file into the table `data`: structure checked here, parsed by DuckDB. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { internal } from '../core/index.ts';
import { checkColumnNames } from './column-names.ts';
import { type CsvDialect, parseRecord, sniffDialect } from './csv-dialect.ts';
import { type LineEnding, type RecordPlace, scanCsv } from './csv-scan.ts';
import { sqlText } from './duckdb.ts';
import { joinLines, type ReadableCsv } from './line-endings.ts';
import type { LoadedColumns, LoadOptions } from './load-options.ts';
import { excerpt, fileError, megabytes, tooManyRows } from './upload-error.ts';

const sampleBytes = 1 << 20;

/** What the scan found out about a file. */
interface CsvShape {
  readonly header: RecordPlace;
  readonly records: number;
  readonly longestBytes: number;
  readonly endings: ReadonlySet<LineEnding>;
}

/**
 * Loads the file.
 *
 * @throws invalid_request with the line of every structural fault
 */
export async function loadCsv(options: LoadOptions): Promise<LoadedColumns> {
  const { path, textStart, fileName, workDirectory, limits, database } = options;
  const sample = readText(path, textStart, textStart + sampleBytes);
  const dialect = sniffDialect(sample.toString(), sample.length < sampleBytes);
  const shape = await inspect(options, dialect);
  const header = readText(path, shape.header.start, shape.header.end).toString();
  const names = checkColumnNames(parseRecord(header, 0, dialect).fields, {
    fileName,
    ...limits,
    line: shape.header.line,
  });
  if (shape.records === 0) {
    throw fileError(fileName, {
      code: 'header_only',
      message: `There is a header with ${names.length} columns but no row below it. Upload the file with its data.`,
    });
  }
  // DuckDB does not see a quote that follows a byte order mark, so a line break in that name would be a record to it.
  const isHiddenQuote = textStart > 0 && header.trimStart().startsWith(dialect.quote);
  const readable =
    shape.endings.size > 1 || isHiddenQuote
      ? await joinLines(path, {
          fileName,
          dialect,
          textStart,
          destination: join(workDirectory, 'joined.csv'),
        })
      : { path, skip: shape.header.line - 1, ending: [...shape.endings][0] ?? 'lf' };
  const size = { columns: names.length, longestBytes: shape.longestBytes };
  await database.rows(`CREATE TABLE data AS SELECT * FROM ${readCsv(readable, dialect, size)}`);
  const [[rows] = []] = await database.rows('SELECT count(*) FROM data');
  if (rows !== shape.records) {
    throw internal(`The scan found ${shape.records} records, DuckDB ${String(rows)}: their rules differ.`);
  }
  return { names, rows, lineOfRow: (row) => lineOfRecord(options, dialect, row + 1) };
}

/** The line of a record (the header is number 0): looked up only for a message, so by a pass of its own. */
async function lineOfRecord(
  { path, textStart, fileName }: LoadOptions,
  dialect: CsvDialect,
  wanted: number,
): Promise<number | null> {
  let count = 0;
  let line: number | null = null;
  const onRecord = (record: RecordPlace): void => {
    if (count === wanted) line = record.line;
    count += 1;
  };
  await scanCsv(path, { fileName, dialect, textStart, onRecord });
  return line;
}

/** One pass that counts records and refuses the first one that is ragged or too long. */
async function inspect(
  { path, textStart, fileName, limits }: LoadOptions,
  dialect: CsvDialect,
): Promise<CsvShape> {
  let header: RecordPlace | undefined;
  let records = -1;
  let longestBytes = 0;
  const onRecord = (record: RecordPlace): void => {
    records += 1;
    header ??= record;
    if (record.fields !== header.fields) throw raggedRow({ path, fileName, header, record });
    longestBytes = Math.max(longestBytes, record.end - record.start);
    if (longestBytes > limits.maxLineBytes) {
      throw fileError(fileName, {
        code: 'line_too_long',
        line: record.line,
        message: `The row takes more than ${megabytes(limits.maxLineBytes)}. Check for a quote that is never closed.`,
      });
    }
    if (records > limits.maxRows) throw tooManyRows(fileName, limits.maxRows);
  };
  const endings = await scanCsv(path, { fileName, dialect, textStart, onRecord });
  if (header === undefined) throw internal('A file that is not blank has no record.');
  return { header, records, longestBytes, endings };
}

interface RaggedRow {
  readonly path: string;
  readonly fileName: string;
  readonly header: RecordPlace;
  readonly record: RecordPlace;
}

function raggedRow({ path, fileName, header, record }: RaggedRow): Error {
  const text = readText(path, record.start, Math.min(record.end, record.start + 400)).toString();
  const advice =
    record.unfinished && record.fields < header.fields
      ? 'It is the last line and has no line break: the file is probably cut off; upload it again, whole.'
      : record.fields > header.fields
        ? 'A field that holds the delimiter has to be quoted.'
        : 'Give every row the same number of fields; leave a field empty where the value is missing.';
  return fileError(fileName, {
    code: 'ragged_row',
    line: record.line,
    message: `Expected ${header.fields} fields as in the header, found ${record.fields}: "${excerpt(text)}". ${advice}`,
  });
}

interface CsvSize {
  readonly columns: number;
  readonly longestBytes: number;
}

/** Line endings as DuckDB wants them named. */
const newLines: Readonly<Record<LineEnding, string>> = { lf: "'\\n'", crlf: "'\\r\\n'", cr: "'\\r'" };

/** DuckDB's reader with nothing left to guess. Columns are c0, c1, ...; an empty field is NULL. */
function readCsv(file: ReadableCsv, { delimiter, quote }: CsvDialect, size: CsvSize): string {
  const columns = Array.from({ length: size.columns }, (_, index) => `c${index}: 'VARCHAR'`).join(', ');
  const maxLineBytes = Math.max(2 << 20, size.longestBytes + 1024);
  return `read_csv(${sqlText(file.path)}, auto_detect = false, header = true, skip = ${file.skip},
    delim = ${sqlText(delimiter)}, quote = ${sqlText(quote)}, escape = ${sqlText(quote)}, nullstr = '',
    new_line = ${newLines[file.ending]},
    columns = {${columns}}, max_line_size = ${maxLineBytes}, buffer_size = ${Math.max(32 << 20, 2 * maxLineBytes)})`;
}

/** Bytes `start` to `end` (excluded), or fewer at the end of the file. Synchronous, as the scan calls it half way. */
function readText(path: string, start: number, end: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(end - start);
    return buffer.subarray(0, readSync(file, buffer, 0, end - start, start));
  } finally {
    closeSync(file);
  }
}
