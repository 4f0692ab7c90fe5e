/** Reads and writes CSV files; their delimiter is found out from the first line. */
import { type CsvRecord, createCsvSplitter, csvHeader, invalidInput, isCsvRow } from '../lib/core/index.ts';

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
  const header = csvHeader(first.value);
  return { delimiter, header, records: rowsOf(records, header.length, name) };
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
  const splitter = createCsvSplitter(delimiter, name);
  for await (const piece of pieces) yield* splitter.feed(piece);
  yield* splitter.end();
}

async function* rowsOf(
  records: AsyncIterable<CsvRecord>,
  width: number,
  name: string,
): AsyncGenerator<CsvRecord> {
  for await (const record of records) if (isCsvRow(record, width, name)) yield record;
}
