/** Prepares a body that was uploaded: read by one address, written by another, each good for one object. */
import { imageLimits } from '../contracts/limits.ts';
import type { FileAnswer, FileRequest, PictureDecoder } from '../contracts/preparation.ts';
import { invalidInput, upstream } from '../core/index.ts';
import { preparePictures } from './picture-tensor.ts';

/** What it is done with. */
export interface FileTools {
  readonly decode: PictureDecoder;
  readonly fetch: typeof fetch;
}

/**
 * Writes what a container takes in place of the pictures of a file.
 *
 * @throws invalid_request for what `preparePictures` refuses, and `upload_too_large`; upstream `object_store_failed`
 */
export async function prepareFile(request: FileRequest, { decode, fetch }: FileTools): Promise<FileAnswer> {
  const { image, content_type: contentType, source, target } = request;
  const found = await fetch(source);
  if (!found.ok) throw failed('read', found.status);
  if (Number(found.headers.get('content-length')) > imageLimits.fileBytes) throw fileTooLarge();
  const given = Buffer.from(await found.arrayBuffer());
  const made = await preparePictures(
    decode,
    { contentType, text: () => given.toString(), bytes: () => given },
    image,
  );
  const stored = await fetch(target, { method: 'PUT', body: made.content as Uint8Array<ArrayBuffer> });
  if (!stored.ok) throw failed('written', stored.status);
  return {
    kind: 'file',
    content_type: made.contentType,
    ...(made.jsonBytes !== undefined && { json_bytes: made.jsonBytes }),
    size_bytes: made.content.length,
  };
}

/** @throws by whoever lets a file be prepared, and here once more */
export const fileTooLarge = (): Error =>
  invalidInput(
    `"input": pictures are prepared from files of at most ${imageLimits.fileBytes} bytes; send fewer at a time.`,
    { code: 'upload_too_large', param: 'input' },
  );

const failed = (what: string, status: number): Error =>
  upstream(`Object store: the uploaded pictures cannot be ${what}: status ${status}`, {
    code: 'object_store_failed',
  });
