/** Refuses columns that no model can learn from and that point at a fault in the data. */
import type { ModelSpec } from '../contracts/model-spec.ts';
import type { ColumnProfile, DatasetProfile } from '../contracts/profile.ts';
import { invalidInput } from '../core/index.ts';
import { isWanted } from './wanted-columns.ts';

/** A category with this many values is a name, a code or a free text, not a class of things. */
const maxCategories = 10_000;

/**
 * Checks the columns that the spec wants as features. An empty column or one with very many categories is more often
 * a broken export than a wish, so it is said instead of passed over; `features.exclude` is the way on.
 *
 * @throws invalid_request `column_missing` or `too_many_categories`, naming column and remedy
 */
export function checkFeatureColumns(profile: DatasetProfile, spec: ModelSpec, fileName: string): void {
  for (const column of profile.columns) {
    if (isWanted(spec, column.name)) checkColumn(column, profile.rows, fileName);
  }
}

function checkColumn({ name, type, missing, distinct }: ColumnProfile, rows: number, fileName: string): void {
  if (missing === rows) {
    throw invalidInput(
      `${fileName}: Column "${name}" has no value in any of the ${rows.toLocaleString('en')} rows. Mend the export, or name the column in features.exclude to learn without it.`,
      { code: 'column_missing', param: name },
    );
  }
  if (type === 'category' && distinct >= maxCategories) {
    throw invalidInput(
      `${fileName}: Column "${name}" has ${distinct.toLocaleString('en')} different categories; fewer than ${maxCategories.toLocaleString('en')} can be learnt from. Group its values, name it in features.exclude, or give it another type in features.types.`,
      { code: 'too_many_categories', param: name },
    );
  }
}
