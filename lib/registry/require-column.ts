/** Refuses a spec that names a column which its data set does not have. */
import type { DatasetManifest } from '../contracts/index.ts';
import { invalidInput } from '../core/index.ts';

/**
 * @param param field of the spec that names the column
 * @throws invalid_request `unknown_column`
 */
export function requireColumn({ dataset, columns }: DatasetManifest, param: string, name: string): void {
  if (columns.some((column) => column.name === name)) return;
  const names = columns.map((column) => column.name);
  const alike = names.find((other) => other.trim().toLowerCase() === name.trim().toLowerCase());
  const listed = names.length > 20 ? `${names.slice(0, 20).join(', ')}, ...` : names.join(', ');
  const hint = alike === undefined ? `its columns are ${listed}` : `did you mean "${alike}"?`;
  throw invalidInput(`Data set "${dataset}" has no column "${name}"; ${hint}`, {
    code: 'unknown_column',
    param,
  });
}
