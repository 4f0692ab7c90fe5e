/** How the pixels of a data set lie in its Parquet file: a column of bytes, and what they are in the file's metadata. */
import * as z from 'zod';
import { pictureFacts } from '../../contracts/pictures.ts';
import { profileWarning } from '../../contracts/profile.ts';
import { internal } from '../../core/index.ts';
import { type Database, sqlText } from '../duckdb.ts';
import type { LoadedColumns } from '../load-options.ts';
import type { PictureColumn } from './picture-table.ts';

/** Key in the metadata of the file; the value is JSON. */
const metadataKey = 'onramp.pictures';

const storedPictures = z.object({
  columns: z.array(pictureFacts.extend({ name: z.string() })),
  notices: z.array(profileWarning),
});

/** What was decoded, and how. */
export interface StoredPictures {
  readonly names: readonly string[];
  readonly pictures: readonly PictureColumn[];
  readonly notices: LoadedColumns['notices'] & {};
}

/** The metadata of a Parquet file as an option of COPY. */
export function metadataSql({ names, pictures, notices }: StoredPictures): string {
  const columns = pictures.map(({ index, ...facts }) => ({ ...facts, name: names[index]! }));
  const text = JSON.stringify({ columns, notices });
  return `KV_METADATA {'${metadataKey}': ${sqlText(text)}}`;
}

/** What such a file says of its pictures. */
export async function readStoredPictures(
  database: Database,
  path: string,
  names: readonly string[],
): Promise<Required<Pick<LoadedColumns, 'pictures' | 'notices'>>> {
  const [[text] = []] = await database.rows(
    `SELECT decode(value) FROM parquet_kv_metadata(${sqlText(path)}) WHERE decode(key) = '${metadataKey}'`,
  );
  if (text === undefined) return { pictures: [], notices: [] };
  const { columns, notices } = storedPictures.parse(JSON.parse(String(text)));
  const pictures = columns.map(({ name, ...facts }) => ({ ...facts, index: names.indexOf(name) }));
  if (pictures.some(({ index }) => index < 0))
    throw internal('A stored table lacks a column of its pictures.');
  return { pictures, notices };
}
