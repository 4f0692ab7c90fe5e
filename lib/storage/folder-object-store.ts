/** A folder of files seen as a bucket that can only be read: each file is an object under its path. */
import { createHash } from 'node:crypto';
import { copyFile, open, readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { internal } from '../core/index.ts';
import { conditionalGet } from './conditional-get.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';

/** Settings of a folder store. */
export interface FolderObjectStoreOptions {
  /** The files below it are taken to stay as they are. */
  readonly directory: string;
}

/** A bucket over a folder. What would change it is refused: internal `read_only`. */
export function createFolderObjectStore({ directory }: FolderObjectStoreOptions): ObjectStore {
  const pathOf = (key: string): string | null => {
    const isInside = key !== '' && posix.normalize(`/${key}`) === `/${key}`;
    return isInside ? join(directory, ...key.split('/')) : null;
  };

  const head = async (key: string): Promise<ObjectInfo | null> => {
    const path = pathOf(key);
    const found = path === null ? null : await orNull(stat(path));
    if (!found?.isFile()) return null;
    // Files that stay as they are need no digest to be told apart.
    const etag = `"${createHash('md5').update(`${key}\n${found.size}\n${found.mtimeMs}`).digest('hex')}"`;
    return { key, etag, sizeBytes: found.size, modifiedAt: Math.floor(found.mtimeMs) };
  };

  const get = conditionalGet(async (key, ifNoneMatch) => {
    const info = await head(key);
    if (!info) return null;
    if (info.etag === ifNoneMatch) return 'unchanged';
    return { ...info, body: await readFile(pathOf(key)!) };
  });

  async function* keysIn(folder: string): AsyncIterable<string> {
    const entries = (await orNull(readdir(join(directory, folder), { withFileTypes: true }))) ?? [];
    const names = entries.map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`);
    for (const name of names.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))) {
      if (name.endsWith('/')) yield* keysIn(name);
      else yield name;
    }
  }

  async function* list(prefix: string): AsyncIterable<ObjectInfo> {
    for await (const key of keysIn(prefix.slice(0, prefix.lastIndexOf('/') + 1))) {
      const info = key.startsWith(prefix) ? await head(key) : null;
      if (info) yield info;
    }
  }

  return {
    get,
    head,
    list,
    getRange: async (key, start, end) => {
      const info = await head(key);
      return info && readBytes(pathOf(key)!, start, Math.min(end, info.sizeBytes - 1));
    },
    download: async (key, path) => {
      const info = await head(key);
      if (info) await copyFile(pathOf(key)!, path);
      return info;
    },
    async *listFolders(prefix) {
      const folders = new Set<string>();
      for await (const { key } of list(prefix)) {
        const folder = /^[^/]*\//.exec(key.slice(prefix.length))?.[0];
        if (folder !== undefined && folders.size < folders.add(folder).size) yield folder;
      }
    },
    put: refuse,
    upload: refuse,
    delete: refuse,
    presign: refuse,
  };
}

async function readBytes(path: string, start: number, end: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(Math.max(0, end - start + 1));
    await file.read(bytes, 0, bytes.length, start);
    return bytes;
  } finally {
    await file.close();
  }
}

/** What is not there is an answer; any other failure of the disk is not. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

async function refuse(): Promise<never> {
  throw internal('This object store can only be read.', { code: 'read_only' });
}
