/** Rows of a table as a client would send them. */
import type { FeatureSchema } from '../contracts/records.ts';
import type { Table } from '../dataset/index.ts';

/** Values row by row, in the order of the features; a number the model takes for missing is `null`. */
export function rawRows(
  table: Table,
  features: readonly FeatureSchema[],
  rows: Uint32Array,
): (string | number | null)[][] {
  const columns = features.map(({ name }) => table.columns.find((column) => column.name === name)!);
  return Array.from(rows, (row) =>
    columns.map((column) => {
      const value = column.values[row] ?? null;
      return typeof value === 'number' && !Number.isFinite(value) ? null : value;
    }),
  );
}
