/** From the text of a body in the native form to tensors. */
import { parseJson } from '../core/index.ts';
import { type DecodedRows, decoderOf } from './decode-rows.ts';
import { nativeRows } from './row-source.ts';
import { scannerOf } from './scan-rows.ts';
import type { Signature } from './signature.ts';

/**
 * Reads `{"instances": [...]}` or `{"columns": {...}}`; with `strict`, what would be a warning is an error.
 *
 * @throws invalid_request naming row and field; too_large above 10,000 rows
 */
export type RowReader = (text: string, options?: { readonly strict?: boolean }) => DecodedRows;

/** The reader of a signature: straight from the text where it can be, through its JSON where not. */
export function readerOf(signature: Signature): RowReader {
  const [scan, decode] = [scannerOf(signature), decoderOf(signature)];
  return (text, options) => scan(text, options) ?? decode(nativeRows(parseJson(text)), options);
}
