/** Which delimiter and quote a CSV file uses, judged from its first records. */

/** How fields are separated and quoted; a quote inside a quoted field is doubled. */
export interface CsvDialect {
  readonly delimiter: ',' | '\t' | ';' | '|';
  readonly quote: '"' | "'";
}

/** In order of preference when the evidence is equal. */
const delimiters: readonly CsvDialect['delimiter'][] = [',', '\t', ';', '|'];
const sampledRecords = 200;

/**
 * Sniffs the dialect.
 *
 * A delimiter is judged by the share of records that have as many fields as the header. The single quote is taken
 * only where the double quote is not used at all and fields begin and end with single quotes.
 *
 * @param sample the beginning of the file, without byte order mark; its last record may be cut off
 * @param complete whether the sample is the whole file
 */
export function sniffDialect(sample: string, complete: boolean): CsvDialect {
  const quote = usesSingleQuotes(sample) ? "'" : '"';
  let best: CsvDialect = { delimiter: ',', quote };
  let bestScore = 0;
  for (const delimiter of delimiters) {
    const score = consistency(sample, { delimiter, quote }, complete);
    // A clear margin is asked of a later candidate: a text column may hold a comma in every row.
    if (score > bestScore + 1e-9) {
      best = { delimiter, quote };
      bestScore = score;
    }
  }
  return best;
}

/** One record: its fields unquoted, and where the next record starts (past the end at the end of the text). */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly next: number;
  /** False when the text ended inside the record, so that it may go on. */
  readonly ended: boolean;
}

/** Parses the record that starts at `start`. */
export function parseRecord(text: string, start: number, { delimiter, quote }: CsvDialect): CsvRecord {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    // As for DuckDB, one space before an opening quote is no part of the field.
    const opening = text[at] === ' ' ? at + 1 : at;
    const field = text[opening] === quote ? quotedField(text, opening, quote) : { value: '', end: at };
    let end = field.end;
    while (end < text.length && !isOneOf(text[end], delimiter, '\r', '\n')) end += 1;
    fields.push(field.value + text.slice(field.end, end));
    if (end >= text.length) return { fields, next: end, ended: false };
    if (text[end] !== delimiter) {
      const next = text.startsWith('\r\n', end) ? end + 2 : end + 1;
      return { fields, next, ended: true };
    }
    at = end + 1;
  }
}

function isOneOf(character: string | undefined, ...characters: readonly string[]): boolean {
  return character !== undefined && characters.includes(character);
}

/** The content of the quoted field at `start`, and the place after its closing quote. */
function quotedField(text: string, start: number, quote: string): { value: string; end: number } {
  let close = text.indexOf(quote, start + 1);
  while (close >= 0 && text[close + 1] === quote) close = text.indexOf(quote, close + 2);
  const end = close < 0 ? text.length : close;
  return {
    value: text.slice(start + 1, end).replaceAll(quote + quote, quote),
    end: Math.min(text.length, end + 1),
  };
}

function usesSingleQuotes(sample: string): boolean {
  if (/(^|[,;|\t\r\n]) ?"/.test(sample)) return false;
  return (
    /(^|[\r\n])'[^'\r\n]*'[,;|\t]'/.test(sample) ||
    /[,;|\t]'[^'\r\n]*[,;|\t][^'\r\n]*'([,;|\t\r\n]|$)/.test(sample)
  );
}

/** Share of records with the header's number of fields; 0 for a header of one field. */
function consistency(sample: string, dialect: CsvDialect, complete: boolean): number {
  let width = 0;
  let records = 0;
  let fitting = 0;
  for (let at = 0; at < sample.length && records < sampledRecords; ) {
    const record = parseRecord(sample, at, dialect);
    if (!record.ended && !complete) break;
    at = record.next;
    if (record.fields.length === 1 && record.fields[0] === '') continue;
    if (records === 0) width = record.fields.length;
    records += 1;
    if (record.fields.length === width) fitting += 1;
  }
  if (width === 0) width = parseRecord(sample, 0, dialect).fields.length;
  return width > 1 ? Math.max(fitting, 1) / Math.max(records, 1) : 0;
}
