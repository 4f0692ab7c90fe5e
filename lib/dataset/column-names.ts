/** Column names as users meet them: trimmed, none empty, none twice. */
import { excerpt, fileError } from './upload-error.ts';

/** Where the names come from. */
export interface ColumnNameOptions {
  readonly fileName: string;
  readonly maxColumns: number;
  readonly minColumns: number;
  /** The line of the header, where there is one. */
  readonly line?: number;
}

/**
 * The trimmed names.
 *
 * Names that differ only in upper and lower case are refused too: Parquet readers and SQL engines take them as one.
 *
 * @throws invalid_request `too_many_columns`, `single_column`, `empty_column_name`, `duplicate_column_name`, `no_header`
 */
export function checkColumnNames(
  raw: readonly string[],
  { fileName, maxColumns, minColumns, line }: ColumnNameOptions,
): readonly string[] {
  const fail = (code: string, message: string): Error =>
    fileError(fileName, { code, message, ...(line === undefined ? {} : { line }) });
  if (raw.length > maxColumns) {
    throw fail('too_many_columns', `There are ${raw.length} columns; the limit is ${maxColumns}.`);
  }
  if (raw.length < minColumns) {
    throw fail(
      'single_column',
      `There is only one column, "${excerpt(raw[0] ?? 'without a name')}". A model needs one column to predict and at least one to predict it from; if the fields are separated by something else than a comma, semicolon, tab or "|", save the file with commas.`,
    );
  }
  const names = raw.map((name) => name.trim());
  const number = names.find((name) => /^[+-]?\d*\.\d+(e[+-]?\d+)?$/i.test(name));
  if (line !== undefined && number !== undefined) {
    throw fail(
      'no_header',
      `The first line should name the columns but holds the number ${number}. Add a line of column names on top.`,
    );
  }
  const first = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (name === '') {
      throw fail(
        'empty_column_name',
        `Column ${index + 1} has no name. Name every column${index === 0 ? '; if it only counts the rows, leave it out (in pandas: to_csv(..., index=False))' : ' in the first line'}.`,
      );
    }
    const earlier = first.get(name.toLowerCase());
    if (earlier !== undefined) {
      throw fail(
        'duplicate_column_name',
        `Columns ${earlier + 1} ("${excerpt(names[earlier] as string)}") and ${index + 1} ("${excerpt(name)}") have the same name${names[earlier] === name ? '' : ' but for upper and lower case'}. Rename one of them.`,
      );
    }
    first.set(name.toLowerCase(), index);
  }
  return names;
}
