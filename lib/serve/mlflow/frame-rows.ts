/** From a table to what a model takes: rows for a trained one, tensors for one that was brought along. */
import type { FeatureSchema } from '../../contracts/records.ts';
import { csvCellValue, invalidInput } from '../../core/index.ts';
import type { ValueInfo } from '../../onnx/types.ts';
import { type RowSource, wrongShape } from '../decode-rows.ts';
import { columnFeeds, type Feeds } from '../tensorflow/index.ts';
import type { Frame } from './frames.ts';

/**
 * The columns of a table for a trained model, in whatever order they come.
 *
 * @throws invalid_request `not_a_number` for a text in a numeric column
 */
export function rowsOfFrame(frame: Frame, features: readonly FeatureSchema[]): RowSource {
  const names = namesOf(frame, features);
  const byName = new Map(features.map((feature) => [feature.name, feature]));
  const columns = names.map((name, column) => {
    const type = byName.get(name)?.type ?? 'category';
    return [name, columnOf(frame, column, (cell) => csvCellValue(cell, type))] as const;
  });
  return {
    kind: 'columns',
    columns: Object.fromEntries(columns),
    rows: frame.rows.length,
    place: frame.place,
    nameOf: (row, field) => frame.nameOf(row, names.indexOf(field)),
  };
}

/** Columns without names, or named 0, 1, 2, ... as pandas does with those, stand for the features by their places. */
function namesOf({ names, rows, place }: Frame, features: readonly FeatureSchema[]): readonly string[] {
  const known = features.map(({ name }) => name);
  const isNumbered = names?.every((name, index) => name === String(index)) && !names.includes(known[0]!);
  if (names !== null && !isNumbered) return names;
  const width = names?.length ?? rows[0]?.length ?? known.length;
  if (width === known.length) return known;
  throw wrongShape(
    `"${place}" has ${width} columns without names; the model takes ${known.length}: ${known.slice(0, 30).join(', ')}.`,
    place,
  );
}

/**
 * The tensors of a table: all columns side by side as the only input [N, columns], or each as the input of its name,
 * [N] or [N, 1].
 *
 * @throws invalid_request if there is neither
 */
export function feedsOfFrame(frame: Frame, inputs: readonly ValueInfo[]): Feeds {
  if (frame.rows.length === 0) throw wrongShape(`"${frame.place}" has no row.`, frame.place);
  const [only] = inputs;
  const names = frame.names ?? frame.rows[0]!.map((_, column) => String(column));
  const places = new Map(names.map((name, column) => [name, column]));
  const isNamed = inputs.every(({ name }) => places.has(name));
  if (inputs.length === 1 && only!.shape.length === 2 && !(isNamed && names.length === 1)) {
    const columns = names.map((_, column) => columnOf(frame, column, cellReader(only!)));
    const matrix = frame.rows.map((_, row) => columns.map((values) => values[row]));
    return columnFeeds({ [only!.name]: matrix }, inputs, frame.place);
  }
  if (!isNamed || names.length !== inputs.length) {
    throw wrongShape(
      `"${frame.place}" must have one column for each input of the model: ${inputs.map(({ name }) => name).join(', ')}.`,
      frame.place,
    );
  }
  const columns = inputs.map((input) => {
    const values = columnOf(frame, places.get(input.name)!, cellReader(input));
    const isNested = input.shape.length === 2 && !Array.isArray(values[0]);
    return [input.name, isNested ? values.map((value) => [value]) : values] as const;
  });
  return columnFeeds(Object.fromEntries(columns), inputs, frame.place);
}

type CellReader = (cell: string) => unknown;

/** Reads cells for a tensor; whole numbers with more digits than a double holds become `bigint`. */
function cellReader({ type }: ValueInfo): CellReader {
  if (type === 'string') return (cell) => cell;
  if (type === 'bool') return (cell) => ({ true: true, false: false })[cell.trim().toLowerCase()];
  return (cell) => (/^\s*[-+]?\d{16,}\s*$/.test(cell) ? BigInt(cell) : csvCellValue(cell, 'numeric'));
}

/** The values of one column; the texts of CSV are read, and refused by line and column if they cannot be. */
function columnOf({ rows, isText, nameOf }: Frame, column: number, read: CellReader): unknown[] {
  if (!isText) return rows.map((row) => row[column]);
  return rows.map((cells, row) => {
    const cell = cells[column] as string;
    const value = read(cell);
    if (value !== undefined) return value;
    const place = nameOf(row, column);
    throw invalidInput(`"${place}" must be a number or empty, not the text "${cell.slice(0, 60)}".`, {
      code: 'not_a_number',
      param: place,
    });
  });
}
