/** From the cells of a CSV file to the rows a model takes, by the model's own schema. */
import type { FeatureSchema, ModelSchema } from '../lib/contracts/index.ts';
import { type CsvRecord, csvCellValue, invalidInput } from '../lib/core/index.ts';
import { closest } from './closest.ts';

/** A row in the order of the model's features. */
export type ValueRow = readonly (string | number | null)[];

/**
 * A function from records to rows. Columns that the model does not take are left out.
 *
 * @throws invalid_request naming the column that is missing; the function: the line and column of a wrong value
 */
export function compileRowReader(
  { features }: ModelSchema,
  header: readonly string[],
  name: string,
): (record: CsvRecord) => ValueRow {
  const places = features.map((feature) => {
    const place = header.indexOf(feature.name);
    if (place < 0) throw missingColumn(feature.name, header, name);
    return { feature, place };
  });
  return ({ cells, line }) =>
    places.map(({ feature, place }) => readCell(cells[place]!, feature, `${name}, line ${line}`));
}

function missingColumn(wanted: string, header: readonly string[], name: string) {
  const alike = closest(wanted, header);
  const hint = alike === null ? `its columns are ${header.join(', ')}` : `is "${alike}" meant? Rename it`;
  return invalidInput(`${name} has no column "${wanted}", which the model takes; ${hint}.`);
}

function readCell(cell: string, { name, type }: FeatureSchema, place: string): string | number | null {
  const value = csvCellValue(cell, type);
  if (value !== undefined) return value;
  throw invalidInput(`${place}: "${name}" must be a number, not "${cell.trim().slice(0, 60)}".`);
}
