/** Reads JSON's plain values straight from the bytes of a text. Whatever is unusual is left to `JSON.parse`. */

/** A place in a JSON text; one at a time, as all share the memory for the bytes. */
export interface JsonCursor {
  readonly text: string;
  /** The text in UTF-8, and a 0 behind it: no JSON text holds one, so that no loop runs past the end. */
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
}

const quote = 0x22;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const backslash = 0x5c;
const plus = 0x2b;
/** `e`; with this bit (0x20) set, `E` is the same. */
const exponent = 0x65;

/** Exact as doubles, all of them. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** A double holds every integer of so many digits. */
const exactDigits = 15;
/** A 32-bit integer holds every integer of so many digits. */
const shortDigits = 9;

let memory = Buffer.allocUnsafeSlow(65_536);

/** A cursor at the beginning of the text; `null` for a text that has no UTF-8, because a surrogate is alone in it. */
export function openCursor(text: string): JsonCursor | null {
  // Four bytes more, so that a text cut off for want of room can not look like one in ASCII.
  if (memory.length < text.length + 4) memory = Buffer.allocUnsafeSlow(2 * text.length);
  let bytes = memory;
  let end = bytes.write(text, 'utf8');
  if (end !== text.length) {
    if (!text.isWellFormed()) return null;
    bytes = Buffer.from(`${text}\0`);
    end = bytes.length - 1;
  }
  bytes[end] = 0;
  return { text, bytes, end, at: 0 };
}

/** Moves past white space to the next byte and gives it. */
export function nextByte(cursor: JsonCursor): number {
  const byte = cursor.bytes[cursor.at]!;
  return byte > 0x20 ? byte : afterSpace(cursor);
}

function afterSpace(cursor: JsonCursor): number {
  const { bytes } = cursor;
  let byte = bytes[cursor.at]!;
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    cursor.at += 1;
    byte = bytes[cursor.at]!;
  }
  return byte;
}

/** Moves past white space and the byte; false if another one stands there. */
export function take(cursor: JsonCursor, byte: number): boolean {
  if (nextByte(cursor) !== byte) return false;
  cursor.at += 1;
  return true;
}

/** Moves past exactly these bytes; false if others stand there. */
export function takeBytes(cursor: JsonCursor, wanted: Uint8Array): boolean {
  const { bytes, at } = cursor;
  for (let offset = 0; offset < wanted.length; offset += 1) {
    if (bytes[at + offset] !== wanted[offset]) return false;
  }
  cursor.at = at + wanted.length;
  return true;
}

/**
 * Moves past a number and gives a double that rounds to the same 32-bit float; NaN if none stands there.
 *
 * A number of up to 15 digits is one integer divided by one power of ten, both of which a double holds, so that the
 * only rounding is that of the quotient (Clinger, How to Read Floating Point Numbers Accurately, 1990).
 */
export function readNumber(cursor: JsonCursor): number {
  const { bytes } = cursor;
  const isNegative = bytes[cursor.at] === minus;
  const wholeAt = isNegative ? cursor.at + 1 : cursor.at;
  let at = wholeAt;
  let whole = 0;
  // Digits are what is left of 0x30 to 0x39 without the bits of 0x30; any other byte is left above 9.
  for (let digit = bytes[at]! ^ zero; digit <= 9; digit = bytes[at]! ^ zero) {
    whole = (Math.imul(whole, 10) + digit) | 0;
    at += 1;
  }
  const wholeDigits = at - wholeAt;
  const isWhole = wholeDigits > 0 && (wholeDigits === 1 || bytes[wholeAt] !== zero);
  if (!isWhole || wholeDigits > shortDigits) return readAnyNumber(cursor);
  let fraction = 0;
  let scale = 0;
  if (bytes[at] === dot) {
    const fractionAt = at + 1;
    at = fractionAt;
    for (let digit = bytes[at]! ^ zero; digit <= 9; digit = bytes[at]! ^ zero) {
      if (at === fractionAt + shortDigits) return readLongFraction(cursor, { whole, fraction, fractionAt });
      fraction = Math.imul(fraction, 10) + digit;
      at += 1;
    }
    scale = at - fractionAt;
    if (scale === 0 || wholeDigits + scale > exactDigits) return readAnyNumber(cursor);
  }
  if ((bytes[at]! | 0x20) === exponent) return readAnyNumber(cursor);
  cursor.at = at;
  const power = powersOfTen[scale]!;
  const value = scale === 0 ? whole : (whole * power + fraction) / power;
  return isNegative ? -value : value;
}

/** Where the number ends that `shortNumber` gave last: a result of two parts would be an object for every number. */
export let shortEnd = 0;

/**
 * The double nearest to the number of at most nine digits and no exponent that stands there; NaN for anything else. Its
 * digits are one integer of 32 bits, divided by one power of ten.
 */
