/** Which known inputs there are: numbers, answers of yes and no, and categories by name. */
import type { ProfileWarning } from '../../contracts/profile.ts';
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import { invalidInput } from '../../core/index.ts';
import type { Column, Table } from '../../dataset/index.ts';
import { knownWidth, type Series } from '../../series/index.ts';

/** Each category takes a place in the tensor; more are no classes of things. */
const maxCategories = 100;

/**
 * What the columns hold. Texts with two values count as yes and no, the later one in the alphabet as yes.
 *
 * @throws invalid_request `column_missing` or `too_many_categories`
 */
export function readKnownColumns(table: Table, names: readonly string[]): SeriesSchema['known'] {
  return names.map((name) => {
    const column = columnOf(table, name);
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

const columnOf = ({ columns }: Table, name: string): Column => columns.find((one) => one.name === name)!;

/** Of steps with a value everything has to be known; one series may lack an input that others have. */
export function refuseUntold(series: readonly Series[], known: SeriesSchema['known']): void {
  const width = knownWidth(known);
  for (const { name, values, known: inputs } of series) {
    const place = inputs.subarray(0, values.length * width).findIndex(Number.isNaN);
    if (place < 0) continue;
    const column = known.find((_, index) => knownWidth(known.slice(0, index + 1)) > place % width)!;
    throw invalidInput(
      `The known input "${column.name}" has no value in any row of series "${name}". Fill it in, leave the series out, or leave the input out of "series.known".`,
      { code: 'known_missing', param: 'series.known' },
    );
  }
}

/** What is said of inputs that some rows lack. */
export function missingKnown(table: Table, known: SeriesSchema['known']): readonly ProfileWarning[] {
  return known.flatMap(({ name }) => {
    const { values } = columnOf(table, name);
    let missing = 0;
    for (const value of values) missing += Number(value === null || Number.isNaN(value));
    if (missing === 0) return [];
    const message = `${missing} of ${table.rows} rows have no value of the known input "${name}"; each is taken to be what it was the step before. Where an empty cell means "no", write that.`;
    return [{ code: 'gaps_filled' as const, column: name, message }];
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
