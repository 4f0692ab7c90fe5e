/** The two layouts of rows in a JSON text: one by one, as arrays or objects, and column by column. */
import { predictLimits } from '../contracts/limits.ts';
import { type JsonCursor, nextByte, take } from './json-cursor.ts';
import { type Scan, type ScanField, scanField, scanShortNumbers, scanValue } from './scan-values.ts';
import type { TensorWidths } from './signature.ts';

/** A scan with what it learns on the way. */
export interface RowScan extends Scan {
  readonly widths: TensorWidths;
  /** Fields of the row before, in their order. Kept over requests, as a client writes all of them alike. */
  readonly order: ScanField[];
  /** By feature, the row (from 1) in which it was last seen: a field that comes twice is unusual. */
  readonly seen: Int32Array;
  /** Rows for which there is room. */
  capacity: number;
  /** False when fields came in another order than the features, in which warnings are given. */
  isInOrder: boolean;
}

const [comma, colon, openArray, closeArray, openObject, closeObject] = [0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d];
const [quote, backslash] = [0x22, 0x5c];

/** Rows one by one up to the end of their array, whose `[` has been read. Gives their number, 0 if it gives up. */
export function scanRows(scan: RowScan): number {
  const { cursor } = scan;
  let row = 0;
  do {
    if (row === predictLimits.rows) return 0;
    if (row === scan.capacity) makeRoom(scan, row);
    const opening = nextByte(cursor);
    cursor.at += 1;
    const isRead =
      opening === openArray ? scanArrayRow(scan, row) : opening === openObject && scanObjectRow(scan, row);
    if (!isRead) return 0;
    row += 1;
  } while (take(cursor, comma));
  return take(cursor, closeArray) ? row : 0;
}

function scanArrayRow(scan: RowScan, row: number): boolean {
  const { cursor, fields } = scan;
  const { features } = fields;
  for (let position = 0; ; position += 1) {
    position = scanShortNumbers(scan, row, position);
    if (position === features.length) return take(cursor, closeArray);
    if (position > 0 && !take(cursor, comma)) return false;
    if (!scanValue(scan, features[position]!, row)) return false;
  }
}

function scanObjectRow(scan: RowScan, row: number): boolean {
  const { cursor, fields } = scan;
  let place = 0;
  let found = 0;
  do {
    const field = nextField(scan, place);
    if (field === null || !take(cursor, colon)) return false;
    if (!isNewIn(scan, field, { mark: row + 1, found })) return false;
    if (field.position >= 0) found += 1;
    if (!scanValue(scan, field, row)) return false;
    place += 1;
  } while (take(cursor, comma));
  return found === fields.features.length && take(cursor, closeObject);
}

/** Columns up to the end of their object, whose `{` has been read. Gives the number of rows, 0 if it gives up. */
export function scanColumns(scan: RowScan): number {
  const { cursor, fields } = scan;
  let rows = 0;
  let place = 0;
  let found = 0;
  do {
    const field = nextField(scan, place);
    if (field === null || !take(cursor, colon) || !take(cursor, openArray)) return 0;
    if (place === 0) {
      rows = countValues(cursor);
      if (rows === 0 || rows > predictLimits.rows) return 0;
      setRoom(scan, rows);
    }
    if (!isNewIn(scan, field, { mark: 1, found }) || !scanColumn(scan, field, rows)) return 0;
    if (field.position >= 0) found += 1;
    place += 1;
  } while (take(cursor, comma));
  return found === fields.features.length && take(cursor, closeObject) ? rows : 0;
}

function scanColumn(scan: RowScan, field: ScanField, rows: number): boolean {
  const { cursor } = scan;
  for (let row = 0; row < rows; row += 1) {
    if (row > 0 && !take(cursor, comma)) return false;
    if (!scanValue(scan, field, row)) return false;
  }
  return take(cursor, closeArray);
}

function nextField(scan: RowScan, place: number): ScanField | null {
  const { order, fields } = scan;
  const field = scanField(scan, order[place]);
  // More places than there are names means names that repeat: not worth remembering.
  if (field !== null && place < fields.byName.size) order[place] = field;
  return field;
}

/** False for a feature that was there before under this mark. Notes when features come in an order of their own. */
function isNewIn(
  scan: RowScan,
  { position }: ScanField,
  { mark, found }: { readonly mark: number; readonly found: number },
): boolean {
  if (position < 0) return true;
  const isNew = scan.seen[position] !== mark;
  scan.seen[position] = mark;
  if (position !== found) scan.isInOrder = false;
  return isNew;
}

/** Values up to the end of the array, counted by their commas; 0 if there is an array or object among them. */
function countValues({ bytes, at }: JsonCursor): number {
  let count = 1;
  let isInText = false;
  for (let place = at; ; place += 1) {
    const byte = bytes[place];
    if (byte === 0) return 0;
    if (byte === quote) isInText = !isInText;
    else if (isInText) {
      if (byte === backslash) place += 1;
    } else if (byte === comma) count += 1;
    else if (byte === closeArray) return count;
    else if (byte === openArray || byte === openObject) return 0;
  }
}

/** Room for as many rows as the text holds if they are as long as those before, at first for one. */
function makeRoom(scan: RowScan, rows: number): void {
  const { at, end } = scan.cursor;
  const likely = rows === 0 ? 1 : Math.max(Math.ceil((1.02 * rows * end) / at) + 1, 2 * rows);
  setRoom(scan, Math.min(likely, predictLimits.rows));
}

function setRoom(scan: RowScan, rows: number): void {
  const { buffers, widths } = scan;
  const larger = new Float32Array(rows * widths.numeric);
  if (buffers.numeric.length > 0) larger.set(buffers.numeric);
  buffers.numeric = larger;
  scan.capacity = rows;
}
