/** Which known inputs there are: numbers, answers of yes and no, and categories by name. */
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import { invalidInput } from '../../core/index.ts';
import type { Table } from '../../dataset/index.ts';

/** Each category takes a place in the tensor; more are no classes of things. */
const maxCategories = 100;

/**
 * What the columns hold. Texts with two values count as yes and no, the later one in the alphabet as yes.
 *
 * @throws invalid_request `column_missing` or `too_many_categories`
 */
export function readKnownColumns(table: Table, names: readonly string[]): SeriesSchema['known'] {
  return names.map((name) => {
    const column = table.columns.find((one) => one.name === name)!;
    if (column.type === 'numeric') return { name, type: 'numeric', range: rangeOf(name, column.values) };
    const categories = [...new Set(column.values.filter((value) => value !== null))].sort();
    if (categories.length === 0) throw empty(name);
    if (categories.length > maxCategories) {
      throw invalidInput(
        `The known input "${name}" has ${categories.length} different values; at most ${maxCategories} can be learnt from. Group them or leave it out of "series.known".`,
        { code: 'too_many_categories', param: 'series.known' },
      );
    }
    return { name, type: categories.length === 2 ? 'boolean' : 'category', categories };
  });
}

function rangeOf(name: string, values: Float64Array): [number, number] {
  const present = values.filter((value) => !Number.isNaN(value));
  if (present.length === 0) throw empty(name);
  return [
    present.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    present.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  ];
}

const empty = (name: string): Error =>
  invalidInput(
    `The known input "${name}" has no value in any row. Fill it in or leave it out of "series.known".`,
    {
      code: 'column_missing',
      param: 'series.known',
    },
  );
