/** Pictures beside the texts of the table `data`: found, decoded, and put into its columns. */

import type { PictureFacts, PictureWish } from '../../contracts/pictures.ts';
import type { ProfileWarning } from '../../contracts/profile.ts';
import type { Database } from '../duckdb.ts';
import { excerpt, fileError } from '../upload-error.ts';
import { decodeColumn, type UploadedPictures } from './decode-column.ts';

/** A column of the table `data` whose pictures are still to be decoded. */
export interface PictureSource {
  /** Of the column in the table. */
  readonly index: number;
  readonly name: string;
  readonly pictures: UploadedPictures;
}

/** A column whose values are digests of pictures; their pixels are in the column `p<index>` of the same table. */
export interface PictureColumn extends PictureFacts {
  readonly index: number;
}

/** What came of the pictures of a data set. */
export interface DecodedPictures {
  /** Rows that are left. */
  readonly rows: number;
  readonly pictures: readonly PictureColumn[];
  readonly notices: readonly ProfileWarning[];
}

/** What pictures are found and decoded with. */
export interface PictureTableOptions {
  readonly database: Database;
  readonly fileName: string;
  /** Columns of the table. */
  readonly columns: number;
  readonly wish: PictureWish | undefined;
}

/**
 * Decodes columns of pictures: in the table `data` their values become digests, and their pixels stand beside them. Rows
 * with a damaged picture are left out.
 *
 * @throws as `decodeColumn`
 */
export async function decodeColumns(
  sources: readonly PictureSource[],
  options: PictureTableOptions,
): Promise<DecodedPictures> {
  const { database, fileName, wish } = options;
  const done: PictureColumn[] = [];
  const notices: ProfileWarning[] = [];
  for (const { index, name, pictures } of sources) {
    await database.rows(`CREATE TABLE pixels${index} (digest VARCHAR, pixels BLOB, kept VARCHAR)`);
    const into = await database.append(`pixels${index}`);
    const decoded = await decodeColumn({ column: name, pictures, fileName, wish, into });
    into.close();
    done.push({ index, ...decoded.facts });
    notices.push(...decoded.notices);
  }
  await joinPixels(sources, options);
  const [[rows] = []] = await database.rows('SELECT count(*) FROM data');
  return { rows: Number(rows), pictures: done, notices };
}

async function joinPixels(
  sources: readonly PictureSource[],
  { database, columns }: PictureTableOptions,
): Promise<void> {
  const indexes = sources.map(({ index }) => index);
  const values = Array.from({ length: columns }, (_, index) =>
    indexes.includes(index) ? `pixels${index}.digest AS c${index}` : `c${index}`,
  );
  const pixels = indexes.map((index) => `pixels${index}.pixels AS p${index}`);
  const joined = ['data', ...indexes.map((index) => `pixels${index}`)].join(' POSITIONAL JOIN ');
  const kept = indexes.map((index) => `pixels${index}.kept = 'yes'`);
  await database.rows(
    `CREATE TABLE joined AS SELECT ${[...values, ...pixels].join(', ')} FROM ${joined} WHERE ${kept.join(' AND ')}`,
  );
  for (const table of ['data', ...indexes.map((index) => `pixels${index}`)]) {
    await database.rows(`DROP TABLE ${table}`);
  }
  await database.rows('ALTER TABLE joined RENAME TO data');
}

/** What may be in memory at a time of pictures as they were uploaded. */
const maxChunkBytes = 536_870_912;
/** Rows that DuckDB gives at a time. */
const chunkRows = 2048;

/**
 * The pictures of a column of bytes in the database.
 *
 * @param source a table or view
 * @param bytes the SQL of the bytes
 * @throws invalid_request `pictures_too_large` if too many bytes would have to be in memory at once
 */
export async function storedPictures(
  { database, fileName }: Pick<PictureTableOptions, 'database' | 'fileName'>,
  source: string,
  bytes: string,
): Promise<UploadedPictures> {
  const [[mean] = []] = await database.rows(`SELECT avg(octet_length(${bytes})) FROM ${source}`);
  if (Number(mean) * chunkRows > maxChunkBytes) {
    throw fileError(fileName, {
      code: 'pictures_too_large',
      message: `The pictures have ${(Number(mean) / 1e6).toFixed(1)} MB on average; in a table they may have ${(maxChunkBytes / chunkRows / 1e6).toFixed(2)} MB. Make them smaller before, or send them as a zip of folders.`,
    });
  }
  return async function* pictures() {
    let row = 0;
    for await (const content of database.bytes(`SELECT ${bytes} FROM ${source}`)) {
      row += 1;
      const place = `row ${row}`;
      yield content === null ? null : { place, read: async () => content };
    }
  };
}

/** The refusal of a column of bytes that are no pictures. */
export const binaryColumn = (fileName: string, column: string): Error =>
  fileError(fileName, {
    code: 'unsupported_column_type',
    message: `Column "${excerpt(column)}" holds binary data that are no pictures (JPEG, PNG or WebP). Store it as text, or leave the column out.`,
  });
