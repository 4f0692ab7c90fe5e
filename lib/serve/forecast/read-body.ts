/** Reads the body of a forecast request: rows or columns of a history, and of what is known of the future. */
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import {
  type DatetimeFormat,
  invalidInput,
  isRecord,
  type OnrampError,
  parseDatetime,
} from '../../core/index.ts';
import { knownWidth, writeKnown } from '../../series/index.ts';

/** Rows of one series as a request has them. */
export interface SentRows {
  /** Milliseconds since 1970, one a row; NaN where the row has no time. */
  readonly stamps: Float64Array;
  /** NaN where missing. */
  readonly values: Float64Array;
  /** Row-major; NaN where missing. */
  readonly known: Float64Array;
  /** What the rows say their series is; `null` if they do not. */
  readonly id: unknown;
}

/** What rows are read for. */
export interface ReadOptions {
  /** Field of the request. */
  readonly place: 'history' | 'future';
  readonly schema: SeriesSchema;
}

/** Rows of a request at most. */
const maxRows = 100_000;

/**
 * Reads `[{...}, ...]` or `{"column": [...]}`.
 *
 * @throws invalid_request `wrong_shape`, `invalid_field` or `unknown_category`, naming place, row and field
 */
export function readRows(source: unknown, { place, schema }: ReadOptions): SentRows {
  const { count, valueAt, has } = openRows(source, place);
  if (count > maxRows) throw wrong(place, `"${place}" has ${count} rows; at most ${maxRows} can be sent.`);
  const { time, target, known, id } = schema;
  const width = knownWidth(known);
  const stamps = new Float64Array(count);
  const values = new Float64Array(count).fill(Number.NaN);
  const inputs = new Float64Array(count * width);
  for (let row = 0; row < count; row += 1) {
    stamps[row] = stampOf(valueAt(row, time), { place, row, schema });
    if (place === 'history') values[row] = numberOf(valueAt(row, target), `${place}[${row}].${target}`);
    const sent = known.map(({ name }) => valueAt(row, name) as string | number | null);
    const texts = sent.map((value) => (typeof value === 'boolean' ? String(value) : value));
    const [unknown] = writeKnown(known, texts, { into: inputs, at: row * width });
    if (unknown !== undefined)
      throw unknownValue(place, row, { column: known[unknown]!, value: sent[unknown] });
  }
  const name = count > 0 && id.length > 0 && id.every(has) ? id.map((column) => valueAt(0, column)) : null;
  if (name) refuseOtherSeries({ count, valueAt }, { place, id, name });
  return { stamps, values, known: inputs, id: name };
}

interface Rows {
  readonly count: number;
  valueAt(row: number, column: string): unknown;
}

function openRows(source: unknown, place: string): Rows & { has(column: string): boolean } {
  if (Array.isArray(source)) {
    const rows = source.map((row, index) => {
      if (isRecord(row)) return row;
      throw wrong(
        `${place}[${index}]`,
        `"${place}[${index}]" must be an object with a value for each column.`,
      );
    });
    const own = (row: number, column: string): unknown =>
      Object.hasOwn(rows[row]!, column) ? rows[row]![column] : undefined;
    return {
      count: rows.length,
      valueAt: own,
      has: (column) => rows.every((_, row) => own(row, column) !== undefined),
    };
  }
  if (!isRecord(source)) {
    throw wrong(place, `"${place}" must be an array of rows or an object of columns, each an array.`);
  }
  const columns = Object.entries(source).map(([name, values]) => {
    if (Array.isArray(values)) return [name, values] as const;
    throw wrong(`${place}.${name}`, `"${place}.${name}" must be an array.`);
  });
  const count = columns[0]?.[1].length ?? 0;
  const uneven = columns.find(([, values]) => values.length !== count);
  if (uneven) {
    throw wrong(
      `${place}.${uneven[0]}`,
      `"${place}.${uneven[0]}" has ${uneven[1].length} values where the column before has ${count}.`,
    );
  }
  const byName = new Map(columns);
  return { count, valueAt: (row, column) => byName.get(column)?.[row], has: (column) => byName.has(column) };
}

function refuseOtherSeries(
  { count, valueAt }: Rows,
  {
    place,
    id,
    name,
  }: { readonly place: string; readonly id: readonly string[]; readonly name: readonly unknown[] },
): void {
  for (let row = 1; row < count; row += 1) {
    const at = id.findIndex((column, index) => valueAt(row, column) !== name[index]);
    if (at < 0) continue;
    throw wrong(
      `${place}[${row}].${id[at]}`,
      `"${place}" has rows of several series; a request forecasts one, and "${place}[${row}].${id[at]}" is of another.`,
    );
  }
}

function stampOf(value: unknown, { place, row, schema }: ReadOptions & { readonly row: number }): number {
  const param = `${place}[${row}].${schema.time}`;
  if (value === undefined && place === 'future') return Number.NaN;
  const text = typeof value === 'string' ? value : '';
  const iso = parseDatetime(text, schema.format as DatetimeFormat) ?? parseDatetime(text, '%Y-%m-%d');
  if (iso !== null) return Date.parse(`${iso}Z`);
  throw wrong(
    param,
    `"${param}" must be a date-time such as ${JSON.stringify(schema.newest)}.`,
    'invalid_field',
  );
}

function numberOf(value: unknown, param: string): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(param, `"${param}" must be a number, or null where it is missing.`, 'invalid_field');
}

function unknownValue(
  place: string,
  row: number,
  { column, value }: { readonly column: SeriesSchema['known'][number]; readonly value: unknown },
): OnrampError {
  const param = `${place}[${row}].${column.name}`;
  const expected =
    column.type === 'numeric'
      ? 'a number'
      : `one of ${(column.categories ?? []).map((one) => JSON.stringify(one)).join(', ')}`;
  return wrong(param, `"${param}" is ${JSON.stringify(value)}; it must be ${expected}.`, 'unknown_category');
}

const wrong = (param: string, message: string, code = 'wrong_shape'): OnrampError =>
  invalidInput(message, { code, param });
