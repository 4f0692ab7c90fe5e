/** Sorts float32 numbers in linear time; finding the quantiles of every column is mostly sorting. */

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** Below this length the built-in sort is faster than three passes over the digit counts. */
const SHORT = 2048;

/**
 * Sorts numbers in place, ascending, by a least-significant-digit radix sort over their bits.
 *
 * @param values float32 numbers without NaN
 */
export function sortFloats(values: Float32Array): void {
  if (values.length < SHORT) {
    values.sort();
    return;
  }
  let keys: Uint32Array = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let other: Uint32Array = new Uint32Array(values.length);
  orderBits(keys);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    sortByDigit(keys, other, shift);
    [keys, other] = [other, keys];
  }
  // Three passes leave the result in the spare array.
  restoreBits(keys);
  other.set(keys);
}

/** Turns float bits into unsigned integers of the same order: all bits flip if negative, else the sign bit. */
function orderBits(keys: Uint32Array): void {
  for (let index = 0; index < keys.length; index += 1) {
    const bits = keys[index]!;
    keys[index] = bits ^ (-(bits >>> 31) | 0x80000000);
  }
}

function restoreBits(keys: Uint32Array): void {
  for (let index = 0; index < keys.length; index += 1) {
    const bits = keys[index]!;
    keys[index] = bits ^ (((bits >>> 31) - 1) | 0x80000000);
  }
}

function sortByDigit(from: Uint32Array, to: Uint32Array, shift: number): void {
  const next = new Uint32Array(DIGITS);
  for (let index = 0; index < from.length; index += 1) next[(from[index]! >>> shift) & (DIGITS - 1)]! += 1;
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit += 1) {
    const count = next[digit]!;
    next[digit] = start;
    start += count;
  }
  for (let index = 0; index < from.length; index += 1) {
    const key = from[index]!;
    const digit = (key >>> shift) & (DIGITS - 1);
    to[next[digit]!] = key;
    next[digit]! += 1;
  }
}
