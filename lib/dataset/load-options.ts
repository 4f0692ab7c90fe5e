/** What the loader of each format is given and gives back. */
import type { Database } from './duckdb.ts';

/** How large an upload may be. */
export interface ReadLimits {
  /** Unpacked. Default 4 GiB. */
  readonly maxBytes: number;
  /** One line, or one record. Default 16 MiB. */
  readonly maxLineBytes: number;
  /** Default 10,000. */
  readonly maxColumns: number;
  /** Default 20 million. */
  readonly maxRows: number;
  /** Default 2: a model learns from many. */
  readonly minRows: number;
  /** Default 2: a model needs a column to predict and one to predict it from. */
  readonly minColumns: number;
}

/** A plain file to be loaded. */
export interface LoadOptions {
  readonly path: string;
  /** The user's name of the file, for messages. */
  readonly fileName: string;
  readonly workDirectory: string;
  readonly limits: ReadLimits;
  readonly database: Database;
  /** Byte at which the text starts: 3 after a byte order mark, else 0. */
  readonly textStart: number;
}

/** What was loaded; the values are in the table `data`, columns c0, c1, ... */
export interface LoadedColumns {
  readonly names: readonly string[];
  readonly rows: number;
  /** The line of the file on which a row (from 0) starts; absent where rows are not lines. */
  readonly lineOfRow?: (row: number) => Promise<number | null>;
}
