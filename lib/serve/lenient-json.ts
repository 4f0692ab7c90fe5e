/** JSON as Python writes and reads it: NaN and infinities are bare words there, which the standard does not know. */
import { parseTensorJson } from './tensors/index.ts';

/**
 * The text as JSON, in which NaN is read as `null` (no value) and an infinity as a number too large for any tensor, so
 * that it is refused by its place.
 *
 * @param longIntegers whether integers beyond 2^53 become `bigint`
 * @throws invalid_request `invalid_json`
 */
export function parseLenientJson(text: string, longIntegers = false): unknown {
  try {
    return parseTensorJson(text, longIntegers);
  } catch (error) {
    if (!bareWord.test(text)) throw error;
    return parseTensorJson(withoutBareWords(text), longIntegers);
  }
}

const bareWord = /\bNaN\b|\bInfinity\b/;

/** Replaces the words outside quotes. */
function withoutBareWords(text: string): string {
  let replaced = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    const outside = text.slice(at, open < 0 ? text.length : open);
    replaced += outside.replaceAll(/\bNaN\b/g, 'null').replaceAll(/\bInfinity\b/g, '1e999');
    if (open < 0) break;
    at = endOfText(text, open);
    replaced += text.slice(open, at);
  }
  return replaced;
}

/** The place after the quote that closes the one at `open`. */
function endOfText(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let slashes = 0;
    while (text[close - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return close + 1;
  }
  return text.length;
}
