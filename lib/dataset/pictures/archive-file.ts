/** Reads an archive of pictures or texts into the table `data`: a folder for each class, or the files of IDX. */
import { type ArchiveEntry, withArchive } from '../../archive/index.ts';
import type { ProfileWarning } from '../../contracts/profile.ts';
import { isOnrampError, mapConcurrent, sha256 } from '../../core/index.ts';
import { fitImage, withChannels } from '../../images/index.ts';
import type { LoadedColumns, LoadOptions } from '../load-options.ts';
import { excerpt, fileError, megabytes, tooManyRows } from '../upload-error.ts';
import { chooseLayout, factsOf } from './choose-layout.ts';
import { type ClassFolders, findClassFolders } from './class-folders.ts';
import type { UploadedPictures } from './decode-column.ts';
import { type IdxSet, idxEntries, readIdxSets } from './idx-files.ts';
import { decodeColumns } from './picture-table.ts';

/** The columns of such a data set. */
const pictureNames = ['image', 'label'] as const;
const textNames = ['text', 'label'] as const;

/** One file; a text as long as a thick book. */
const maxPictureBytes = 33_554_432;
const maxTextBytes = 4_194_304;
const filesAtOnce = 32;

/**
 * Loads the pictures (column `image`) or texts (column `text`) of an archive with the names of their classes (`label`).
 *
 * @throws invalid_request `not_a_table` for an archive of anything else, `invalid_archive`; and as what reads folders, IDX
 *   and pictures
 */
export async function loadArchive(options: LoadOptions): Promise<LoadedColumns> {
  const { path, fileName, limits } = options;
  try {
    return await withArchive(path, async (entries) => loadEntries(entries ?? [], options), {
      maxEntries: limits.maxRows,
    });
  } catch (error) {
    if (!isOnrampError(error) || error.code !== 'invalid_archive') throw error;
    throw fileError(fileName, { code: error.code, message: error.message, cause: error });
  }
}

async function loadEntries(entries: readonly ArchiveEntry[], options: LoadOptions): Promise<LoadedColumns> {
  const { fileName, limits } = options;
  const total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (total > limits.maxBytes) {
    throw fileError(fileName, {
      code: 'file_too_large',
      message: `The archive unpacks to more than ${megabytes(limits.maxBytes)}, which is the limit. Send fewer or smaller files.`,
    });
  }
  const folders = findClassFolders(entries, fileName);
  if (folders !== null) {
    if (folders.files.length > limits.maxRows) throw tooManyRows(fileName, limits.maxRows);
    return folders.kind === 'image' ? loadPictures(folders, options) : loadTexts(folders, options);
  }
  const idx = idxEntries(entries);
  if (idx.length > 0) return loadIdx(await readIdxSets(idx, fileName), options);
  throw fileError(fileName, {
    code: 'not_a_table',
    message:
      'This is an archive with neither pictures (JPEG, PNG, WebP) nor texts (.txt) in folders of their classes, nor IDX files. If there is a table inside, unpack it and upload the table.',
  });
}

async function loadPictures(folders: ClassFolders, options: LoadOptions): Promise<LoadedColumns> {
  const { database, fileName, pictures: mode } = options;
  const { files, notices } = folders;
  const large = files.find(({ entry }) => entry.sizeBytes > maxPictureBytes);
  if (large) throw tooLong(fileName, large.entry);
  const read: UploadedPictures = async function* () {
    for (const { entry } of files) yield { place: entry.path, read: () => entry.read() };
  };
  await database.rows('CREATE TABLE data (c0 VARCHAR, c1 VARCHAR)');
  const rows = await database.append('data');
  for (const { entry, label } of files) {
    const content = mode === 'base64' ? Buffer.from(await entry.read()).toString('base64') : null;
    rows.add([content, label]);
  }
  rows.close();
  if (mode === 'base64') return { names: pictureNames, rows: files.length, notices };
  const sources = [{ index: 0, name: 'image', pictures: read }];
  // At once, as long as the archive is open.
  const decoded = await decodeColumns(sources, { database, fileName, columns: 2, wish: options.image });
  return { names: pictureNames, ...decoded, notices: [...notices, ...decoded.notices] };
}

