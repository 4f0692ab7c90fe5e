/** Folders of pictures or texts, one for each class: which file is which, whatever tool packed them. */
import type { ArchiveEntry } from '../../archive/index.ts';
import type { ProfileWarning } from '../../contracts/profile.ts';
import { excerpt, fileError } from '../upload-error.ts';

/** A file and the name of its class. */
export interface ClassFile {
  readonly entry: ArchiveEntry;
  readonly label: string;
}

/** The files of an archive by class. */
export interface ClassFolders {
  readonly kind: 'image' | 'text';
  readonly files: readonly ClassFile[];
  readonly notices: readonly ProfileWarning[];
}

const pictureName = /\.(jpe?g|jpe|jfif|png|webp|gif|bmp|tiff?|heic|heif|avif)$/i;
const textName = /\.(txt|text)$/i;
/** What operating systems and tools leave behind. */
const junk = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.ipynb_checkpoints\/|\.git\/)/i;
/** Parts into which others have split their data. */
const partName = /^(train(ing)?|test(ing)?|val(id(ation)?)?|dev)$/i;

/**
 * The class of each file is its topmost folder, after those that all files share and those that only split the data.
 *
 * @returns `null` for an archive without pictures and without texts
 * @throws invalid_request `unsafe_path`, `mixed_archive`, `no_class_folders`, `single_class`
 */
export function findClassFolders(entries: readonly ArchiveEntry[], fileName: string): ClassFolders | null {
  const kept = entries.filter(({ path }) => !junk.test(path));
  const pictures = kept.filter(({ path }) => pictureName.test(path));
  const texts = kept.filter(({ path }) => textName.test(path) && path.includes('/'));
  if (pictures.length === 0 && texts.length === 0) return null;
  // A note about the pictures is no text to learn from, nor is a cover picture one beside texts.
  const isPictures = pictures.length >= texts.length;
  const chosen = isPictures ? pictures : texts;
  if (Math.min(pictures.length, texts.length) > kept.length / 10) {
    throw fileError(fileName, {
      code: 'mixed_archive',
      message: `The archive holds ${pictures.length} pictures and ${texts.length} texts. Send pictures or texts in folders, or both side by side as columns of a Parquet or JSON Lines file.`,
    });
  }
  const paths = chosen.map(({ path }) => safeParts(path, fileName));
  const { labels, parts } = labelsOf(paths, isPictures ? 'pictures' : 'texts', fileName);
  return {
    kind: isPictures ? 'image' : 'text',
    files: chosen.map((entry, index) => ({ entry, label: labels[index]! })),
    notices: [...mergedParts(parts), ...otherFiles(kept, chosen)],
  };
}

/** Nothing is written under these names, but what tries to climb out of the archive is no data set. */
function safeParts(path: string, fileName: string): readonly string[] {
  const parts = path.split('/');
  if (!parts.includes('..') && !/[\0\\]/.test(path)) return parts;
  throw fileError(fileName, {
    code: 'unsafe_path',
    message: `The path "${excerpt(path)}" in the archive leads out of it or holds a backslash. Pack the folder again with another tool.`,
  });
}

function labelsOf(
  paths: readonly (readonly string[])[],
  kind: string,
  fileName: string,
): { readonly labels: readonly string[]; readonly parts: readonly string[] } {
  let level = 0;
  while (sharedAt(paths, level) && paths.every(({ length }) => length - level > 2)) level += 1;
  const first = new Set(paths.map((path) => path[level]!));
  const isSplit =
    [...first].every((name) => partName.test(name)) && paths.every(({ length }) => length - level > 2);
  const at = isSplit ? level + 1 : level;
  const loose = paths.find(({ length }) => length - at < 2);
  if (loose !== undefined) {
    throw fileError(fileName, {
      code: 'no_class_folders',
      message: `"${excerpt(loose.join('/'))}" lies in no folder of a class. Put the ${kind} of each class into a folder with its name, as in "cat/1.jpg".`,
    });
  }
  const labels = paths.map((path) => path[at]!);
  if (labels.every((label) => label === labels[0])) {
    throw fileError(fileName, {
      code: 'single_class',
      message: `All ${kind} are in the one folder "${excerpt(labels[0]!)}". There must be a folder for each class, and at least two of them.`,
    });
  }
  return { labels, parts: isSplit ? [...first] : [] };
}

const sharedAt = (paths: readonly (readonly string[])[], level: number): boolean =>
  paths.every((path) => path[level] === paths[0]![level]);

function mergedParts(parts: readonly string[]): readonly ProfileWarning[] {
  if (parts.length < 2) return [];
  const message = `The folders ${listed(parts)} were put together: every model is tested on parts of its own choice, the same for all versions.`;
  return [{ code: 'parts_merged', column: null, message }];
}

function otherFiles(
  all: readonly ArchiveEntry[],
  chosen: readonly ArchiveEntry[],
): readonly ProfileWarning[] {
  const taken = new Set(chosen);
  const others = all.filter((entry) => !taken.has(entry)).map(({ path }) => path);
  if (others.length === 0) return [];
  const message = `${others.length} other ${others.length === 1 ? 'file was' : 'files were'} left out: ${listed(others)}.`;
  return [{ code: 'files_left_out', column: null, message }];
}

const listed = (names: readonly string[]): string =>
  `${names
    .slice(0, 3)
    .map((name) => `"${excerpt(name)}"`)
    .join(', ')}${names.length > 3 ? ', ...' : ''}`;
