/** Reads tar archives: POSIX.1-1988 (ustar), with the long names of POSIX.1-2001 (pax) and of GNU. */
import {
  type ArchiveBytes,
  type ArchiveEntry,
  type ArchiveLimits,
  invalidArchive,
  plainPath,
  tooManyEntries,
} from './entry.ts';

const blockBytes = 512;
/** A file may have two before its own, of pax and of GNU; those of folders count too. */
const headersPerEntry = 3;
/** Longer names than any system takes. */
const maxNameBytes = 65_536;

/** The files of the archive; links and folders are passed over. */
export async function listTar(bytes: ArchiveBytes, limits: ArchiveLimits): Promise<readonly ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  let longName: string | null = null;
  let headers = 0;
  for (let at = 0; at + blockBytes <= bytes.sizeBytes; ) {
    const header = await bytes.read(at, blockBytes);
    if (header.every((byte) => byte === 0)) break;
    headers += 1;
    if (headers > headersPerEntry * limits.maxEntries) throw tooManyEntries(limits);
    const sizeBytes = readSize(header);
    const start = at + blockBytes;
    const kind = String.fromCharCode(header[156]!);
    if (kind === 'L' || kind === 'x') {
      longName = (await readLongName(bytes, { kind, start, sizeBytes })) ?? longName;
    } else {
      const path = plainPath(longName ?? nameOf(header));
      longName = null;
      if (kind === '0' || kind === '\0') {
        entries.push({ path, sizeBytes, read: () => bytes.read(start, sizeBytes) });
      }
    }
    at = start + Math.ceil(sizeBytes / blockBytes) * blockBytes;
  }
  return entries;
}

/** The name of the next entry, from a header that stands before it. */
async function readLongName(
  bytes: ArchiveBytes,
  { kind, start, sizeBytes }: { readonly kind: string; readonly start: number; readonly sizeBytes: number },
): Promise<string | null> {
  if (sizeBytes > maxNameBytes) throw invalidArchive('a name in it is too long');
  const text = (await bytes.read(start, sizeBytes)).toString('utf8');
  return kind === 'L' ? untilZero(text) : paxPath(text);
}

/** In octal digits; tools write larger sizes than fit there, which are larger than is taken, in binary. */
function readSize(header: Buffer): number {
  const digits = untilZero(header.toString('latin1', 124, 136)).trim();
  if (!/^[0-7]{1,11}$/.test(digits)) throw invalidArchive('a file in it has no size, or one above 8 GB');
  return Number.parseInt(digits, 8);
}

function nameOf(header: Buffer): string {
  const [name, prefix] = [header.toString('utf8', 0, 100), header.toString('utf8', 345, 500)].map(untilZero);
  return prefix === '' ? name! : `${prefix}/${name}`;
}

/** The `path` of a pax header: lines of a length, a key and a value. */
function paxPath(text: string): string | null {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? null;
}

function untilZero(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
