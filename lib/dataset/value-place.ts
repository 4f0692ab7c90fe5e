/** Tells where a value stands: the row, and for CSV the line of the user's file. */
import type { DatasetHandle } from './read-dataset.ts';
import { excerpt } from './upload-error.ts';

/** A value's place, ready for a message. */
export interface ValuePlace {
  /** For example `, line 7 (row 6)`. */
  readonly where: string;
  /** The value, cut short. */
  readonly text: string;
}

/** The first row for which the SQL condition holds; there must be one. */
export async function placeOf(handle: DatasetHandle, column: number, condition: string): Promise<ValuePlace> {
  const [[row, text] = []] = await handle.database.rows(
    `SELECT rowid, c${column} FROM data WHERE ${condition} ORDER BY rowid LIMIT 1`,
  );
  const line = await handle.lineOfRow(Number(row));
  const place = `row ${Number(row) + 1}`;
  return {
    where: line === null ? `, ${place}` : `, line ${line} (${place})`,
    text: excerpt(String(text), 40),
  };
}
