/** What the loader of each format is given and gives back. */
import type { PictureWish } from '../contracts/pictures.ts';
import type { ProfileWarning } from '../contracts/profile.ts';
import type { Database } from './duckdb.ts';
import type { PictureColumn, PictureSource } from './pictures/picture-table.ts';

/**
 * What becomes of pictures: pixels of one size; the texts in base64 that requests carry them in; or what `writeParquet`
 * has made of them is taken as it is, which only a file of our own may ask for.
 */
export type PictureMode = 'pixels' | 'base64' | 'stored';

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
  readonly pictures: PictureMode;
  /** The size that is wished for. */
  readonly image: PictureWish | undefined;
}

/** What was loaded; the values are in the table `data`, columns c0, c1, ... */
export interface LoadedColumns {
  readonly names: readonly string[];
  readonly rows: number;
  /** The line of the file on which a row (from 0) starts; absent where rows are not lines. */
  readonly lineOfRow?: (row: number) => Promise<number | null>;
  /** Columns of pictures that are still to be decoded. */
  readonly sources?: readonly PictureSource[];
  /** Columns of pictures that are pixels already. */
  readonly pictures?: readonly PictureColumn[];
  /** What a person should know of how the file was read. */
  readonly notices?: readonly ProfileWarning[];
}
