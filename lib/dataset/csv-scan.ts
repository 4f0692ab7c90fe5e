/** Finds the records of a CSV file byte by byte, so that every structural fault is told with its line. */
import { createReadStream } from 'node:fs';
import type { CsvDialect } from './csv-dialect.ts';
import { fileError } from './upload-error.ts';

/** One record, blank lines left out. Offsets are bytes in the file; `end` excludes the line break. */
export interface RecordPlace {
  readonly start: number;
  readonly end: number;
  /** Line on which it starts, from 1. */
  readonly line: number;
  readonly fields: number;
  /** True for a last record without a line break. */
  readonly unfinished: boolean;
}

/** How lines end; more than one kind in a file is possible and must be mended before DuckDB reads it. */
export type LineEnding = 'lf' | 'crlf' | 'cr';

/** What to scan and whom to tell. */
export interface CsvScanOptions {
  readonly fileName: string;
  readonly dialect: CsvDialect;
  /** Byte at which the text starts: 3 after a byte order mark, else 0. */
  readonly textStart: number;
  /** Called for each record in order; may throw. */
  readonly onRecord: (record: RecordPlace) => void;
}

const plain = 0;
const space = 1;
const quoteByte = 2;
const delimiterByte = 3;
const carriageReturn = 4;
const lineFeed = 5;
const classes = 6;

const fieldStart = 0;
const leading = 1;
const unquoted = 2;
const quoted = 3;
const closed = 4;
const afterReturn = 5;
const fault = 6;

/** `next[state * classes + class of the byte]`. As for DuckDB, one space before an opening quote is no part of a field. */
const next = Uint8Array.of(
  ...[unquoted, leading, quoted, fieldStart, afterReturn, fieldStart],
  ...[unquoted, unquoted, quoted, fieldStart, afterReturn, fieldStart],
  ...[unquoted, unquoted, unquoted, fieldStart, afterReturn, fieldStart],
  ...[quoted, quoted, closed, quoted, quoted, quoted],
  ...[fault, fault, quoted, fieldStart, afterReturn, fieldStart],
  ...[unquoted, leading, quoted, fieldStart, afterReturn, fieldStart],
);

/**
 * Scans the file once.
 *
 * @returns the kinds of line ending outside quotes
 * @throws invalid_request `malformed_quote`, `unterminated_quote`, and whatever `onRecord` throws
 */
export async function scanCsv(path: string, options: CsvScanOptions): Promise<ReadonlySet<LineEnding>> {
  const scanner = createScanner(options);
  const chunks = createReadStream(path, {
    start: options.textStart,
    highWaterMark: 1 << 20,
  }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) scanner.push(chunk);
  return scanner.end();
}

interface Scanner {
  push(chunk: Buffer): void;
  end(): ReadonlySet<LineEnding>;
}

function createScanner({ fileName, dialect, textStart, onRecord }: CsvScanOptions): Scanner {
  const classOf = byteClasses(dialect);
  const endings = new Set<LineEnding>();
  let state = fieldStart;
  let offset = textStart;
  let line = 1;
  let lineStart = textStart;
  let fields = 1;
  let recordStart = textStart;
  let recordLine = 1;
  let quoteLine = 0;

  const endRecord = (end: number, unfinished: boolean): void => {
    if (end > recordStart) onRecord({ start: recordStart, end, line: recordLine, fields, unfinished });
    fields = 1;
  };
  const beginRecord = (start: number): void => {
    line += 1;
    lineStart = start;
    recordStart = start;
    recordLine = line;
  };
  const onBreak = (before: number, kind: number, at: number): void => {
    if (before === quoted) {
      if (kind === lineFeed) {
        line += 1;
        lineStart = at + 1;
      }
    } else if (before === afterReturn && kind === lineFeed) {
      endings.add('crlf');
      lineStart = at + 1;
      recordStart = at + 1;
    } else {
      endRecord(at, false);
      if (kind === lineFeed) endings.add('lf');
      beginRecord(at + 1);
    }
  };
  const special = (before: number, kind: number, at: number): void => {
    if (before === afterReturn && kind !== lineFeed) endings.add('cr');
    if (kind >= carriageReturn) onBreak(before, kind, at);
    else if (kind === delimiterByte && before !== quoted) fields += 1;
    else if (kind === quoteByte && before !== unquoted) quoteLine = before === quoted ? quoteLine : line;
    if (state === fault) throw malformedQuote(fileName, line, at - lineStart + 1);
  };
  return {
    push(chunk) {
      for (let index = 0; index < chunk.length; index += 1) {
        const kind = classOf[chunk[index] as number] as number;
        if (kind <= space && (state === unquoted || state === quoted)) continue;
        const before = state;
        state = next[before * classes + kind] as number;
        special(before, kind, offset + index);
      }
      offset += chunk.length;
    },
    end() {
      if (state === quoted) throw unterminatedQuote(fileName, quoteLine);
      if (state === afterReturn) endings.add('cr');
      endRecord(offset, true);
      return endings;
    },
  };
}

function byteClasses({ delimiter, quote }: CsvDialect): Uint8Array {
  const table = new Uint8Array(256).fill(plain);
  table[0x20] = space;
  table[quote.charCodeAt(0)] = quoteByte;
  table[delimiter.charCodeAt(0)] = delimiterByte;
  table[0x0d] = carriageReturn;
  table[0x0a] = lineFeed;
  return table;
}

function malformedQuote(fileName: string, line: number, column: number): Error {
  return fileError(fileName, {
    code: 'malformed_quote',
    line,
    column,
    message:
      'Text follows a closing quote. A quote inside a quoted field has to be doubled ("" instead of " or \\"); or an earlier quote is never closed.',
  });
}

function unterminatedQuote(fileName: string, line: number): Error {
  return fileError(fileName, {
    code: 'unterminated_quote',
    line,
    message:
      'The file ends inside a quoted field that begins on this line. Either the closing quote is missing or the file is cut off; upload it again, whole.',
  });
}