const tooLong = (fileName: string, { path, sizeBytes }: ArchiveEntry): Error =>
  fileError(fileName, {
    code: 'file_too_large',
    message: `"${excerpt(path)}" has ${megabytes(sizeBytes)}, which is too much for one file. Make it smaller or leave it out.`,
  });

async function loadTexts({ files, notices }: ClassFolders, options: LoadOptions): Promise<LoadedColumns> {
  const { database, fileName } = options;
  await database.rows('CREATE TABLE data (c0 VARCHAR, c1 VARCHAR)');
  const rows = await database.append('data');
  let guessed = 0;
  for (let start = 0; start < files.length; start += filesAtOnce) {
    const part = files.slice(start, start + filesAtOnce);
    const texts = await mapConcurrent(part, async ({ entry }) => {
      if (entry.sizeBytes > maxTextBytes) throw tooLong(fileName, entry);
      return readText(await entry.read());
    });
    for (const [index, { text, isGuess }] of texts.entries()) {
      guessed += isGuess ? 1 : 0;
      rows.add([text === '' ? null : text, part[index]!.label]);
    }
  }
  rows.close();
  const encoding: ProfileWarning = {
    code: 'encoding_guessed',
    column: 'text',
    message: `${guessed} of ${files.length} texts are not in UTF-8 and were read as Windows-1252. If letters look wrong, save them again in UTF-8.`,
  };
  return {
    names: textNames,
    rows: files.length,
    notices: guessed > 0 ? [...notices, encoding] : notices,
  };
}

/** A text in the encoding that its mark says, else in UTF-8, else in a guess. */
function readText(bytes: Uint8Array): { readonly text: string; readonly isGuess: boolean } {
  const marked = utf16Of(bytes);
  if (marked !== null) return { text: new TextDecoder(marked).decode(bytes).trim(), isGuess: false };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim(), isGuess: false };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(bytes).trim(), isGuess: true };
  }
}

/** What editors on Windows write as "Unicode"; its mark of two bytes is no beginning of a text in UTF-8. */
function utf16Of([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : null;
}

/** The pixels are there already; they are brought to one size and, unless all are grey, to colours. */
async function loadIdx(sets: readonly IdxSet[], options: LoadOptions): Promise<LoadedColumns> {
  const { database, fileName, pictures: mode } = options;
  const rows = sets.reduce((sum, { count }) => sum + count, 0);
  if (mode === 'base64') throw encodedOnly(fileName);
  const sizes = new Map<string, number>();
  for (const { width, height, count } of sets) {
    sizes.set(`${width} x ${height}`, (sizes.get(`${width} x ${height}`) ?? 0) + count);
  }
  const grey = sets.reduce((sum, { channels, count }) => sum + (channels === 1 ? count : 0), 0);
  const survey = { count: rows, sizes, grey };
  const layout = chooseLayout(survey, options.image, fileName);
  await database.rows('CREATE TABLE data (c0 VARCHAR, c1 VARCHAR, p0 BLOB)');
  const into = await database.append('data');
  for (const { width, height, channels, count, pixels, labels } of sets) {
    const size = width * height * channels;
    for (let row = 0; row < count; row += 1) {
      const raster = { width, height, channels, data: pixels.subarray(row * size, (row + 1) * size) };
      const background = [0, 0, 0];
      const { data } = fitImage(withChannels(raster, layout.channels, background), {
        ...{ ...layout, kernel: 'bilinear', background },
      });
      into.add([sha256(data), String(labels[row]), data]);
    }
  }
  into.close();
  return { names: pictureNames, rows, pictures: [{ index: 0, ...factsOf(survey, layout) }] };
}

const encodedOnly = (fileName: string): Error =>
  fileError(fileName, {
    code: 'not_a_table',
    message: 'IDX files cannot be predicted for. Send the pictures as PNG in an archive or a table.',
  });
