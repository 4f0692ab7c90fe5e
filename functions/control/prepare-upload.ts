/**
 * What was uploaded for a job becomes what the container takes, before its endpoint is asked: pictures here, rows and texts
 * by a worker, as that takes models and may take minutes.
 */
import { isJsonType, isTableType, mediaType } from '../../lib/contracts/content-type.ts';
import type { JobPreparation } from '../../lib/contracts/endpoint-input.ts';
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import type { ImageInput } from '../../lib/contracts/image-input.ts';
import { artifactKeys, type JobInput } from '../../lib/contracts/index.ts';
import { imageLimits, preparationLimits } from '../../lib/contracts/limits.ts';
import { OnrampError, upstream } from '../../lib/core/index.ts';
import type { BroughtInput } from '../../lib/jobs/index.ts';
import { fileTooLarge, prepareRemotely } from '../../lib/preparation/index.ts';
import { openPrepare } from '../middleware/preparation.ts';
import type { ControlPlatform } from './routing.ts';

/** How the model takes pictures, if it was declared so and the file has any: a picture, or JSON with some. */
export function imageFor({ input, speaks }: EndpointModel, contentType: string): ImageInput | null {
  if (speaks !== 'raw' || !input || !('image' in input)) return null;
  return isJsonType(contentType) || mediaType(contentType).startsWith('image/') ? input.image : null;
}

/** What a worker is to make of the file, if the model was declared so and the file has rows or texts. */
export function preparationFor({ input }: EndpointModel, contentType: string): JobPreparation | undefined {
  if (!input || 'image' in input || !(isJsonType(contentType) || isTableType(contentType))) return;
  return 'transform' in input ? { format: 'json', ...input } : input;
}

/** @throws too_large `upload_too_large` for a JSON body that is too long to be read as a whole */
export function requireReadable({ size_bytes: bytes }: JobInput, contentType: string): void {
  const { bodyBytes } = preparationLimits;
  if (bytes <= bodyBytes || !isJsonType(contentType)) return;
  throw new OnrampError(
    'too_large',
    `"input": the file has ${bytes} bytes; JSON is prepared up to ${bodyBytes}. Bring the rows as CSV, JSON Lines or Parquet.`,
    { code: 'upload_too_large', param: 'input' },
  );
}

/** A file to prepare for a job. */
export interface UploadToPrepare {
  /** Of the job. */
  readonly id: string;
  readonly endpoint: string;
  readonly upload: JobInput;
  readonly contentType: string;
  readonly image: ImageInput;
}

/** The function that decodes sees these two objects, for so long, and nothing else. */
const expiresInSeconds = 60;

/**
 * Has the file prepared.
 *
 * @throws invalid_request as predictions with pictures are refused, and `upload_too_large`; what `Invoke` throws
 */
export async function prepareUpload(
  { artifacts, openPrepareFunction = openPrepare }: ControlPlatform,
  { id, endpoint, upload, contentType, image }: UploadToPrepare,
): Promise<BroughtInput> {
  if (upload.size_bytes > imageLimits.fileBytes) throw fileTooLarge();
  const key = artifactKeys.endpointInput(endpoint, id);
  const source = await artifacts.presign('GET', upload.key, { expiresInSeconds });
  const target = await artifacts.presign('PUT', key, { expiresInSeconds });
  const made = await prepareRemotely(await openPrepareFunction(), {
    ...{ image, content_type: contentType },
    ...{ source: source.url, target: target.url },
  });
  const stored = await artifacts.head(key);
  if (!stored) throw upstream(`What was made of "${upload.key}" is gone.`, { code: 'input_missing' });
  const input: JobInput = {
    ...{ kind: 'body', bucket: 'artifacts', key, file: upload.file },
    ...{ etag: stored.etag, size_bytes: made.sizeBytes },
  };
  return { ...input, contentType: made.contentType, upload: upload.key };
}
