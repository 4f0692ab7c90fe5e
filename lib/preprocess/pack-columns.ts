/** Raw columns as the tensors a model takes, and what counts as a missing value in them. */

import { pictureTensor } from '../contracts/image-input.ts';
import { internal, invalidInput } from '../core/index.ts';
import type { Column, ImageColumn, NumericColumn, Table, TextColumn } from '../dataset/index.ts';
import { floatTensor, stringTensor, type TensorData } from '../onnx/index.ts';
import type { FeatureColumn } from './types.ts';

/** A number larger than this, an infinity above all, counts as missing: float32 ends at 3.4e38. */
export const largestNumber = Math.fround(1e38);

/** Where a raw column is to be found. */
export type ColumnPlace = Pick<FeatureColumn, 'name' | 'input' | 'index'>;

/** True for a number that a model can take, as the float32 it travels as. */
export function isUsableNumber(value: number): boolean {
  return Math.abs(Math.fround(value)) <= largestNumber;
}

/**
 * The tensors `numeric` float32 [N, n], `text` string [N, m] and, for each column of pictures, `image:<name>` uint8
 * [N, height, width, channels] of rows of a table; a missing value is NaN, '' or a black picture.
 *
 * @param features the columns, each with its place; those of one tensor are numbered from 0 without gaps
 * @param rows row numbers of the table; all rows when absent
 * @throws OnrampError `unknown_column` or `column_type` when the table does not fit
 */
export function packColumns(
  table: Table,
  features: readonly ColumnPlace[],
  rows: Uint32Array = Uint32Array.from({ length: table.rows }, (_, row) => row),
): Record<string, TensorData> {
  const numbers = ordered(features, 'numeric');
  const texts = ordered(features, 'text');
  return {
    ...(numbers.length > 0 && { numeric: packNumbers(table, numbers, rows) }),
    ...(texts.length > 0 && { text: packTexts(table, texts, rows) }),
    ...Object.fromEntries(
      ordered(features, 'image').map(({ name }) => [pictureTensor(name), packPictures(table, name, rows)]),
    ),
  };
}

/** The columns of one tensor in their order there. */
function ordered<T extends ColumnPlace>(features: readonly T[], input: ColumnPlace['input']): T[] {
  const group = features.filter((feature) => feature.input === input).sort((a, b) => a.index - b.index);
  const gap = group.findIndex(({ index }, position) => index !== position);
  if (gap >= 0)
    throw internal(`The ${input} columns must be numbered from 0 without gaps; ${gap} is missing.`);
  return group;
}

/** The numeric column of a feature. */
export function numericColumn(table: Table, name: string): NumericColumn {
  const column = findColumn(table, name);
  if (column.type === 'numeric') return column;
  throw wrongType(name, `holds numbers, but here it was read as ${column.type}`);
}

/** The text column of a feature. */
export function textColumn(table: Table, name: string): TextColumn {
  const column = findColumn(table, name);
  if (column.type !== 'numeric' && column.type !== 'image') return column;
  throw wrongType(name, `holds texts, but here it was read as ${column.type}`);
}

/** The pictures of a feature. */
export function imageColumn(table: Table, name: string): ImageColumn {
  const column = findColumn(table, name);
  if (column.type === 'image') return column;
  throw wrongType(name, `holds pictures, but here it was read as ${column.type}`);
}

function findColumn(table: Table, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column) return column;
  throw invalidInput(`The data have no column "${name}", which the model needs.`, {
    code: 'unknown_column',
    param: name,
  });
}

function wrongType(name: string, difference: string): Error {
  const message = `To the model the column "${name}" ${difference}; give its type in features.types.`;
  return invalidInput(message, { code: 'column_type', param: name });
}

function packNumbers(table: Table, features: readonly ColumnPlace[], rows: Uint32Array): TensorData {
  const width = features.length;
  const packed = new Float32Array(rows.length * width);
  for (const [position, { name }] of features.entries()) {
    const { values } = numericColumn(table, name);
    for (let row = 0; row < rows.length; row += 1) packed[row * width + position] = values[rows[row]!]!;
  }
  return floatTensor(packed, [rows.length, width]);
}

function packPictures(table: Table, name: string, rows: Uint32Array): TensorData {
  const { layout, pixels } = imageColumn(table, name);
  const { width, height, channels } = layout;
  const size = height * width * channels;
  const packed = new Uint8Array(rows.length * size);
  for (const [at, row] of rows.entries()) {
    packed.set(pixels.subarray(row * size, (row + 1) * size), at * size);
  }
  return { type: 'uint8', dims: [rows.length, height, width, channels], data: packed };
}

/** The values that a row of these columns takes in the tensors. */
export function valuesInRow(table: Table, features: readonly ColumnPlace[]): number {
  const sizes = features.map(({ name, input }) => {
    if (input !== 'image') return 1;
    const { width, height, channels } = imageColumn(table, name).layout;
    return width * height * channels;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The text up to its first U+0000, where the runtime would end it: texts of the data are not refused for one. */
export function beforeNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

function packTexts(table: Table, features: readonly ColumnPlace[], rows: Uint32Array): TensorData {
  const width = features.length;
  const packed = new Array<string>(rows.length * width);
  for (const [position, { name }] of features.entries()) {
    const { values } = textColumn(table, name);
    for (let row = 0; row < rows.length; row += 1) {
      packed[row * width + position] = beforeNul(values[rows[row]!] ?? '');
    }
  }
  return stringTensor(packed, [rows.length, width]);
}