export function shortNumber(bytes: Uint8Array, from: number): number {
  const isNegative = bytes[from] === minus;
  const wholeAt = isNegative ? from + 1 : from;
  let at = wholeAt;
  let digits = 0;
  for (let digit = bytes[at]! ^ zero; digit <= 9; digit = bytes[at]! ^ zero) {
    digits = (Math.imul(digits, 10) + digit) | 0;
    at += 1;
  }
  let count = at - wholeAt;
  if (count === 0 || (count > 1 && bytes[wholeAt] === zero)) return Number.NaN;
  let scale = 0;
  if (bytes[at] === dot) {
    at += 1;
    const fractionAt = at;
    for (let digit = bytes[at]! ^ zero; digit <= 9; digit = bytes[at]! ^ zero) {
      digits = (Math.imul(digits, 10) + digit) | 0;
      at += 1;
    }
    scale = at - fractionAt;
    if (scale === 0) return Number.NaN;
    count += scale;
  }
  if (count > shortDigits || (bytes[at]! | 0x20) === exponent) return Number.NaN;
  shortEnd = at;
  const size = scale === 0 ? digits : digits / powersOfTen[scale]!;
  return isNegative ? -size : size;
}

/** The number from there up to the cursor: what `JSON.parse` makes of it. */
export function exactNumber({ text, bytes, end, at }: JsonCursor, from: number): number {
  return Number(end === text.length ? text.slice(from, at) : bytes.toString('latin1', from, at));
}

/** A number of which 9 digits of the fraction are read and more follow. */
interface LongFraction {
  readonly whole: number;
  /** Its first 9 digits. */
  readonly fraction: number;
  readonly fractionAt: number;
}

/**
 * Reads on to the 15th digit. These digits say between which two numbers the number lies; if both round to the same
 * 32-bit float then so does the number, as rounding never turns an order around.
 */
function readLongFraction(cursor: JsonCursor, { whole, fraction, fractionAt }: LongFraction): number {
  const { bytes, at: from } = cursor;
  const isNegative = bytes[from] === minus;
  const wholeDigits = fractionAt - 1 - (isNegative ? from + 1 : from);
  let at = fractionAt + shortDigits;
  const lastAt = fractionAt + exactDigits - wholeDigits;
  if (at > lastAt) return readAnyNumber(cursor);
  let digits = whole * powersOfTen[shortDigits]! + fraction;
  for (let digit = bytes[at]! ^ zero; digit <= 9 && at < lastAt; digit = bytes[at]! ^ zero) {
    digits = digits * 10 + digit;
    at += 1;
  }
  const end = skipDigits(bytes, at);
  if ((bytes[end]! | 0x20) === exponent) return readAnyNumber(cursor);
  cursor.at = end;
  const power = powersOfTen[at - fractionAt]!;
  const low = digits / power;
  const isDecided = end === at || Math.fround(low) === Math.fround((digits + 1) / power);
  if (!isDecided) return exactNumber(cursor, from);
  return isNegative ? -low : low;
}

/** Any number of JSON, the slow way; NaN if none stands there. */
function readAnyNumber(cursor: JsonCursor): number {
  const { bytes, at: from } = cursor;
  const wholeAt = bytes[from] === minus ? from + 1 : from;
  let at = skipDigits(bytes, wholeAt);
  if (at === wholeAt || (bytes[wholeAt] === zero && at > wholeAt + 1)) return Number.NaN;
  if (bytes[at] === dot) {
    const fractionAt = at + 1;
    at = skipDigits(bytes, fractionAt);
    if (at === fractionAt) return Number.NaN;
  }
  if ((bytes[at]! | 0x20) === exponent) {
    const sign = bytes[at + 1];
    const digitsAt = sign === minus || sign === plus ? at + 2 : at + 1;
    at = skipDigits(bytes, digitsAt);
    if (at === digitsAt) return Number.NaN;
  }
  cursor.at = at;
  return exactNumber(cursor, from);
}

function skipDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at]! ^ zero) <= 9) at += 1;
  return at;
}

/** Moves past a text in quotes and gives it; `null` if it is none, or broken. */
export function readText(cursor: JsonCursor): string | null {
  const { bytes, text, end } = cursor;
  const start = cursor.at;
  if (bytes[start] !== quote) return null;
  let at = start + 1;
  let hasEscapes = false;
  for (let byte = bytes[at]!; byte !== quote; byte = bytes[at]!) {
    if (byte === backslash) {
      hasEscapes = true;
      at += 1;
    }
    if (bytes[at]! < 0x20) return null;
    at += 1;
  }
  cursor.at = at + 1;
  if (hasEscapes) return parseText(bytes.toString('utf8', start, at + 1));
  return end === text.length ? text.slice(start + 1, at) : bytes.toString('utf8', start + 1, at);
}

function parseText(quoted: string): string | null {
  try {
    return JSON.parse(quoted);
  } catch {
    return null;
  }
}
