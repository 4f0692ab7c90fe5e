/** Reads zip archives by their central directory (PKWARE's APPNOTE, section 4.3). */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import {
  type ArchiveBytes,
  type ArchiveEntry,
  type ArchiveLimits,
  invalidArchive,
  plainPath,
  tooManyEntries,
} from './entry.ts';

const inflate = promisify(inflateRaw);

/** The record at the end, with the longest comment. */
const endBytes = 22;
const longestEnd = endBytes + 0xffff;
const directoryEntryBytes = 46;
const localHeaderBytes = 30;
const largeLocatorBytes = 20;
const largeEndBytes = 56;

const encrypted = 1;
const methods = { stored: 0, deflated: 8 } as const;

/** The files of the archive. */
export async function listZip(bytes: ArchiveBytes, limits: ArchiveLimits): Promise<readonly ArchiveEntry[]> {
  const { count, sizeBytes, start } = await findDirectory(bytes);
  if (count > limits.maxEntries) throw tooManyEntries(limits);
  const directory = await bytes.read(start, sizeBytes);
  const entries: ArchiveEntry[] = [];
  for (let index = 0, at = 0; index < count; index += 1) {
    if (
      at + directoryEntryBytes > directory.length ||
      directory.toString('latin1', at, at + 4) !== 'PK\x01\x02'
    ) {
      throw invalidArchive('its directory is damaged');
    }
    const nameEnd = at + directoryEntryBytes + directory.readUInt16LE(at + 28);
    const path = decodeName(directory.subarray(at + directoryEntryBytes, nameEnd));
    if (!path.endsWith('/')) entries.push(entryOf(bytes, directory.subarray(at), plainPath(path)));
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/** Code page 437 from 128 on. */
const page437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** In UTF-8 or, as Windows packs, in code page 437 (appendix D); which of them, not every tool says. */
const decodeName = (bytes: Buffer): string =>
  isUtf8(bytes)
    ? bytes.toString('utf8')
    : Array.from(bytes, (byte) => page437[byte - 128] ?? String.fromCharCode(byte)).join('');

interface Directory {
  readonly count: number;
  readonly sizeBytes: number;
  readonly start: number;
}

async function findDirectory(bytes: ArchiveBytes): Promise<Directory> {
  const tailStart = Math.max(0, bytes.sizeBytes - longestEnd);
  const tail = await bytes.read(tailStart, bytes.sizeBytes - tailStart);
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + endBytes > tail.length) throw invalidArchive('it is cut off');
  const count = tail.readUInt16LE(end + 10);
  const [sizeBytes, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  const isLarge = count === 0xffff || start === 0xffffffff;
  return (isLarge && (await findLargeDirectory(bytes, tailStart + end))) || { count, sizeBytes, start };
}

/** Zip64: more files or bytes than the usual record can count have one of their own before it; null without one. */
async function findLargeDirectory(bytes: ArchiveBytes, end: number): Promise<Directory | null> {
  const locatorStart = end - largeLocatorBytes;
  if (locatorStart < 0) return null;
  const locator = await bytes.read(locatorStart, largeLocatorBytes);
  if (locator.toString('latin1', 0, 4) !== 'PK\x06\x07') return null;
  const record = await bytes.read(Number(locator.readBigUInt64LE(8)), largeEndBytes);
  if (record.toString('latin1', 0, 4) !== 'PK\x06\x06') throw invalidArchive('its directory is damaged');
  const [count, sizeBytes, start] = [32, 40, 48].map((at) => Number(record.readBigUInt64LE(at)));
  return { count: count!, sizeBytes: sizeBytes!, start: start! };
}

function entryOf(bytes: ArchiveBytes, fields: Buffer, path: string): ArchiveEntry {
  const [flags, method, crc] = [fields.readUInt16LE(8), fields.readUInt16LE(10), fields.readUInt32LE(16)];
  const { packedBytes, sizeBytes, start } = placeOf(fields);
  const read = async (): Promise<Uint8Array> => {
    if (flags & encrypted) throw invalidArchive(`"${path}" is encrypted`);
    const header = await bytes.read(start, localHeaderBytes);
    // The sizes of all files are what limits are checked by: nobody packs a file into more.
    if (packedBytes > packedLimit(sizeBytes)) throw invalidArchive(`"${path}" is damaged`);
    const dataStart = start + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
    const body = await unpack(await bytes.read(dataStart, packedBytes), { method, sizeBytes, path });
    if (body.length !== sizeBytes || crc32(body) !== crc) throw invalidArchive(`"${path}" is damaged`);
    return body;
  };
  return { path, sizeBytes, read };
}

/** Deflate adds five bytes to each of its blocks that it cannot shorten; some tools make very small ones. */
const packedLimit = (sizeBytes: number): number => 2 * sizeBytes + 1024;

interface EntryPlace {
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly start: number;
}

/** Numbers that have no room in the fields stand, in this order, in an extra field of zip64. */
function placeOf(fields: Buffer): EntryPlace {
  const [sizeBytes, packedBytes, start] = [24, 20, 42].map((at) => fields.readUInt32LE(at));
  const extraStart = directoryEntryBytes + fields.readUInt16LE(28);
  const extra = fields.subarray(extraStart, extraStart + fields.readUInt16LE(30));
  let large = largeField(extra);
  const [size, packed, begin] = [sizeBytes!, packedBytes!, start!].map((value) => {
    if (value !== 0xffffffff || large.length < 8) return value;
    const whole = Number(large.readBigUInt64LE(0));
    large = large.subarray(8);
    return whole;
  });
  return { sizeBytes: size!, packedBytes: packed!, start: begin! };
}

function largeField(extra: Buffer): Buffer {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) return extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  }
  return Buffer.alloc(0);
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
