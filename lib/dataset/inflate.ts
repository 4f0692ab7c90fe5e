/** Unpacks gzip into the work directory, bounded, so that a small upload cannot fill the disk. */
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isOnrampError } from '../core/index.ts';
import { fileError, megabytes } from './upload-error.ts';

/** What to unpack, where to, and how much at most. */
export interface InflateOptions {
  readonly fileName: string;
  readonly destination: string;
  readonly maxBytes: number;
}

/**
 * Writes the unpacked content of a gzip file to `destination`.
 *
 * @throws invalid_request `truncated_file`, `corrupt_gzip`, or `file_too_large`
 */
export async function inflate(
  path: string,
  { fileName, destination, maxBytes }: InflateOptions,
): Promise<void> {
  let written = 0;
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      if (written <= maxBytes) done(null, chunk);
      else done(tooLarge(fileName, maxBytes));
    },
  });
  try {
    await pipeline(createReadStream(path), createGunzip(), bound, createWriteStream(destination));
  } catch (cause) {
    if (isOnrampError(cause)) throw cause;
    throw gzipFault(fileName, cause);
  }
}

/** The refusal of a file that is larger than allowed, packed or not. */
export function tooLarge(fileName: string, maxBytes: number): Error {
  return fileError(fileName, {
    code: 'file_too_large',
    message: `The file holds more than ${megabytes(maxBytes)} of data, which is the limit. Upload fewer rows or columns.`,
  });
}

function gzipFault(fileName: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  if (code === 'Z_BUF_ERROR') {
    return fileError(fileName, {
      code: 'truncated_file',
      message: 'The gzip file is cut off: its end is missing. Upload it again, whole.',
      cause,
    });
  }
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return fileError(fileName, {
      code: 'corrupt_gzip',
      message: 'The gzip file is damaged and cannot be unpacked. Pack it again and upload it.',
      cause,
    });
  }
  throw cause;
}
