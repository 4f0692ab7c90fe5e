/** Reads and writes CSV (RFC 4180) record by record; the delimiter is found out from the first line. */
import { invalidInput } from '../lib/core/index.ts';

/** One record and the line of the file it starts in, from 1 on. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A CSV text that is being read. */
export interface CsvReader {
  readonly delimiter: string;
  readonly header: readonly string[];
  /** The records after the header, blank lines left out. */
  readonly records: AsyncIterable<CsvRecord>;
}

const delimiters = [',', ';', '\t', '|'];

/**
 * Opens a CSV text.
 *
 * @param name what the text is called in messages
 * @throws invalid_request naming the line: no header, a record of another length, an open quote, no UTF-8
 */
export async function openCsv(chunks: AsyncIterable<Uint8Array | string>, name: string): Promise<CsvReader> {
  const pieces = decode(chunks, name)[Symbol.asyncIterator]();
  let head = '';
  while (!/[\r\n]/.test(head)) {
    const next = await pieces.next();
    if (next.done) break;
    head += next.value;
  }
  const delimiter = findDelimiter(head);
  async function* all(): AsyncGenerator<string> {
    yield head;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
  }
  const records = parse(all(), delimiter, name);
  const first = await records.next();
  if (first.done) throw invalidInput(`${name} is empty; its first line must name the columns.`);
  const header = first.value.cells.map((cell) => cell.trim());
  return { delimiter, header, records: sameLength(records, header.length, name) };
}

/** One record as a line. */
export function csvLine(cells: readonly string[], delimiter: string): string {
  const quoted = cells.map((cell) =>
    /["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(delimiter)}\n`;
}

async function* decode(chunks: AsyncIterable<Uint8Array | string>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks) {
      yield decoder.decode(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, { stream: true });
    }
    yield decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw invalidInput(`${name} is not UTF-8 text; save it as CSV in UTF-8.`, { cause });
  }
}

/** The delimiter that stands most often in the first line, outside quotes. */
function findDelimiter(text: string): string {
  const [line = ''] = text.replace(/"[^"]*"/g, '').split(/[\r\n]/, 1);
  const counts = delimiters.map((delimiter) => line.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))]!;
}

async function* parse(
  pieces: AsyncIterable<string>,
  delimiter: string,
  name: string,
): AsyncGenerator<CsvRecord> {
  const splitter = createSplitter(delimiter);
  for await (const piece of pieces) yield* splitter.feed(piece);
  const { rest, openSince } = splitter.end();
  if (openSince !== null) {
    throw invalidInput(`${name}, line ${openSince}: a quoted value does not end; close it with ".`);
  }
  yield* rest;
}

/** Takes a text in pieces and gives the records that are whole. */
interface Splitter {
  feed(piece: string): CsvRecord[];
  /** The last record, if no line end closed it, and the line of a record whose quotes are still open. */
  end(): { readonly rest: readonly CsvRecord[]; readonly openSince: number | null };
}

function createSplitter(delimiter: string): Splitter {
  let done: CsvRecord[] = [];
  let cells: string[] = [];
  let cell = '';
  let state: 'plain' | 'quoted' | 'quote-seen' = 'plain';
  let line = 1;
  let start = 1;
  let last = '';
  const endCell = (): void => {
    cells.push(cell);
    [cell, state] = ['', 'plain'];
  };
  const endRecord = (): void => {
    endCell();
    done.push({ line: start, cells });
    [cells, start] = [[], line];
  };
  const takeQuoted = (sign: string): void => {
    if (sign === '"') state = 'quote-seen';
    else cell += sign;
  };
  const takePlain = (sign: string): void => {
    if (sign === delimiter) endCell();
    else if (sign === '\r' || (sign === '\n' && last !== '\r')) endRecord();
    else if (sign === '\n') start = line;
    else if (sign === '"' && state === 'quote-seen') [cell, state] = [`${cell}"`, 'quoted'];
    else if (sign === '"' && cell === '') state = 'quoted';
    else cell += sign;
  };
  const take = (sign: string): void => {
    if (sign === '\r' || (sign === '\n' && last !== '\r')) line += 1;
    if (state === 'quoted') takeQuoted(sign);
    else takePlain(sign);
    last = sign;
  };
  return {
    feed: (piece) => {
      done = [];
      for (const sign of piece) take(sign);
      return done;
    },
    end: () => {
      done = [];
      const openSince = state === 'quoted' ? start : null;
      if (cell !== '' || cells.length > 0 || state === 'quote-seen') endRecord();
      return { rest: done, openSince };
    },
  };
}

async function* sameLength(
  records: AsyncIterable<CsvRecord>,
  length: number,
  name: string,
): AsyncGenerator<CsvRecord> {
  for await (const record of records) {
    const { cells, line } = record;
    if (cells.length === 1 && cells[0] === '' && length > 1) continue;
    if (cells.length !== length) {
      throw invalidInput(
        `${name}, line ${line}: ${cells.length} values where the header names ${length} columns.`,
      );
    }
    yield record;
  }
}
