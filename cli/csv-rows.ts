/** From the cells of a CSV file to the rows a model takes, by the model's own schema. */
import type { FeatureSchema, ModelSchema } from '../lib/contracts/index.ts';
import { invalidInput } from '../lib/core/index.ts';
import { closest } from './closest.ts';
import type { CsvRecord } from './csv.ts';

/** A row in the order of the model's features. */
export type ValueRow = readonly (string | number | null)[];

/** Texts that mean "missing" in numeric and date-time columns, as when a data set is read. */
const missingTokens = new Set(['', 'na', 'n/a', 'nan', 'null', '?', '-', '.']);
const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

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
  if (type === 'category' || type === 'boolean') return cell === '' ? null : cell;
  const text = cell.trim();
  if (missingTokens.has(text.toLowerCase())) return null;
  if (type === 'datetime') return text;
  if (decimal.test(text)) return Number(text);
  throw invalidInput(`${place}: "${name}" must be a number, not "${text.slice(0, 60)}".`);
}
