/** `drop_row`: which training rows have no missing value. */
import { invalidInput } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import { isIsoDate } from './calendar.ts';
import { isUsableNumber, numericColumn, textColumn } from './pack-columns.ts';
import type { FeatureColumn, PreprocessorState } from './types.ts';

/**
 * The rows without a missing number, date or category, as far as these count; in the order given.
 *
 * @throws OnrampError `no_rows_left` when there were rows and none is left
 */
export function keepCompleteRows(
  table: Table,
  features: readonly FeatureColumn[],
  rows: Uint32Array,
  { numbers, categories }: PreprocessorState['dropRows'],
): Uint32Array {
  const isChecked: Readonly<Record<FeatureColumn['type'], boolean>> = {
    ...{ numeric: numbers, datetime: numbers, category: categories, boolean: categories },
    ...{ text: false, image: false },
  };
  const checked = features.filter(({ type }) => isChecked[type]);
  const tests = checked.map((feature) => presenceTest(table, feature));
  const kept = rows.filter((row) => tests.every((isPresent) => isPresent(row)));
  if (kept.length > 0 || rows.length === 0) return kept;
  const param = numbers ? 'preprocess.numeric_missing' : 'preprocess.category_missing';
  const names = checked.map(({ name }) => `"${name}"`).join(', ');
  throw invalidInput(
    `Every training row has a missing value in one of ${names}, and drop_row leaves them all out. Fill the values in, exclude a column or choose another way in ${param}.`,
    { code: 'no_rows_left', param },
  );
}

function presenceTest(table: Table, { name, type }: FeatureColumn): (row: number) => boolean {
  if (type === 'numeric') {
    const { values } = numericColumn(table, name);
    return (row) => isUsableNumber(values[row]!);
  }
  const { values } = textColumn(table, name);
  if (type === 'datetime') return (row) => isIsoDate(values[row] ?? '');
  return (row) => (values[row] ?? '') !== '';
}
