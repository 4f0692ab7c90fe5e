/** Small files that are either whole on the disk or not there, whatever moment the machine stops. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Flushes names (creations, renames, removals) of a directory; a no-op where the system cannot open one. */
export function syncDirectory(directory: string): Promise<void> {
  return changeDirectory(directory, async () => {});
}

/** Flushes a directory after a change in it. It is opened before, so that a failure to open it leaves all as it was. */
async function changeDirectory(directory: string, change: () => Promise<void>): Promise<void> {
  if (process.platform === 'win32') return change();
  await withFile(directory, 'r', async (file) => {
    await change();
    await file.sync();
  });
}

/** How a file is replaced. */
export interface ReplaceOptions {
  /** A path of its own on the same file system. */
  readonly temporary: string;
  /** Work that must be done before the new content may stand; it runs beside the writing. */
  readonly after?: Promise<unknown>;
}

/**
 * Replaces a file: temporary file, flush, rename, flush of the directory. When it returns, the content is durable;
 * before the rename the old content stands.
 */
export async function replaceFile(path: string, content: string, options: ReplaceOptions): Promise<void> {
  const { temporary, after } = options;
  const written = withFile(temporary, 'wx', async (file) => {
    await file.writeFile(content);
    await file.sync();
  });
  const [writing, awaited] = await Promise.allSettled([written, after]);
  try {
    for (const outcome of [writing, awaited]) if (outcome.status === 'rejected') throw outcome.reason;
    await changeDirectory(dirname(path), () => rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes a file for good. No error if there is none. */
export async function removeFile(path: string): Promise<void> {
  await changeDirectory(dirname(path), () => rm(path, { force: true }));
}

/** Opens a file, and closes it again whatever happens. */
export async function withFile<T>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
