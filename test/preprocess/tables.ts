/** Small tables and their encoding in a form that tests can read. */
import type { PreprocessSpec } from '../../lib/contracts/model-spec.ts';
import type { Column, Table } from '../../lib/dataset/index.ts';
import {
  type FeatureColumn,
  fitPreprocessor,
  type PreprocessOptions,
  type Preprocessor,
  selectFeatures,
} from '../../lib/preprocess/index.ts';

type TextType = 'category' | 'boolean' | 'datetime' | 'text';

/** A column of numbers; `null` is missing. */
export function numbers(name: string, values: readonly (number | null)[]): Column {
  return { name, type: 'numeric', values: Float64Array.from(values, (value) => value ?? Number.NaN) };
}

/** A column of texts; `null` is missing. */
export function texts(name: string, values: readonly (string | null)[], type: TextType = 'category'): Column {
  return { name, type, values };
}

/** A table of columns of one length. */
export function tableOf(...columns: readonly Column[]): Table {
  return { rows: columns[0]!.values.length, columns };
}

/** Every column as a feature. */
export function featuresOf(table: Table): readonly FeatureColumn[] {
  return selectFeatures(table.columns, { target: 'the target' }).features;
}

/** Row numbers from `start` up to `end`, all by default. */
export function rowsOf(table: Table, start = 0, end: number = table.rows): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, index) => start + index);
}

/** Fitted on the first rows of a table, all by default. */
export function fitted(
  table: Table,
  spec: PreprocessSpec = {},
  options: Partial<PreprocessOptions> & { readonly train?: number } = {},
): Preprocessor {
  const { train = table.rows, ...rest } = options;
  const rows = rowsOf(table, 0, train);
  return fitPreprocessor(table, featuresOf(table), rows, { spec, style: 'linear', ...rest });
}

/** Rows of a table as encoded, row by row. */
export async function encode(
  preprocessor: Preprocessor,
  table: Table,
  rows: Uint32Array = rowsOf(table),
): Promise<number[][]> {
  const { columns, data } = await preprocessor.transform(table, rows);
  await preprocessor.release();
  return Array.from(rows, (_, row) => [...data.subarray(row * columns, (row + 1) * columns)]);
}
