/** The object store in memory: the reference for its semantics, and what tests run on. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Clock, systemClock, upstream } from '../core/index.ts';
import { conditionalGet } from './conditional-get.ts';
import type { ObjectInfo, ObjectStore, PutOptions, StoredObject } from './object-store.ts';

/** Settings of a store in memory. */
export interface MemoryObjectStoreOptions {
  /** Dates the objects. Default: the machine's clock. */
  readonly clock?: Clock;
}

/** A bucket that lives as long as this process; bytes are copied in and out. */
export function createMemoryObjectStore({ clock = systemClock }: MemoryObjectStoreOptions = {}): ObjectStore {
  const objects = new Map<string, StoredObject>();

  const put = (key: string, content: Uint8Array | string, options: PutOptions = {}) => {
    const current = objects.get(key);
    if (options.ifAbsent && current) return null;
    if (options.ifMatch !== undefined && current?.etag !== options.ifMatch) return null;
    const body = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const { contentType } = options;
    objects.set(key, {
      ...{ key, etag, body, sizeBytes: body.length, modifiedAt: clock.now() },
      ...(contentType !== undefined && { contentType }),
    });
    return { etag };
  };
  const sortedKeys = (prefix: string): string[] =>
    [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(byUtf8);

  const get = conditionalGet(async (key, ifNoneMatch) => {
    const found = objects.get(key);
    if (!found) return null;
    return found.etag === ifNoneMatch ? 'unchanged' : { ...found, body: found.body.slice() };
  });

  return {
    get,
    getRange: async (key, start, end) => {
      const found = objects.get(key);
      if (!found) return null;
      if (start >= found.sizeBytes || end < start) {
        throw upstream(`Object store: cannot read bytes ${start} to ${end} of "${key}"`, {
          code: 'object_store_failed',
        });
      }
      return found.body.slice(start, end + 1);
    },
    head: async (key) => infoOf(objects.get(key)),
    put: async (key, body, options) => put(key, body, options),
    download: async (key, path) => {
      const found = objects.get(key);
      if (found) await writeFile(path, found.body);
      return infoOf(found);
    },
    upload: async (key, path, options) => put(key, await readFile(path), options),
    delete: async (key) => void objects.delete(key),
    async *list(prefix) {
      for (const key of sortedKeys(prefix)) {
        const info = infoOf(objects.get(key));
        if (info) yield info;
      }
    },
    async *listFolders(prefix) {
      const parts = sortedKeys(prefix).map((key) => /^[^/]*\//.exec(key.slice(prefix.length))?.[0]);
      yield* new Set(parts.filter((part) => part !== undefined));
    },
    presign: async (method, key, { expiresInSeconds = 900, sizeBytes } = {}) => ({
      url: `memory:///${encodeURIComponent(key)}?method=${method}&expires=${expiresInSeconds}`,
      headers: sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) },
    }),
  };
}

function infoOf(found: StoredObject | undefined): ObjectInfo | null {
  if (!found) return null;
  const { body: _, ...info } = found;
  return info;
}

/** S3 lists keys in the order of their UTF-8 bytes, which differs from JavaScript's beyond U+FFFF. */
function byUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
