/** How large a folder is, and how large as a zip file, without writing one. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { deflateRawSync } from 'node:zlib';

/** Paths of all files in a folder and below it, from the folder on. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/** Size in bytes of all files in a folder and below it. */
export function folderBytes(folder: string): number {
  return filesIn(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

/**
 * Size in bytes of the zip file that holds a folder: each file deflated at zlib's usual level, its name twice, and the
 * fixed parts of the format (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16).
 */
export function zipBytes(folder: string): number {
  const entryBytes = (file: string): number => {
    const deflated = deflateRawSync(readFileSync(join(folder, file)));
    return 30 + 46 + 2 * Buffer.byteLength(file) + deflated.length;
  };
  return filesIn(folder).reduce((sum, file) => sum + entryBytes(file), 22);
}
