/** Finds the rows in the parsed body of a request. */
import { isRecord } from '../core/index.ts';
import { type RowSource, wrongShape } from './decode-rows.ts';

/** What a native request holds: rows one by one, or columns. */
export interface NativeForm {
  readonly field: 'instances' | 'columns';
  readonly value: unknown;
}

/**
 * The field of `{"instances": [...]}` or `{"columns": {...}}`.
 *
 * @throws invalid_request `wrong_shape`
 */
export function nativeForm(body: unknown): NativeForm {
  if (!isRecord(body)) {
    throw wrongShape('The body must be a JSON object such as {"instances": [{"age": 61}]}.', null);
  }
  const { instances, columns } = body;
  if ((instances === undefined) === (columns === undefined)) {
    throw wrongShape('The body must have exactly one of "instances" (rows) and "columns".', null);
  }
  const extra = Object.keys(body).find((key) => key !== 'instances' && key !== 'columns');
  if (extra !== undefined) {
    throw wrongShape(`The body has the unknown field "${extra}"; send only "instances" or "columns".`, extra);
  }
  return columns === undefined
    ? { field: 'instances', value: instances }
    : { field: 'columns', value: columns };
}

/**
 * The rows of `{"instances": [...]}` or `{"columns": {...}}`.
 *
 * @throws invalid_request `wrong_shape`
 */
export function nativeRows(body: unknown): RowSource {
  const { field, value } = nativeForm(body);
  return field === 'instances' ? instanceRows(value, field) : columnRows(value, field);
}

/** Rows one by one, each an object or an array; `place` is the field they stand in. */
export function instanceRows(instances: unknown, place: string): RowSource {
  if (!Array.isArray(instances)) throw wrongShape(`"${place}" must be an array of rows.`, place);
  return { kind: 'instances', instances, place };
}

/** Rows column by column, all of one length; `place` is the field they stand in. */
export function columnRows(columns: unknown, place: string): RowSource {
  if (!isRecord(columns)) throw wrongShape(`"${place}" must be an object of arrays, one a column.`, place);
  let rows = -1;
  for (const [name, values] of Object.entries(columns)) {
    const param = `${place}.${name}`;
    if (!Array.isArray(values)) throw wrongShape(`"${param}" must be an array.`, param);
    if (rows >= 0 && values.length !== rows) {
      throw wrongShape(
        `"${param}" has ${values.length} values where the columns before it have ${rows}; every column needs the same number.`,
        param,
      );
    }
    rows = values.length;
  }
  return { kind: 'columns', columns: columns as Record<string, unknown[]>, rows: Math.max(rows, 0), place };
}
