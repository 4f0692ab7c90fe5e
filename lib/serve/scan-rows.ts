/**
 * Rows straight from the text of a body into tensors, in one pass: what clients usually send, and nothing else.
 *
 * Whatever is unusual or wrong is left to `JSON.parse` and the decoder of rows, so that one place knows what is refused
 * and how it is said. What is taken here gives the same tensors and warnings as there.
 */
import type { PredictionWarning } from '../contracts/http.ts';
import { isOnrampError } from '../core/index.ts';
import { type DecodedRows, type DecodeOptions, feedsOf } from './decode-rows.ts';
import { nextByte, openCursor, readText, take } from './json-cursor.ts';
import { collectWarnings } from './row-warnings.ts';
import { type RowScan, scanColumns, scanRows } from './scan-layouts.ts';
import { compileFields } from './scan-values.ts';
import type { Signature } from './signature.ts';

/** How rows are taken, and what the only field of the body is called. */
export interface ScanOptions extends DecodeOptions {
  /** Rows one by one; `instances` if nothing is said. */
  readonly rowsKey?: string;
  /** Rows column by column; `columns` if nothing is said, `null` if the dialect has no such form. */
  readonly columnsKey?: string | null;
}

/** The rows of a JSON text; `null` if they must be read in the general way, which then takes or refuses them. */
export type RowScanner = (text: string, options?: ScanOptions) => DecodedRows | null;

const [colon, openArray, openObject, closeObject] = [0x3a, 0x5b, 0x7b, 0x7d];

const noName = (): string => '';
const noNumbers = new Float32Array(0);

/** The scanner of a signature. */
export function scannerOf(signature: Signature): RowScanner {
  const { widths } = signature;
  // A picture is one long text, of which nothing is gained here, and messages need its place.
  if (widths.pictures.length > 0) return () => null;
  const fields = compileFields(signature);
  const order = [...fields.features];
  // One for all requests: a scan ends before the next begins.
  const seen = new Int32Array(fields.features.length);
  return (text, { strict = false, rowsKey = 'instances', columnsKey = 'columns' } = {}) => {
    const cursor = openCursor(text);
    if (cursor === null) return null;
    seen.fill(0);
    const { warn, warnings, omitted } = collectWarnings(strict, noName);
    const scan: RowScan = {
      cursor,
      fields,
      width: widths.numeric,
      buffers: { numeric: noNumbers, text: [], pictures: [], warn, nameOf: noName },
      widths,
      order,
      seen,
      capacity: 0,
      isInOrder: true,
    };
    const layout = scanBody(scan, rowsKey, columnsKey);
    if (layout === null) return null;
    if (!scan.isInOrder && warnings.length > 0) {
      // Which of too many warnings are left out depends on their order.
      if (omitted() > 0) return null;
      sortWarnings(warnings, signature, layout.isByColumn);
    }
    return { ...resultOf(scan, layout.rows), warnings, warningsOmitted: omitted() };
  };
}

function resultOf({ buffers, capacity, widths }: RowScan, rows: number): Pick<DecodedRows, 'rows' | 'feeds'> {
  const { numeric } = buffers;
  const used = rows === capacity ? numeric : numeric.slice(0, rows * widths.numeric);
  return { rows, feeds: feedsOf({ ...buffers, numeric: used }, rows, widths) };
}

interface Layout {
  readonly rows: number;
  readonly isByColumn: boolean;
}

function scanBody(scan: RowScan, rowsKey: string, columnsKey: string | null): Layout | null {
  const { cursor } = scan;
  if (!take(cursor, openObject) || nextByte(cursor) === 0) return null;
  const key = readText(cursor);
  const isByColumn = key !== rowsKey;
  if (key === null || (isByColumn && key !== columnsKey) || !take(cursor, colon)) return null;
  if (!take(cursor, isByColumn ? openObject : openArray)) return null;
  const rows = zeroIfRefused(scan, isByColumn ? scanColumns : scanRows);
  if (rows === 0 || !take(cursor, closeObject)) return null;
  nextByte(cursor);
  return cursor.at === cursor.end ? { rows, isByColumn } : null;
}

/** A value that is refused is met again in the general way, which tells of it. */
function zeroIfRefused(scan: RowScan, scanLayout: (scan: RowScan) => number): number {
  try {
    return scanLayout(scan);
  } catch (error) {
    if (isOnrampError(error)) return 0;
    throw error;
  }
}

/** Into the order in which the general way gives them. */
function sortWarnings(warnings: PredictionWarning[], { features }: Signature, isByColumn: boolean): void {
  const places = new Map(features.map(({ name }, place) => [name, place]));
  warnings.sort((left, right) => {
    const byRow = left.row - right.row;
    const byField = places.get(left.field)! - places.get(right.field)!;
    return isByColumn ? byField || byRow : byRow || byField;
  });
}
