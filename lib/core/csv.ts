/** Reads CSV (RFC 4180) record by record, from a text in one piece or in many. */
import { invalidInput } from './errors.ts';

/** One record and the line of the text it starts in, from 1 on. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Takes a text in pieces, cut anywhere, and gives the records that are whole. */
export interface CsvSplitter {
  /** @throws invalid_request naming the line, for signs between a closing quote and the end of the value */
  feed(piece: string): CsvRecord[];
  /**
   * The last record, if no line end closed it.
   *
   * @throws invalid_request naming the line in which a quote was opened that nothing closes
   */
  end(): CsvRecord[];
}

/**
 * A splitter. Values may be quoted, and then hold delimiters, line ends and doubled quotes; one space before the
 * opening quote is no part of the value, as when a data set is read. Lines end with LF, CR LF or CR.
 *
 * @param delimiter one sign
 * @param name what the text is called in messages
 */
export function createCsvSplitter(delimiter: string, name: string): CsvSplitter {
  const valueEnd = new RegExp(`[\\r\\n\\x${delimiter.charCodeAt(0).toString(16).padStart(2, '0')}]`, 'g');
  let done: CsvRecord[] = [];
  let cells: string[] = [];
  let cell = '';
  let state: 'start' | 'leading' | 'plain' | 'quoted' | 'quote-seen' = 'start';
  let line = 1;
  let startLine = 1;
  /** The last sign of the piece before. */
  let last = '';

  const endCell = (): void => {
    cells.push(cell);
    [cell, state] = ['', 'start'];
  };
  const endRecord = (): void => {
    endCell();
    done.push({ line: startLine, cells });
    cells = [];
  };

  /** Takes what stands inside quotes from `at` on; gives the place after it. */
  const takeQuoted = (piece: string, at: number): number => {
    const end = piece.indexOf('"', at);
    const part = piece.slice(at, end < 0 ? piece.length : end);
    cell += part;
    line += lineEnds(part, at === 0 ? last : '"');
    if (end >= 0) state = 'quote-seen';
    return end < 0 ? piece.length : end + 1;
  };

  /** Takes a quote that opens a value, or the second one of a pair inside. */
  const takeQuote = (): void => {
    cell = state === 'quote-seen' ? `${cell}"` : '';
    state = 'quoted';
  };

  /** Takes the sign that ends a value; `before` is the one before it. */
  const takeEnd = (sign: string, before: string): void => {
    if (sign === delimiter) endCell();
    else if (sign === '\r' || before !== '\r') {
      endRecord();
      line += 1;
    }
    if (cells.length === 0) startLine = line;
  };

  /** Takes what stands outside quotes from `at` up to the end of a value; gives the place after it. */
  const takePlain = (piece: string, at: number): number => {
    if (piece[at] === '"' && state !== 'plain') {
      takeQuote();
      return at + 1;
    }
    if (piece[at] === ' ' && state === 'start') {
      [cell, state] = [' ', 'leading'];
      return at + 1;
    }
    valueEnd.lastIndex = at;
    const end = valueEnd.exec(piece)?.index ?? piece.length;
    if (end > at) {
      if (state === 'quote-seen') throw afterQuote(name, line);
      cell += piece.slice(at, end);
      state = 'plain';
    }
    if (end < piece.length) takeEnd(piece[end]!, piece[end - 1] ?? last);
    return end + 1;
  };

  return {
    feed: (piece) => {
      done = [];
      let at = 0;
      while (at < piece.length) at = state === 'quoted' ? takeQuoted(piece, at) : takePlain(piece, at);
      last = piece.at(-1) ?? last;
      return done;
    },
    end: () => {
      done = [];
      if (state === 'quoted') throw openQuote(name, startLine);
      if (state !== 'start' || cells.length > 0) endRecord();
      return done;
    },
  };
}

/** Line ends in a part of a text; LF after CR is none of its own. */
function lineEnds(part: string, before: string): number {
  const found = part.match(/\r\n?|\n/g)?.length ?? 0;
  return before === '\r' && part.startsWith('\n') ? found - 1 : found;
}

/**
 * True for a record that is a row, false for a blank line.
 *
 * @param width columns of the header
 * @param name what the text is called in messages
 * @throws invalid_request naming the line of a record with more or fewer values than the header has columns
 */
export function isCsvRow({ cells, line }: CsvRecord, width: number, name: string): boolean {
  if (cells.length === width) return true;
  if (cells.length === 1 && cells[0] === '') return false;
  throw invalidInput(
    `${name}, line ${line}: ${cells.length} values where the header names ${width} columns.`,
    { code: 'invalid_csv' },
  );
}

/** The names in a header: white space around them, to which a byte order mark belongs, is no part of them. */
export const csvHeader = ({ cells }: CsvRecord): string[] => cells.map((cell) => cell.trim());

const openQuote = (name: string, line: number): Error =>
  invalidInput(`${name}, line ${line}: a quoted value does not end; close it with ".`, {
    code: 'invalid_csv',
  });

const afterQuote = (name: string, line: number): Error =>
  invalidInput(
    `${name}, line ${line}: there is something between a closing " and the end of the value; write a " inside quotes twice.`,
    { code: 'invalid_csv' },
  );
