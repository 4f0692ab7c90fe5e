/** Where everything lies on the disk, and how records are read back at start. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { internal } from '../../../../lib/core/index.ts';
import { replaceFile, syncDirectory } from './durable-file.ts';

/** Paths of one store. No path is made from a key: a record file is named by the hash of its key. */
export interface Layout {
  readonly blobs: string;
  readonly temporary: string;
  readonly buckets: string;
  readonly objects: string;
  readonly uploads: string;
  readonly starts: string;
  bucketFile(bucket: string): string;
  bucketObjects(bucket: string): string;
  objectFile(bucket: string, key: string): string;
  uploadDirectory(uploadId: string): string;
}

const parallelReads = 64;

/** Makes the directories, empties the temporary one, and gives the paths. */
export async function prepareLayout(directory: string): Promise<Layout> {
  const paths = {
    blobs: join(directory, 'blobs'),
    temporary: join(directory, 'temporary'),
    buckets: join(directory, 'buckets'),
    objects: join(directory, 'objects'),
    uploads: join(directory, 'uploads'),
    starts: join(directory, 'starts.json'),
  };
  await rm(paths.temporary, { recursive: true, force: true });
  for (const path of [paths.blobs, paths.temporary, paths.buckets, paths.objects, paths.uploads]) {
    await mkdir(path, { recursive: true });
  }
  await syncDirectory(directory);
  return {
    ...paths,
    bucketFile: (bucket) => join(paths.buckets, `${bucket}.json`),
    bucketObjects: (bucket) => join(paths.objects, bucket),
    objectFile: (bucket, key) =>
      join(paths.objects, bucket, `${createHash('sha256').update(key).digest('hex')}.json`),
    uploadDirectory: (uploadId) => join(paths.uploads, uploadId),
  };
}

/** Counts this start durably, so that what is numbered by it never repeats. */
export async function countStart(layout: Layout, createId: () => string): Promise<number> {
  const before = await readJson<{ readonly count: number }>(layout.starts);
  const count = (before?.count ?? 0) + 1;
  await replaceFile(layout.starts, JSON.stringify({ count }), {
    temporary: join(layout.temporary, createId()),
  });
  return count;
}

/** Parses every `.json` file of a directory; an absent directory has none. Fails when it cannot tell. */
export async function readRecords<T>(directory: string): Promise<readonly T[]> {
  // A directory that is only unreadable must not pass for empty: the sweep would remove every blob of its records.
  const found = await readdir(directory).catch(emptyIfAbsent);
  const names = found.filter((name) => name.endsWith('.json'));
  const records: T[] = [];
  for (let start = 0; start < names.length; start += parallelReads) {
    const batch = names.slice(start, start + parallelReads).map((name) => readJson<T>(join(directory, name)));
    for (const record of await Promise.all(batch)) if (record !== null) records.push(record);
  }
  return records;
}

function emptyIfAbsent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** The content of a record file that only this server writes, or `null` if there is none. */
export async function readJson<T>(path: string): Promise<T | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw internal(`${path} is not valid JSON. Restore it from a backup, or remove it to lose that object.`, {
      cause,
    });
  }
}
