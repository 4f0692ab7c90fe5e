/** One value of a JSON text into its place in a tensor, and the fields that values stand under. */
import {
  exactNumber,
  type JsonCursor,
  nextByte,
  readNumber,
  readText,
  shortEnd,
  shortNumber,
  takeBytes,
} from './json-cursor.ts';
import type { Signature } from './signature.ts';
import type { PlainRange, RowBuffers, ValueWriter } from './write-values.ts';

/** A field that a row may carry. */
export interface ScanField {
  /** The name as JSON most often writes it, in quotes. */
  readonly quoted: Uint8Array;
  /** Its place among the features; -1 for a field that the model does not look at. */
  readonly position: number;
  /** Its place in its tensor. */
  readonly index: number;
  /** Set for columns of numbers. */
  readonly plain: PlainRange | null;
  readonly write: ValueWriter;
}

/** The fields of a signature. */
export interface ScanFields {
  /** In the order of the features. */
  readonly features: readonly ScanField[];
  readonly plain: PlainColumns;
  readonly byName: ReadonlyMap<string, ScanField>;
}

/** The columns of numbers by feature, for a loop that does nothing else. */
export interface PlainColumns {
  /** Its place in its tensor. */
  readonly index: Int32Array;
  /** The range in which nothing needs to be said; no number lies in that of a feature without one. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

/** One text on its way into tensors. */
export interface Scan {
  readonly cursor: JsonCursor;
  readonly fields: ScanFields;
  readonly width: number;
  readonly buffers: RowBuffers;
}

const comma = 0x2c;

const nothing = (): void => {};

/** Makes a signature's fields ready. */
export function compileFields({ features, writers, plainRanges, ignored }: Signature): ScanFields {
  const quoted = (name: string): Uint8Array => Buffer.from(JSON.stringify(name));
  const fields = features.map(({ name, index }, position) => ({
    quoted: quoted(name),
    position,
    index,
    plain: plainRanges[position]!,
    write: writers[position]!,
  }));
  const others = ignored.map((name): [string, ScanField] => [
    name,
    { quoted: quoted(name), position: -1, index: -1, plain: null, write: nothing },
  ]);
  const own = fields.map((field, position): [string, ScanField] => [features[position]!.name, field]);
  const plain = {
    index: Int32Array.from(fields, ({ index }) => index),
    lowest: Float64Array.from(fields, ({ plain }) => plain?.lowest ?? Number.POSITIVE_INFINITY),
    highest: Float64Array.from(fields, ({ plain }) => plain?.highest ?? Number.NEGATIVE_INFINITY),
  };
  return { features: fields, plain, byName: new Map([...others, ...own]) };
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const literals = [
  { bytes: bytesOf('null'), value: null },
  { bytes: bytesOf('true'), value: true },
  { bytes: bytesOf('false'), value: false },
];

/**
 * Puts a number of which nothing needs to be said where it belongs; false, and the cursor where it was, if something
 * else stands there. Most values are such numbers, so that it pays to try.
 */
function scanPlainNumber({ cursor, buffers, width }: Scan, field: ScanField, row: number): boolean {
  const { plain, index } = field;
  if (plain === null) return false;
  const from = cursor.at;
  const number = Math.fround(readNumber(cursor));
  if (number >= plain.lowest && number <= plain.highest) {
    buffers.numeric[row * width + index] = number;
    return true;
  }
  cursor.at = from;
  return false;
}

/**
 * Puts the numbers of an array where they belong, from the value of this feature on, as long as they are short, nothing
 * needs to be said of them, and only a comma stands between them: what nearly all of most requests are.
 *
 * @returns the feature whose value, or the comma before it, stands at the cursor
 */
export function scanShortNumbers(
  { cursor, fields, buffers, width }: Scan,
  row: number,
  from: number,
): number {
  const { bytes } = cursor;
  const { index, lowest, highest } = fields.plain;
  const { numeric } = buffers;
  const rowAt = row * width;
  let at = cursor.at;
  let position = from;
  for (; position < index.length; position += 1) {
    if (position > 0 && bytes[at] !== comma) break;
    const number = Math.fround(shortNumber(bytes, position > 0 ? at + 1 : at));
    if (!(number >= lowest[position]! && number <= highest[position]!)) break;
    numeric[rowAt + index[position]!] = number;
    at = shortEnd;
  }
  cursor.at = at;
  return position;
}

/**
 * Puts the value at the cursor where it belongs; false if it is none, or an array or object.
 *
 * @throws what the writer of the field throws
 */
export function scanValue(scan: Scan, field: ScanField, row: number): boolean {
  const { cursor, buffers } = scan;
  const byte = nextByte(cursor);
  if ((byte ^ 0x30) <= 9 || byte === 0x2d) {
    if (scanPlainNumber(scan, field, row)) return true;
    const from = cursor.at;
    if (Number.isNaN(readNumber(cursor))) return false;
    field.write(exactNumber(cursor, from), row, buffers);
    return true;
  }
  if (byte === 0x22) {
    const text = readText(cursor);
    if (text !== null) field.write(text, row, buffers);
    return text !== null;
  }
  for (const { bytes, value } of literals) {
    if (!takeBytes(cursor, bytes)) continue;
    field.write(value, row, buffers);
    return true;
  }
  return false;
}

/**
 * Moves past the name of a field; `null` if it is no field of the model.
 *
 * @param expected the field that is probably there: comparing bytes is quicker than making a text and looking it up
 */
export function scanField({ cursor, fields }: Scan, expected: ScanField | undefined): ScanField | null {
  nextByte(cursor);
  if (expected !== undefined && takeBytes(cursor, expected.quoted)) return expected;
  const name = readText(cursor);
  return name === null ? null : (fields.byName.get(name) ?? null);
}
