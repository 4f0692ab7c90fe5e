/** Sets of category codes (and of the bins that hold them) as bits of a few words. */
import { BINS } from './bins.ts';

const WORD_BITS = 32;
/** 32-bit words that hold a set. */
export const SET_WORDS = BINS / WORD_BITS;

/** The set of some codes below BINS. */
export function codeSet(codes: Iterable<number>): Uint32Array {
  const words = new Uint32Array(SET_WORDS);
  for (const code of codes) words[code >>> 5]! |= 1 << (code & 31);
  return words;
}

/** Whether a set that begins at `start` holds a code below BINS. */
export const holdsCode = (words: Uint32Array, start: number, code: number): boolean =>
  ((words[start + (code >>> 5)]! >>> (code & 31)) & 1) === 1;

/** The codes of a set that begins at `start`, ascending. */
export function codesOf(words: Uint32Array, start: number): number[] {
  const codes: number[] = [];
  for (let code = 0; code < BINS; code += 1) if (holdsCode(words, start, code)) codes.push(code);
  return codes;
}
