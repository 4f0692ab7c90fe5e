/** Reads zip archives by their central directory (PKWARE's APPNOTE, section 4.3). */
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import {
  type ArchiveBytes,
  type ArchiveEntry,
  invalidArchive,
  maxEntries,
  plainPath,
} from './archive-entry.ts';

const inflate = promisify(inflateRaw);

/** The record at the end, with the longest comment. */
const endBytes = 22;
const longestEnd = endBytes + 0xffff;
const directoryEntryBytes = 46;
const localHeaderBytes = 30;

const encrypted = 1;
const methods = { stored: 0, deflated: 8 } as const;

/** The files of the archive. */
export async function listZip(bytes: ArchiveBytes): Promise<readonly ArchiveEntry[]> {
  const tailStart = Math.max(0, bytes.sizeBytes - longestEnd);
  const tail = await bytes.read(tailStart, bytes.sizeBytes - tailStart);
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + endBytes > tail.length) throw invalidArchive('it is cut off');
  const count = tail.readUInt16LE(end + 10);
  const [size, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (count > maxEntries) throw invalidArchive(`it has more than ${maxEntries} files`);
  const directory = await bytes.read(start, size);
  const entries: ArchiveEntry[] = [];
  for (let index = 0, at = 0; index < count; index += 1) {
    if (
      at + directoryEntryBytes > directory.length ||
      directory.toString('latin1', at, at + 4) !== 'PK\x01\x02'
    ) {
      throw invalidArchive('its directory is damaged');
    }
    const nameEnd = at + directoryEntryBytes + directory.readUInt16LE(at + 28);
    const path = directory.toString('utf8', at + directoryEntryBytes, nameEnd);
    if (!path.endsWith('/')) entries.push(entryOf(bytes, directory.subarray(at), plainPath(path)));
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

function entryOf(bytes: ArchiveBytes, fields: Buffer, path: string): ArchiveEntry {
  const [flags, method, crc] = [fields.readUInt16LE(8), fields.readUInt16LE(10), fields.readUInt32LE(16)];
  const [packedBytes, sizeBytes] = [fields.readUInt32LE(20), fields.readUInt32LE(24)];
  const start = fields.readUInt32LE(42);
  const read = async (): Promise<Uint8Array> => {
    if (flags & encrypted) throw invalidArchive(`"${path}" is encrypted`);
    const header = await bytes.read(start, localHeaderBytes);
    const dataStart = start + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
    const body = await unpack(await bytes.read(dataStart, packedBytes), { method, sizeBytes, path });
    if (body.length !== sizeBytes || crc32(body) !== crc) throw invalidArchive(`"${path}" is damaged`);
    return body;
  };
  return { path, sizeBytes, read };
}

async function unpack(
  packed: Buffer,
  { method, sizeBytes, path }: { readonly method: number; readonly sizeBytes: number; readonly path: string },
): Promise<Uint8Array> {
  if (method === methods.stored) return packed;
  if (method !== methods.deflated)
    throw invalidArchive(`"${path}" is compressed by method ${method}; use deflate`);
  try {
    // No more than the directory says, whatever the file holds.
    return await inflate(packed, { maxOutputLength: Math.max(1, sizeBytes) });
  } catch {
    throw invalidArchive(`"${path}" is damaged`);
  }
}
