/** A first pass over an uploaded text file: valid UTF-8, no NUL bytes, no line beyond the limit. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { fileError, megabytes } from './upload-error.ts';

const lineFeed = 0x0a;

/** What the pass needs to know. */
export interface TextCheckOptions {
  /** The user's name of the file. */
  readonly fileName: string;
  /** Longest line allowed; `null` where lines mean nothing (a JSON array). */
  readonly maxLineBytes: number | null;
}

/**
 * Reads the file once, in pieces.
 *
 * @throws invalid_request `nul_byte`, `not_utf8` or `line_too_long`, with the line
 */
export async function checkText(path: string, { fileName, maxLineBytes }: TextCheckOptions): Promise<void> {
  let line = 1;
  let lineStart = 0;
  let offset = 0;
  let carried: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const nul = piece.indexOf(0);
    if (nul >= 0) throw nulByte(fileName, line + countLineFeeds(piece, nul));
    const bytes: Buffer = carried.length > 0 ? Buffer.concat([carried, piece]) : piece;
    const tail = incompleteTail(bytes);
    const whole = bytes.subarray(0, bytes.length - tail);
    if (!isUtf8(whole)) {
      throw notUtf8(fileName, whole, { line, offset: offset - carried.length, lineStart });
    }
    carried = Buffer.from(bytes.subarray(bytes.length - tail));
    for (let at = piece.indexOf(lineFeed); at >= 0; at = piece.indexOf(lineFeed, at + 1)) {
      refuseLongLine(fileName, { line, sizeBytes: offset + at - lineStart, maxLineBytes });
      line += 1;
      lineStart = offset + at + 1;
    }
    offset += piece.length;
    refuseLongLine(fileName, { line, sizeBytes: offset - lineStart, maxLineBytes });
  }
  if (carried.length > 0)
    throw notUtf8(fileName, carried, { line, offset: offset - carried.length, lineStart });
}

interface LineSize {
  readonly line: number;
  readonly sizeBytes: number;
  readonly maxLineBytes: number | null;
}

function refuseLongLine(fileName: string, { line, sizeBytes, maxLineBytes }: LineSize): void {
  if (maxLineBytes === null || sizeBytes <= maxLineBytes) return;
  throw fileError(fileName, {
    code: 'line_too_long',
    line,
    message: `The line is longer than ${megabytes(maxLineBytes)} (at least ${megabytes(sizeBytes)}). Check for missing line breaks or a quote that is never closed.`,
  });
}

function nulByte(fileName: string, line: number): Error {
  return fileError(fileName, {
    code: 'nul_byte',
    line,
    message:
      'There is a NUL byte, so this is not a plain text table: it may be a binary file, or text in the encoding UTF-16. Save the data as CSV with the encoding UTF-8.',
  });
}

/** Where a piece of text lies in its file. */
interface PieceStart {
  readonly line: number;
  readonly offset: number;
  readonly lineStart: number;
}

function notUtf8(fileName: string, bytes: Buffer, start: PieceStart): Error {
  const at = firstInvalidByte(bytes);
  const lastFeed = at === 0 ? -1 : bytes.lastIndexOf(lineFeed, at - 1);
  const lineStart = lastFeed < 0 ? start.lineStart : start.offset + lastFeed + 1;
  const value = (bytes[at] as number).toString(16).padStart(2, '0');
  return fileError(fileName, {
    code: 'not_utf8',
    line: start.line + countLineFeeds(bytes, at),
    column: start.offset + at - lineStart + 1,
    message: `Byte 0x${value} at offset ${start.offset + at} is not valid UTF-8; the file probably has another encoding (Windows-1252 or Latin-1). Save it again with the encoding UTF-8 (in Excel: "CSV UTF-8").`,
  });
}

/** Bisects for the longest valid beginning, so that the native check does all the work. */
function firstInvalidByte(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    const part = bytes.subarray(0, middle);
    if (isUtf8(part.subarray(0, middle - incompleteTail(part)))) valid = middle;
    else invalid = middle;
  }
  // The bytes just before may belong to the character that `valid` cuts in two.
  return Math.max(0, valid - incompleteTail(bytes.subarray(0, valid)));
}

/** How many bytes at the end begin a character that is not complete: 0 to 3. */
function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

function countLineFeeds(bytes: Buffer, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0 && at < end; at = bytes.indexOf(lineFeed, at + 1))
    count += 1;
  return count;
}
