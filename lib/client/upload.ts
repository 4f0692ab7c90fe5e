/** Files on their way to the service and back: in pieces, never as a whole in memory. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { invalidInput, upstream } from '../core/index.ts';
import type { UploadTicket } from './answers.ts';
import { send } from './exchange.ts';

/** A file that is sent. */
export interface UploadOptions {
  readonly file: string;
  readonly sizeBytes: number;
  readonly onUpload?: ((sentBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Sends a file to the address of an upload ticket.
 *
 * @returns SHA-256 of the bytes sent
 * @throws upstream if the object store refuses or does not answer
 */
export async function uploadFile(
  ticket: Pick<UploadTicket, 'url' | 'method' | 'headers'>,
  { file, sizeBytes, onUpload }: UploadOptions,
): Promise<string> {
  const hash = createHash('sha256');
  let sent = 0;
  async function* pieces() {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 18 })) {
      hash.update(piece);
      yield piece;
      sent += piece.length;
      onUpload?.(sent, sizeBytes);
    }
  }
  const response = await send(ticket.url, {
    method: ticket.method,
    // Without a length the body would go in chunks, which S3 does not take.
    headers: { ...ticket.headers, 'content-length': String(sizeBytes) },
    body: sizeBytes === 0 ? '' : (Readable.toWeb(Readable.from(pieces())) as ReadableStream),
    duplex: 'half',
  } as RequestInit);
  const answer = await response.text();
  if (response.ok) return hash.digest('hex');
  const said = /<Message>([^<]*)<\/Message>/.exec(answer)?.[1] ?? `status ${response.status}`;
  throw upstream(`The upload of ${basename(file)} was refused: ${said}`, { code: 'upload_refused' });
}

/**
 * Size of a file in bytes.
 *
 * @throws invalid_request `file_not_found`
 */
export async function sizeOfFile(file: string): Promise<number> {
  const found = await stat(file).catch((cause: unknown) => {
    throw invalidInput(`There is no file "${file}".`, { code: 'file_not_found', param: 'file', cause });
  });
  if (found.isFile()) return found.size;
  throw invalidInput(`"${file}" is not a file; name one data file.`, {
    code: 'file_not_found',
    param: 'file',
  });
}

/**
 * Fetches an address into a file, which has its name only once it is whole.
 *
 * @throws upstream if the object store refuses, or breaks off
 */
export async function downloadFile(url: string, file: string): Promise<void> {
  const response = await send(url, {});
  if (!response.ok || !response.body) {
    throw upstream(`The download of ${basename(file)} was refused: status ${response.status}.`, {
      code: 'download_refused',
    });
  }
  const partial = `${file}.partial`;
  try {
    await pipeline(Readable.fromWeb(response.body as WebStream), createWriteStream(partial));
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw upstream(`"${file}" could not be written: ${(cause as Error).message}.`, {
      code: 'download_failed',
      cause,
    });
  }
}
