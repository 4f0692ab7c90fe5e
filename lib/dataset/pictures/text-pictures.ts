/** Pictures in columns of texts: base64, data URLs, and the objects in which libraries write their bytes. */
import { type Database, sqlText } from '../duckdb.ts';
import { columnBatch } from '../value-sql.ts';
import type { PictureSource, PictureTableOptions } from './picture-table.ts';
import { storedPictures } from './picture-table.ts';

/** How JPEG, PNG and WebP begin in base64. */
const beginning = '(/9j/|iVBORw0KGgo|UklGR)';
const wholePicture = `^(data:image/[a-z+.-]+;base64,)?${beginning}[A-Za-z0-9+/]*={0,2}$`;
/** {"bytes": "..."} as the library `datasets` writes it to JSON, {"b64": "..."} as TensorFlow Serving takes it. */
const innerText = (column: string): string =>
  `CASE WHEN starts_with(${column}, '{') THEN coalesce(json_extract_string(TRY_CAST(${column} AS JSON), '$.bytes'), json_extract_string(TRY_CAST(${column} AS JSON), '$.b64')) ELSE ${column} END`;

const firstRows = 1000;
/** A column counts as one of pictures if most of its texts are. */
const leastShare = 0.5;

/**
 * The columns of the table `data` that hold pictures; texts among them that are none are damaged pictures.
 *
 * @param names of all columns
 */
export async function findTextPictures(
  names: readonly string[],
  options: PictureTableOptions,
): Promise<readonly PictureSource[]> {
  const { database } = options;
  const sources: PictureSource[] = [];
  for (const index of await likelyColumns(names.length, database)) {
    const [column, name] = [`c${index}`, names[index]!];
    const text = innerText(column);
    const isPicture = `regexp_matches(${text}, ${sqlText(wholePicture)})`;
    const [[share] = []] = await database.rows(
      `SELECT avg(CASE WHEN ${isPicture} THEN 1 ELSE 0 END) FROM data WHERE ${column} IS NOT NULL`,
    );
    if (Number(share) < leastShare) continue;
    const packed = `regexp_replace(${text}, '^data:[^,]*,', '')`;
    const padded = `rpad(rtrim(${packed}, '='), CAST((length(rtrim(${packed}, '=')) + 3) // 4 * 4 AS INTEGER), '=')`;
    const bytes = `CASE WHEN ${isPicture} THEN from_base64(${padded}) WHEN ${column} IS NOT NULL THEN encode('no picture') END`;
    sources.push({ index, name, pictures: await storedPictures(options, 'data', bytes) });
  }
  return sources;
}

/** Most tables have no picture at all: the first rows tell. */
async function likelyColumns(count: number, database: Database): Promise<readonly number[]> {
  const likely: number[] = [];
  for (let start = 0; start < count; start += columnBatch) {
    const columns = Array.from({ length: Math.min(columnBatch, count - start) }, (_, at) => `c${start + at}`);
    const tests = columns.map(
      (column) => `bool_or(regexp_matches(left(${column}, 200), ${sqlText(beginning)}))`,
    );
    const [found = []] = await database.rows(
      `SELECT ${tests.join(', ')} FROM (SELECT ${columns.join(', ')} FROM data LIMIT ${firstRows})`,
    );
    likely.push(...[...found.keys()].filter((at) => found[at] === true).map((at) => start + at));
  }
  return likely;
}
