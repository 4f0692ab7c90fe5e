/** Tables of a request, in the three forms that stand for a data frame. */
import {
  createCsvSplitter,
  csvHeader,
  invalidInput,
  isCsvRow,
  isRecord,
  type OnrampError,
} from '../../core/index.ts';

/** A table: rows of values in the order of the columns. */
export interface Frame {
  /** What it is called in messages. */
  readonly place: string;
  /** `null` if the columns have only places: 0, 1, 2, ... */
  readonly names: readonly string[] | null;
  readonly rows: readonly (readonly unknown[])[];
  /** True if every value is still the text of a cell. */
  readonly isText: boolean;
  /** What a value is called in messages. */
  readonly nameOf: (row: number, column: number) => string;
}

const wrongFrame = (message: string, param: string): OnrampError =>
  invalidInput(message, { code: 'wrong_shape', param });

/**
 * The table of `{"columns": [...], "index": [...], "data": [[...]]}`; the index says nothing to a model.
 *
 * @throws invalid_request `wrong_shape`
 */
export function frameOfSplit(value: unknown): Frame {
  const place = 'dataframe_split';
  if (!isRecord(value)) {
    throw wrongFrame(`"${place}" must be an object with "columns" and "data".`, place);
  }
  const { columns = null, data } = value;
  const extra = Object.keys(value).find((name) => !['columns', 'index', 'data'].includes(name));
  if (extra !== undefined) {
    throw wrongFrame(
      `"${place}" has the unknown field "${extra}"; it takes "columns", "index" and "data".`,
      place,
    );
  }
  const at = `${place}.data`;
  if (!Array.isArray(data)) throw wrongFrame(`"${at}" must be an array of rows.`, at);
  const names = columns === null ? null : columnNames(columns, `${place}.columns`);
  const rows = data as readonly unknown[][];
  const width = names?.length ?? rows[0]?.length;
  rows.forEach((row, index) => {
    if (Array.isArray(row) && row.length === width) return;
    const found = Array.isArray(row) ? `has ${row.length} values` : 'is no array';
    throw wrongFrame(`"${at}[${index}]" ${found} where there are ${width} columns.`, `${at}[${index}]`);
  });
  return { place, names, rows, isText: false, nameOf: (row, column) => `${at}[${row}][${column}]` };
}

/** Pandas calls columns that have no names by their numbers. */
function columnNames(columns: unknown, place: string): readonly string[] {
  if (!Array.isArray(columns)) throw wrongFrame(`"${place}" must be an array of names.`, place);
  const names = columns.map((name, index) => {
    if (typeof name === 'string' || typeof name === 'number') return String(name);
    throw wrongFrame(`"${place}[${index}]" must be a name.`, `${place}[${index}]`);
  });
  refuseRepeated(names, place);
  return names;
}

function refuseRepeated(names: readonly string[], place: string): void {
  const seen = new Set<string>();
  const repeated = names.find((name) => seen.size === seen.add(name).size);
  if (repeated !== undefined) throw wrongFrame(`${place} names the column "${repeated}" twice.`, place);
}

/**
 * The table of `[{"age": 61}, ...]`; every record has the columns of the first.
 *
 * @throws invalid_request `wrong_shape`
 */
export function frameOfRecords(value: unknown): Frame {
  const place = 'dataframe_records';
  if (!Array.isArray(value)) throw wrongFrame(`"${place}" must be an array of objects.`, place);
  const names = isRecord(value[0]) ? Object.keys(value[0]) : [];
  const rows = value.map((record: unknown, row) => {
    const at = `${place}[${row}]`;
    if (!isRecord(record)) throw wrongFrame(`"${at}" must be an object of values by column.`, at);
    const other = [...names, ...Object.keys(record)].find(
      (name) => !Object.hasOwn(record, name) || !Object.hasOwn(value[0], name),
    );
    if (other !== undefined) {
      throw wrongFrame(`"${at}" and the first record do not both have the column "${other}".`, at);
    }
    return names.map((name) => record[name]);
  });
  return { place, names, rows, isText: false, nameOf: (row, column) => `${place}[${row}].${names[column]}` };
}

/**
 * The table of a CSV text, whose first line names the columns.
 *
 * @throws invalid_request `invalid_csv` naming the line
 */
export function frameOfCsv(text: string): Frame {
  const place = 'the CSV';
  const splitter = createCsvSplitter(',', 'The CSV');
  const [first, ...records] = [...splitter.feed(text.replace(/^\uFEFF/, '')), ...splitter.end()];
  if (first === undefined) {
    throw invalidInput('The CSV is empty; its first line must name the columns.', { code: 'invalid_csv' });
  }
  const names = csvHeader(first);
  refuseRepeated(names, 'The header of the CSV');
  const body = records.filter((record) => isCsvRow(record, names.length, 'The CSV'));
  return {
    place,
    names,
    rows: body.map(({ cells }) => cells),
    isText: true,
    nameOf: (row, column) => `line ${body[row]!.line}, ${names[column]}`,
  };
}
