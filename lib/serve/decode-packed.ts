/** Rows that come as the model's own tensors: checked where they lie, with the same outcome as rows of any other form. */
import { shortestNumber } from '../core/index.ts';
import type { DecodedRows, DecodeOptions } from './decode-rows.ts';
import { feedsOf, refuseRowCount } from './decode-rows.ts';
import { collectWarnings } from './row-warnings.ts';
import type { Signature } from './signature.ts';
import type { RowBuffers } from './write-values.ts';

/** The tensors of a request, row by row. NaN is a missing number, the empty text a missing text. */
export interface PackedRows {
  readonly rows: number;
  /** `rows` times the numeric columns of the model. */
  readonly numeric: Float32Array;
  /** `rows` times its text columns. */
  readonly text: readonly string[];
  /** What the rows are called in a message. */
  readonly place: string;
  readonly nameOf: RowBuffers['nameOf'];
}

/**
 * Checks packed rows; the numbers are used where they lie.
 *
 * @throws invalid_request naming the value; too_large above 10,000 rows
 */
export type PackedDecoder = (source: PackedRows, options?: DecodeOptions) => DecodedRows;

/** The decoder of packed rows for one signature. */
export function packedDecoderOf(signature: Signature): PackedDecoder {
  const { widths } = signature;
  const checks = compileChecks(signature);
  return ({ rows, numeric, text, place, nameOf }, { strict = false } = {}) => {
    refuseRowCount(rows, place);
    const { warn, warnings, omitted } = collectWarnings(strict, nameOf);
    const buffers = { numeric, text: new Array<string>(text.length), pictures: [], warn, nameOf };
    checkNumbers(buffers, rows, checks);
    checkTexts(text, buffers, checks);
    return { rows, feeds: feedsOf(buffers, rows, widths), warnings, warningsOmitted: omitted() };
  };
}

interface Checks {
  readonly numericWriters: Signature['writers'];
  readonly textWriters: Signature['writers'];
  /** By numeric column, the numbers of which nothing needs to be said; no number lies between Infinity and -Infinity. */
  readonly lowest: Float32Array;
  readonly highest: Float32Array;
}

function compileChecks({ features, writers, plainRanges, widths }: Signature): Checks {
  const numericWriters = new Array<Signature['writers'][number]>(widths.numeric);
  const textWriters = new Array<Signature['writers'][number]>(widths.text);
  const lowest = new Float32Array(widths.numeric).fill(Number.POSITIVE_INFINITY);
  const highest = new Float32Array(widths.numeric).fill(Number.NEGATIVE_INFINITY);
  for (let column = 0; column < features.length; column += 1) {
    const { input, index } = features[column]!;
    (input === 'numeric' ? numericWriters : textWriters)[index] = writers[column]!;
    const plain = plainRanges[column];
    if (input === 'numeric' && plain) [lowest[index], highest[index]] = [plain.lowest, plain.highest];
  }
  return { numericWriters, textWriters, lowest, highest };
}

function checkNumbers(buffers: RowBuffers, rows: number, { numericWriters, lowest, highest }: Checks): void {
  const { numeric } = buffers;
  const width = numericWriters.length;
  for (let row = 0, place = 0; row < rows; row += 1) {
    for (let column = 0; column < width; column += 1, place += 1) {
      const value = numeric[place]!;
      if (value >= lowest[column]! && value <= highest[column]!) continue;
      numericWriters[column]!(Number.isNaN(value) ? null : shortestNumber(value), row, buffers);
    }
  }
}

function checkTexts(text: readonly string[], buffers: RowBuffers, { textWriters }: Checks): void {
  const width = textWriters.length;
  for (let place = 0; place < text.length; place += 1) {
    textWriters[place % width]!(text[place], Math.floor(place / width), buffers);
  }
}
