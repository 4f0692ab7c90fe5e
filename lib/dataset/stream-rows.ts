/** Rows of a data set part by part, in their order, for whoever need not hold them all at once. */
import type { StreamedColumn } from './duckdb.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { isMissingTokenSql, numberSql } from './value-sql.ts';

/** A column that is wanted, and how its texts are read. */
export interface RowColumn {
  readonly name: string;
  /** `numeric` and `datetime` take texts such as NA for missing, as training does; `text` gives what is in the data. */
  readonly type: 'numeric' | 'datetime' | 'text';
}

/** Some rows; the columns in the order they were asked for. */
export interface RowPart {
  readonly rows: number;
  /** Numbers, or texts; a text in a numeric column is none that could be read as a number. `null` is missing. */
  readonly columns: readonly StreamedColumn[];
}

/**
 * Reads the rows in parts of at most `maxRows`, as fast as they are taken.
 *
 * @param columns by names that the data set has
 */
export async function* streamRows(
  { database, columns: names }: DatasetHandle,
  columns: readonly RowColumn[],
  maxRows: number,
): AsyncGenerator<RowPart> {
  const selected = columns.flatMap(({ name, type }) => selectedSql(`c${names.indexOf(name)}`, type));
  let gathered = columns.map((): (string | number | null)[] => []);
  let rows = 0;
  const sql = `SELECT ${['1', ...selected].join(', ')} FROM data`;
  for await (const chunk of database.chunks(sql)) {
    if (rows + chunk.rows > maxRows) {
      yield { rows, columns: gathered };
      gathered = columns.map(() => []);
      rows = 0;
    }
    let place = 1;
    for (const [index, { type }] of columns.entries()) {
      const values = chunk.columns[place]!;
      if (type === 'numeric') appendNumbers(gathered[index]!, values, chunk.columns[place + 1]!);
      else for (const value of values) gathered[index]!.push(value);
      place += type === 'numeric' ? 2 : 1;
    }
    rows += chunk.rows;
  }
  if (rows > 0) yield { rows, columns: gathered };
}

/** A numeric column is read as its numbers and, beside them, the texts that are none. */
function selectedSql(column: string, type: RowColumn['type']): readonly string[] {
  if (type === 'text') return [column];
  const isMissing = isMissingTokenSql(column);
  if (type === 'datetime') return [`CASE WHEN ${isMissing} THEN NULL ELSE trim(${column}) END`];
  const number = numberSql(column);
  return [number, `CASE WHEN ${number} IS NULL AND NOT ${isMissing} THEN ${column} END`];
}

function appendNumbers(
  into: (string | number | null)[],
  numbers: StreamedColumn,
  texts: StreamedColumn,
): void {
  for (let row = 0; row < numbers.length; row += 1) into.push(numbers[row] ?? texts[row] ?? null);
}
