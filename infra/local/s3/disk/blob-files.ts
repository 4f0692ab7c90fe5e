/** The bytes of objects: immutable files with random names, removed when no record and no reader needs them. */
import { createReadStream } from 'node:fs';
import { copyFile, link, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { internal } from '../../../../lib/core/index.ts';
import { syncDirectory, withFile } from './durable-file.ts';

/** A stretch of one blob to read; `end` is not included. */
export interface BlobSlice {
  readonly blob: string;
  readonly start: number;
  readonly end: number;
}

/** A blob that is safe on the disk and that no record names yet. */
export interface NewBlob {
  readonly blob: string;
  readonly sizeBytes: number;
}

/** A blob that may still be in memory; nothing of it needs to stay when it is never flushed. */
export interface StagedBlob extends NewBlob {
  /** Makes it safe on the disk; called at most once. */
  flush(): Promise<void>;
}

/** All blobs of one store. */
export interface BlobFiles {
  /**
   * Takes in a stream. A small one waits in memory for `flush`, so that a write that is refused in the end has cost
   * nothing; a large one is on the disk already. A stream that throws leaves nothing behind.
   */
  stage(source: AsyncIterable<Uint8Array>): Promise<StagedBlob>;
  /** Stores a stream; a stream that throws leaves nothing behind. */
  write(source: AsyncIterable<Uint8Array>): Promise<NewBlob>;
  /** A second name for the same bytes, so that each record owns its blobs alone. */
  duplicate(blob: string): Promise<string>;
  /** Opens slices for reading; the blobs stay until `close`, even when they are removed meanwhile. */
  open(slices: readonly BlobSlice[]): BlobReader;
  /** Removes blobs now, or when their last reader closes. */
  remove(blobs: readonly string[]): Promise<void>;
  /** Removes every blob that `isNamed` does not know; gives those it met that are named. */
  sweep(isNamed: (blob: string) => boolean): Promise<ReadonlySet<string>>;
}

/** Slices held open, one after the other. */
export interface BlobReader {
  /** All bytes at once, for small reads. */
  bytes(): Promise<Buffer>;
  stream(): Readable;
  close(): Promise<void>;
}

const readAheadBytes = 512 * 1024;
const stagedBytes = 128 * 1024;

/** @param directories where blobs live, and where they are written before they are whole */
export function createBlobFiles(
  directories: { readonly blobs: string; readonly temporary: string },
  createId: () => string,
): BlobFiles {
  const pathOf = (blob: string): string => join(directories.blobs, blob);
  const readers = new Map<string, number>();
  const doomed = new Set<string>();
  // What cannot be removed now is swept at the next start: the commit it followed stands.
  const unlink = (blob: string): Promise<void> => rm(pathOf(blob), { force: true }).catch(() => {});

  const remove = async (blobs: readonly string[]): Promise<void> => {
    const free = blobs.filter((blob) => !readers.has(blob));
    for (const blob of blobs) if (readers.has(blob)) doomed.add(blob);
    await Promise.all(free.map(unlink));
  };
  const release = async (blob: string): Promise<void> => {
    const left = readers.get(blob)! - 1;
    if (left > 0) return void readers.set(blob, left);
    readers.delete(blob);
    if (doomed.delete(blob)) await unlink(blob);
  };
  const persist: Persist = async (blob, source) => {
    const temporary = join(directories.temporary, blob);
    try {
      const sizeBytes = await writeStream(temporary, source);
      await rename(temporary, pathOf(blob));
      await syncDirectory(directories.blobs);
      return sizeBytes;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };

  return {
    remove,
    stage: (source) => stageBlob(source, createId(), persist),
    write: async (source) => {
      const blob = createId();
      return { blob, sizeBytes: await persist(blob, source) };
    },
    duplicate: async (original) => {
      const blob = createId();
      // A hard link is instant; some file systems have none.
      await link(pathOf(original), pathOf(blob)).catch(() => copyFile(pathOf(original), pathOf(blob)));
      await syncDirectory(directories.blobs);
      return blob;
    },
    open: (slices) => {
      for (const { blob } of slices) readers.set(blob, (readers.get(blob) ?? 0) + 1);
      return createReader(slices, { pathOf, release });
    },
    sweep: async (isNamed) => {
      const found = await readdir(directories.blobs);
      await remove(found.filter((blob) => !isNamed(blob)));
      return new Set(found.filter(isNamed));
    },
  };
}

/** Writes a whole blob durably and gives its size. */
type Persist = (blob: string, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => Promise<number>;

async function stageBlob(
  source: AsyncIterable<Uint8Array>,
  blob: string,
  persist: Persist,
): Promise<StagedBlob> {
  const iterator = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= stagedBytes) {
    const next = await iterator.next();
    if (next.done) return { blob, sizeBytes, flush: async () => void (await persist(blob, head)) };
    head.push(next.value);
    sizeBytes += next.value.length;
  }
  async function* whole(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { blob, sizeBytes: await persist(blob, whole()), flush: async () => {} };
}

function createReader(
  slices: readonly BlobSlice[],
  { pathOf, release }: { pathOf: (blob: string) => string; release: (blob: string) => Promise<void> },
): BlobReader {
  async function* pieces(): AsyncGenerator<Buffer, void, undefined> {
    for (const { blob, start, end } of slices) {
      if (start >= end) continue;
      const path = pathOf(blob);
      let left = end - start;
      for await (const piece of createReadStream(path, {
        start,
        end: end - 1,
        highWaterMark: readAheadBytes,
      })) {
        left -= (piece as Buffer).length;
        yield piece as Buffer;
      }
      // Or the client would wait for the rest until it gives up.
      if (left > 0) throw shorterThanRecord(path);
    }
  }
  let open = true;
  return {
    bytes: async () => {
      const parts = await Promise.all(slices.map((slice) => readSlice(pathOf(slice.blob), slice)));
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    },
    stream: () => Readable.from(pieces(), { objectMode: false, highWaterMark: readAheadBytes }),
    close: async () => {
      if (!open) return;
      open = false;
      await Promise.all(slices.map(({ blob }) => release(blob)));
    },
  };
}

async function readSlice(path: string, { start, end }: BlobSlice): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  const { bytesRead } = await withFile(path, 'r', (file) => file.read(bytes, 0, bytes.length, start));
  if (bytesRead < bytes.length) throw shorterThanRecord(path);
  return bytes;
}

function shorterThanRecord(path: string): Error {
  return internal(`Blob ${path} is shorter than its record says.`);
}

/** Writes and flushes; the next piece is taken in while the last one is on its way to the disk. */
async function writeStream(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  return withFile(path, 'wx', async (file) => {
    let sizeBytes = 0;
    let pending: Promise<unknown> = Promise.resolve();
    try {
      for await (const piece of source) {
        await pending;
        pending = writeFully(file, piece, sizeBytes);
        pending.catch(() => {});
        sizeBytes += piece.length;
      }
    } finally {
      await pending;
    }
    await file.sync();
    return sizeBytes;
  });
}

async function writeFully(
  file: {
    write(
      data: Uint8Array,
      offset: number,
      length: number,
      position: number,
    ): Promise<{ bytesWritten: number }>;
  },
  piece: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < piece.length) {
    done += (await file.write(piece, done, piece.length - done, position + done)).bytesWritten;
  }
}
