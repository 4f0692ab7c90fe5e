/** 32-bit floats as decimal numbers. */

/** Exact as doubles, all of them. */
const powersOfTen = Float64Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));
/** Between these, JSON's numbers are written without an exponent and the quick way has powers enough. */
const [smallestQuick, largestQuick] = [1e-6, 1e6];
/** Every integer below is a 32-bit float, and its neighbours are integers or nearer. */
const firstSparse = 16_777_216;
const smallestNormal = 2 ** -126;

/**
 * A finite 32-bit float with as few digits as read back as the same float. Six are always enough to find a shorter
 * one, which then ends in zeros; nine always read back.
 */
export function shortest32(value: number): string {
  const size = Math.abs(value);
  if (size < firstSparse && Number.isInteger(value)) return String(value);
  if (!isQuick(size)) return shortestByTexts(value);
  const power = powersOfTen[decimalsOf(size)]!;
  return String(Math.sign(value) * (Math.round(size * power) / power));
}

/** True if `decimalsOf` knows the float. */
const isQuick = (size: number): boolean => size >= smallestQuick && size < largestQuick;

/** How many decimals a positive float needs, some zeros at the end perhaps among them; at most nine digits in all. */
function decimalsOf(size: number): number {
  let scale = 0;
  while (size * powersOfTen[scale]! < 100_000) scale += 1;
  for (const last = scale + 3; scale < last; scale += 1) {
    const power = powersOfTen[scale]!;
    if (Math.fround(Math.round(size * power) / power) === size) break;
  }
  return scale;
}

/** A number is written in so many bytes at most. */
export const longestNumber = 32;

const [zero, dot, minus] = [0x30, 0x2e, 0x2d];

/**
 * Writes what `shortest32` gives.
 *
 * @param bytes has room for `longestNumber` bytes
 * @returns the place behind it
 */
export function putShortest32(bytes: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  if (!isQuick(size)) return putAscii(bytes, at, shortest32(value));
  let place = at;
  if (value < 0) bytes[place++] = minus;
  let scale = decimalsOf(size);
  let digits = Math.round(size * powersOfTen[scale]!);
  for (; scale > 0 && digits % 10 === 0; scale -= 1) digits /= 10;
  return putDecimal(bytes, place, digits, scale);
}

/** Writes a whole number below 2^31, the last `scale` digits of it behind the point. */
export function putDecimal(bytes: Uint8Array, at: number, digits: number, scale: number): number {
  let length = 1;
  while (length < 10 && digits >= powersOfTen[length]!) length += 1;
  const end = at + Math.max(length, scale + 1) + (scale > 0 ? 1 : 0);
  let rest = digits | 0;
  let place = end;
  for (let decimal = 0; decimal < scale; decimal += 1) {
    const next = (rest / 10) | 0;
    bytes[--place] = zero + rest - 10 * next;
    rest = next;
  }
  if (scale > 0) bytes[--place] = dot;
  while (place > at) {
    const next = (rest / 10) | 0;
    bytes[--place] = zero + rest - 10 * next;
    rest = next;
  }
  return end;
}

/** Writes a text of ASCII characters; gives the place behind it. */
export function putAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let offset = 0; offset < text.length; offset += 1) bytes[at + offset] = text.charCodeAt(offset);
  return at + text.length;
}

/** The number that a 32-bit float is written as: 0.1 for the one that is 0.10000000149011612; NaN and infinities stay. */
export const shortestNumber = (value: number): number =>
  Number.isFinite(value) ? Number(shortest32(value)) : value;

function shortestByTexts(value: number): string {
  const size = Math.abs(value);
  // Below the normal floats there are fewer bits, and one digit may do.
  for (let digits = size < smallestNormal ? 1 : 6; digits < 9; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
    // Away from zero, a power of two has twice the room: the second nearest decimal may do where the nearest does not.
    const next = Number.isInteger(Math.log2(size)) ? nextAwayFromZero(value, digits) : rounded;
    if (Math.fround(next) === value) return String(next);
  }
  return String(Number(value.toPrecision(9)));
}

function nextAwayFromZero(value: number, digits: number): number {
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  const whole = Number(mantissa.replace('.', ''));
  return Number(`${whole + Math.sign(value)}e${Number(exponent) - digits + 1}`);
}
