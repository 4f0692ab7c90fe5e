/** Reads the body of a forecast request: rows or columns of a history, and of what is known of the future. */
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import {
  type DatetimeFormat,
  invalidInput,
  isRecord,
  type OnrampError,
  parseDatetime,
  zoneOf,
} from '../../core/index.ts';
import { knownWidth, writeKnown } from '../../series/index.ts';

/** Rows of one series as a request has them. */
export interface SentRows {
  /** Field of the request. */
  readonly place: string;
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
  readonly place: string;
  /** A future has no values, and its rows may go without times: the first then is of the first step. */
  readonly kind: 'history' | 'future';
  readonly schema: SeriesSchema;
}

/** Rows of a request at most. */
const maxRows = 100_000;

/**
 * Reads `[{...}, ...]` or `{"column": [...]}`.
 *
 * @throws invalid_request `wrong_shape`, `invalid_field` or `unknown_category`, naming place, row and field
 */
export function readRows(source: unknown, { place, kind, schema }: ReadOptions): SentRows {
  const { count, valueAt, has } = openRows(source, place);
  if (count > maxRows) throw wrong(place, `"${place}" has ${count} rows; at most ${maxRows} can be sent.`);
  const { time, target, known, id } = schema;
  const width = knownWidth(known);
  const stamps = new Float64Array(count);
  const values = new Float64Array(count).fill(Number.NaN);
  const inputs = new Float64Array(count * width);
  const isTimed = kind === 'history' || hasSome(count, (row) => valueAt(row, time));
  for (let row = 0; row < count; row += 1) {
    stamps[row] = isTimed
      ? readStamp(valueAt(row, time), { param: `${place}[${row}].${time}`, schema })
      : Number.NaN;
    if (kind === 'history') values[row] = numberOf(valueAt(row, target), `${place}[${row}].${target}`);
    const sent = known.map(({ name }) => valueAt(row, name) as string | number | null);
    const texts = sent.map((value) => (typeof value === 'boolean' ? String(value) : value));
    const [unknown] = writeKnown(known, texts, { into: inputs, at: row * width });
    // Beside a value nobody looks at it: a forecast takes the inputs of the steps ahead.
    if (unknown !== undefined && Number.isNaN(values[row]!))
      throw unknownValue(place, row, { column: known[unknown]!, value: sent[unknown] });
  }
  const name = count > 0 && id.length > 0 && id.every(has) ? id.map((column) => valueAt(0, column)) : null;
  if (name) refuseOtherSeries({ count, valueAt }, { place, id, name });
  return { place, stamps, values, known: inputs, id: name };
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

function hasSome(count: number, valueAt: (row: number) => unknown): boolean {
  for (let row = 0; row < count; row += 1) if (valueAt(row) !== undefined) return true;
  return false;
}

/**
 * A moment of a request in milliseconds since 1970, as the data of the model count them.
 *
 * @throws invalid_request `invalid_field`, or `zone_unknown` for an offset where the times of the data have none
 */
export function readStamp(
  value: unknown,
  { param, schema }: { readonly param: string; readonly schema: SeriesSchema },
): number {
  const text = typeof value === 'string' ? value : '';
  const iso = parseDatetime(text, schema.format as DatetimeFormat) ?? parseDatetime(text, '%Y-%m-%d');
  if (iso === null) {
    const example = JSON.stringify(schema.newest);
    throw wrong(param, `"${param}" must be a date-time such as ${example}.`, 'invalid_field');
  }
  const zone = schema.zoned ? null : zoneOf(text);
  if (zone !== null && !isUtc(zone)) {
    throw wrong(
      param,
      `"${param}" is ${zone} from UTC, and the times that the model has learnt from do not say where they are. Send it as they are written, without an offset.`,
      'zone_unknown',
    );
  }
  return Date.parse(`${iso}Z`);
}

/** Programs write times without a zone as if they were in UTC. */
const isUtc = (zone: string): boolean => /^(Z|[+-]00(:?00)?)$/.test(zone);

function numberOf(value: unknown, param: string): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value !== 'number') {
    throw wrong(param, `"${param}" must be a number, or null where it is missing.`, 'invalid_field');
  }
  refuseBeyondFloat32(value, param);
  return value;
}

/**
 * A number that no 32-bit float comes near would be infinite in the model, and what follows from it no number.
 *
 * @param param field of the request that holds it
 * @throws invalid_request `invalid_field`
 */
export function refuseBeyondFloat32(value: number, param: string): void {
  if (Number.isFinite(Math.fround(value))) return;
  throw wrong(
    param,
    `"${param}" must be a number or null, not a number beyond the range of a 32-bit float.`,
    'invalid_field',
  );
}

function unknownValue(
  place: string,
  row: number,
  { column, value }: { readonly column: SeriesSchema['known'][number]; readonly value: unknown },
): OnrampError {
  const param = `${place}[${row}].${column.name}`;
  const expected =
    column.type === 'numeric'
      ? 'a number in the range of 32-bit floats'
      : `one of ${(column.categories ?? []).map((one) => JSON.stringify(one)).join(', ')}`;
  const code = column.type === 'numeric' ? 'invalid_field' : 'unknown_category';
  return wrong(param, `"${param}" is ${JSON.stringify(value)}; it must be ${expected}.`, code);
}

const wrong = (param: string, message: string, code = 'wrong_shape'): OnrampError =>
  invalidInput(message, { code, param });
