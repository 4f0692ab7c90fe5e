/** Rows for a trained model from TensorFlow Serving's two forms, in which a value may be a tensor of one element. */

import type { FeatureSchema } from '../../contracts/records.ts';
import { isRecord } from '../../core/index.ts';
import type { RowSource } from '../decode-rows.ts';
import { columnRows, instanceRows } from '../row-source.ts';
import { tensorFromNested } from '../tensors/index.ts';
import { isBase64, isNamed } from './feeds.ts';

/**
 * The row form: every instance is an object or an array of values; with a single column it may be the value itself.
 *
 * @param place the field they stand in
 */
export function rowsOfInstances(
  instances: unknown,
  features: readonly FeatureSchema[],
  place: string,
): RowSource {
  if (!Array.isArray(instances)) return instanceRows(instances, place);
  const isSingle = features.length === 1;
  const isPicture = picturesAmong(features);
  const rows = instances.map((instance, row) => {
    if (isSingle && !Array.isArray(instance) && !isNamed(instance))
      return [plain(instance, `${place}[${row}]`, isPicture(0))];
    return plainRow(instance, `${place}[${row}]`, isPicture);
  });
  return instanceRows(rows, place);
}

/**
 * The column form: an object of columns, each [N] or [N, 1]; or rows [N, columns]; or [N] for a single column.
 *
 * @param place the field it stands in
 */
export function rowsOfInputs(value: unknown, features: readonly FeatureSchema[], place: string): RowSource {
  if (!isNamed(value)) return rowsOfInstances(value, features, place);
  const isPicture = picturesAmong(features);
  const columns = Object.entries(value).map(([name, values]) => [
    name,
    Array.isArray(values) ? plainRow(values, `${place}.${name}`, () => isPicture(name)) : values,
  ]);
  return columnRows(Object.fromEntries(columns), place);
}

/** Tells whether a column, by its name or its place, holds pictures, whose base64 is left as it is. */
type IsPicture = (column: string | number) => boolean;

function picturesAmong(features: readonly FeatureSchema[]): IsPicture {
  const known = new Set(features.flatMap(({ name, type }, place) => (type === 'image' ? [name, place] : [])));
  return (column) => known.has(column);
}

/** The same row, copied only if a value in it has to be unpacked. */
function plainRow(row: unknown, place: string, isPicture: IsPicture): unknown {
  if (Array.isArray(row)) {
    return row.some(isPacked)
      ? row.map((value, index) => plain(value, `${place}[${index}]`, isPicture(index)))
      : row;
  }
  if (!isRecord(row) || !Object.values(row).some(isPacked)) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, plain(value, `${place}.${name}`, isPicture(name))]),
  );
}

const isPacked = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** The value in `[value]` or `{"b64": "..."}`; anything else is left for the decoder to judge. */
function plain(value: unknown, place: string, isPicture: boolean): unknown {
  const inner = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (isPicture || !isBase64(inner)) return inner;
  return tensorFromNested(inner, { type: 'string', shape: [], place, base64: true }).data[0];
}
