/** Known inputs as numbers: one place for a number or a yes-or-no, one for each category but none for others. */
import type { SeriesSchema } from '../contracts/series-spec.ts';

type KnownColumn = SeriesSchema['known'][number];

const placesOf = ({ type, categories = [] }: KnownColumn): number =>
  type === 'category' ? categories.length : 1;

/** Places that all known inputs take together. */
export const knownWidth = (columns: readonly KnownColumn[]): number =>
  columns.reduce((sum, column) => sum + placesOf(column), 0);

/**
 * Writes the known inputs of one row.
 *
 * @param values one a column; numbers, and texts as in the data
 * @param at place of the first one in `into`
 * @returns the columns whose value is a category that was not learnt from, or no number
 */
export function writeKnown(
  columns: readonly KnownColumn[],
  values: readonly (string | number | null)[],
  { into, at }: { readonly into: Float64Array; readonly at: number },
): readonly number[] {
  const unknown: number[] = [];
  let place = at;
  for (const [index, column] of columns.entries()) {
    const value = values[index] ?? null;
    const code = codeOf(column, value);
    if (code === null) unknown.push(index);
    if (column.type === 'category') {
      const count = placesOf(column);
      for (let one = 0; one < count; one += 1) {
        into[place + one] = code === null || Number.isNaN(code) ? Number.NaN : Number(one === code);
      }
    } else into[place] = code ?? Number.NaN;
    place += placesOf(column);
  }
  return unknown;
}

/** A number as it is, of a text its place among the categories; NaN where missing, `null` for what is neither. */
function codeOf({ type, categories = [] }: KnownColumn, value: string | number | null): number | null {
  if (value === null || Number.isNaN(value)) return Number.NaN;
  if (type === 'numeric') {
    // Beyond the range of a 32-bit float it would be infinite in the model.
    return Number.isFinite(Math.fround(Number(value))) && value !== '' ? Number(value) : null;
  }
  const code = categories.indexOf(String(value));
  return code < 0 ? null : code;
}
