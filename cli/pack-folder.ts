/** A folder of folders, one for each class, becomes the one file that is uploaded. */
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve, sep } from 'node:path';
import { invalidInput } from '../lib/core/index.ts';
import { tarEnd, tarEntry } from './tar.ts';

/** Files of the system, of which nothing is learnt. */
const isHidden = (path: string): boolean => path.split(sep).some((part) => part.startsWith('.'));

/**
 * Does work with a tar archive of a folder, which is removed afterwards. The same files give the same bytes, so that what
 * has been learnt from before is known again.
 *
 * @throws invalid_request for a folder without files
 */
export async function withPackedFolder<T>(folder: string, work: (file: string) => Promise<T>): Promise<T> {
  const root = resolve(folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !isHidden(path))
    .sort();
  if (paths.length === 0) throw invalidInput(`The folder "${folder}" holds no file.`, { param: 'file' });
  const directory = await mkdtemp(join(tmpdir(), 'onramp-push-'));
  try {
    const archive = join(directory, `${basename(root)}.tar`);
    await writeArchive(root, paths, archive);
    return await work(archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One file after the other: all of them together may not fit into memory. */
async function writeArchive(root: string, paths: readonly string[], archive: string): Promise<void> {
  const file = await open(archive, 'wx');
  try {
    for (const path of paths) {
      const body = await readFile(join(root, path));
      for (const part of tarEntry({ path: path.split(sep).join('/'), body }, new Date(0)))
        await file.write(part);
    }
    await file.write(tarEnd);
  } finally {
    await file.close();
  }
}
