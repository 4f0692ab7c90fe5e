/** IDX, the format of MNIST: pictures in one file, the numbers of their classes in another (yann.lecun.org/exdb/mnist). */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { ArchiveEntry } from '../../archive/index.ts';
import { excerpt, fileError, megabytes } from '../upload-error.ts';

/** Pictures of one size, as they lie in the file, and the class of each. */
export interface IdxSet {
  /** The path of the file with the pictures. */
  readonly path: string;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Row-major [count, height, width, channels]. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

const unpack = promisify(gunzip);
/** Larger than any data set that is given in this form. */
const usualBytes = 1_073_741_824;

/** Names under which these files are found, whatever comes before. */
const idxName = /(idx[134]-?ubyte|[-_.](images|labels)[-_.]?idx\d.*)(\.gz)?$/i;

/** The files of an archive that are IDX by their names. */
export const idxEntries = (entries: readonly ArchiveEntry[]): readonly ArchiveEntry[] =>
  entries.filter(({ path }) => idxName.test(path) && !/(^|\/)(__MACOSX\/|\._)/.test(path));

/**
 * Every set of pictures with its labels: files are matched by their names (`train-images-idx3-ubyte` and
 * `train-labels-idx1-ubyte`), or as the only two there are.
 *
 * @param maxBytes of all files together, unpacked
 * @throws invalid_request `invalid_idx` naming the file, `labels_missing`, `file_too_large`
 */
export async function readIdxSets(
  entries: readonly ArchiveEntry[],
  fileName: string,
  maxBytes = usualBytes,
): Promise<readonly IdxSet[]> {
  const files: IdxFile[] = [];
  let left = maxBytes;
  // One after the other, as a packed file tells its size only when it is unpacked.
  for (const entry of entries) {
    const file = await readIdx(entry, fileName, { left, maxBytes });
    left -= file.data.length;
    files.push(file);
  }
  const pictures = files.filter(({ dims }) => dims.length > 1);
  const labels = files.filter(({ dims }) => dims.length === 1);
  return pictures.map((file) => {
    const own = labels.find(({ path }) => keyOf(path) === keyOf(file.path));
    const only = pictures.length === 1 && labels.length === 1 ? labels[0] : undefined;
    return joinSet(file, own ?? only, fileName);
  });
}

/** What is the same in the names of pictures and their labels. */
const keyOf = (path: string): string =>
  path
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replaceAll(/images?|labels?|idx\d/g, '');

interface IdxFile {
  readonly path: string;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** @param limits bytes that the file, and all files, may have unpacked */
async function readIdx(
  entry: ArchiveEntry,
  fileName: string,
  { left, maxBytes }: { readonly left: number; readonly maxBytes: number },
): Promise<IdxFile> {
  const { path } = entry;
  const fail = (problem: string): Error =>
    fileError(fileName, {
      code: 'invalid_idx',
      message: `"${excerpt(path)}" ${problem}. Download the file again.`,
    });
  const tooLarge = (): Error =>
    fileError(fileName, {
      code: 'file_too_large',
      message: `The IDX files have more than ${megabytes(maxBytes)} together, unpacked. Send fewer pictures.`,
    });
  if (entry.sizeBytes > left) throw tooLarge();
  const packed = Buffer.from(await entry.read());
  const isPacked = packed[0] === 0x1f && packed[1] === 0x8b;
  const bytes = isPacked
    ? await unpack(packed, { maxOutputLength: Math.max(1, left) }).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ERR_BUFFER_TOO_LARGE'
          ? tooLarge()
          : fail('is a gzip file that cannot be unpacked');
      })
    : packed;
  const rank = bytes[3] ?? 0;
  const start = 4 + 4 * rank;
  if (bytes.length < start || bytes.readUInt16BE(0) !== 0 || ![1, 3, 4].includes(rank)) {
    throw fail('is no IDX file of pictures or labels');
  }
  if (bytes[2] !== unsignedBytes) throw fail('holds no unsigned bytes');
  const dims = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const values = dims.reduce((product, size) => product * size, 1);
  if (bytes.length - start !== values) {
    throw fail(`says that it has ${dims.join(' x ')} values but has ${bytes.length - start}`);
  }
  return { path, dims, data: bytes.subarray(start) };
}

const unsignedBytes = 0x08;

function joinSet({ path, dims, data }: IdxFile, labels: IdxFile | undefined, fileName: string): IdxSet {
  const [count = 0, height = 0, width = 0, channels = 1] = dims;
  if (labels?.dims[0] !== count) {
    throw fileError(fileName, {
      code: 'labels_missing',
      message:
        labels === undefined
          ? `There are no labels for "${excerpt(path)}". Put the file with them into the same archive, under the same name but for "labels" in place of "images".`
          : `"${excerpt(path)}" has ${count} pictures but "${excerpt(labels.path)}" has ${labels.dims[0]} labels.`,
    });
  }
  if ((channels !== 1 && channels !== 3) || height === 0 || width === 0) {
    throw fileError(fileName, {
      code: 'invalid_idx',
      message: `"${excerpt(path)}" has pictures of ${height} x ${width} x ${channels}; they must have 1 or 3 channels.`,
    });
  }
  return { path, count, height, width, channels, pixels: data, labels: labels.data };
}
