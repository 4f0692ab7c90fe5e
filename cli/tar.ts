/** Writes files as a tar archive, in the form of POSIX.1-1988 (ustar) that every tool reads. */
import { invalidInput } from '../lib/core/index.ts';

const blockBytes = 512;

/** A file to be archived. */
export interface TarFile {
  /** With `/` between its parts: at most 100 bytes, or 255 if it can be parted within the first 155. */
  readonly path: string;
  readonly body: Uint8Array;
}

/**
 * The archive. The same files give the same bytes: owners are root and times those given.
 *
 * @throws invalid_request for a path that is too long for the format
 */
export function tarOf(files: readonly TarFile[], modifiedAt: Date): Uint8Array {
  return Buffer.concat([...files.flatMap((file) => tarEntry(file, modifiedAt)), tarEnd]);
}

/** What an archive ends with. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockBytes);

/**
 * One file of an archive, in parts that follow one another.
 *
 * @throws invalid_request for a path that is too long for the format
 */
export function tarEntry({ path, body }: TarFile, modifiedAt: Date): readonly Uint8Array[] {
  const rest = (blockBytes - (body.length % blockBytes)) % blockBytes;
  return [headerOf(path, body.length, modifiedAt), body, new Uint8Array(rest)];
}

function headerOf(path: string, sizeBytes: number, modifiedAt: Date): Uint8Array {
  const header = Buffer.alloc(blockBytes);
  const [prefix, name] = partsOf(path);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(sizeBytes, 11), 124);
  header.write(octal(Math.floor(modifiedAt.getTime() / 1000), 11), 136);
  // The sum is made over the header with spaces in its own place.
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** The path in the two fields that it may fill. */
function partsOf(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw invalidInput(`"${path}" is too long for a tar archive.`);
}
