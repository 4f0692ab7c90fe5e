/** Reads the archives in which folders are sent: tar and zip, their entries found first and read one by one. */
import { type FileHandle, open } from 'node:fs/promises';
import { type ArchiveBytes, type ArchiveEntry, type ArchiveLimits, invalidArchive } from './entry.ts';
import { listTar } from './tar.ts';
import { listZip } from './zip.ts';

/** More files than any folder of a model has. */
const usualLimits: ArchiveLimits = { maxEntries: 10_000 };

/**
 * Does work with the files of an archive; with null if the file is none.
 *
 * @throws invalid_request `invalid_archive`
 */
export async function withArchive<T>(
  path: string,
  work: (entries: readonly ArchiveEntry[] | null) => Promise<T>,
  limits = usualLimits,
): Promise<T> {
  const file = await open(path);
  try {
    const bytes = await bytesOf(file);
    return await work(await listEntries(bytes, limits));
  } finally {
    await file.close();
  }
}

async function listEntries(
  bytes: ArchiveBytes,
  limits: ArchiveLimits,
): Promise<readonly ArchiveEntry[] | null> {
  const start = await bytes.read(0, Math.min(bytes.sizeBytes, 512));
  if (start.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) return listZip(bytes, limits);
  if (start.length === 512 && start.toString('latin1', 257, 262) === 'ustar') return listTar(bytes, limits);
  return null;
}

async function bytesOf(file: FileHandle): Promise<ArchiveBytes> {
  const { size: sizeBytes } = await file.stat();
  return {
    sizeBytes,
    read: async (position, length) => {
      if (length < 0 || position < 0 || position + length > sizeBytes) throw invalidArchive('it is cut off');
      const buffer = Buffer.alloc(length);
      for (let offset = 0; offset < length; ) {
        const { bytesRead } = await file.read(buffer, { offset, position: position + offset });
        if (bytesRead === 0) throw invalidArchive('it is cut off');
        offset += bytesRead;
      }
      return buffer;
    },
  };
}
