/** Files on their way to become a version: too large for a request, they wait in the store for a day. */
import { artifactKeys, importLimits } from '../contracts/index.ts';
import { notFound, OnrampError } from '../core/index.ts';
import type { RegistryContext } from './context.ts';

const keptMs = 24 * 3_600_000;
const addressSeconds = 3600;

/** Where a file can be sent. */
export interface ImportAddress {
  readonly upload: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * An address to send a model file of this size to, for an hour. Uploads of the model that are older than a day are removed: the file
 * of an import is kept for so long, that a request may be repeated.
 *
 * @param id name of the upload
 * @throws too_large `upload_too_large`
 */
export async function createImportUpload(
  { artifacts, clock }: RegistryContext,
  model: string,
  { id, sizeBytes }: { readonly id: string; readonly sizeBytes: number },
): Promise<ImportAddress> {
  if (sizeBytes > importLimits.fileBytes) throw fileTooLarge(sizeBytes);
  for await (const { key, modifiedAt } of artifacts.list(artifactKeys.modelImports(model))) {
    if (clock.now() - modifiedAt > keptMs) await artifacts.delete(key);
  }
  const options = { expiresInSeconds: addressSeconds, sizeBytes };
  return { upload: id, ...(await artifacts.presign('PUT', artifactKeys.import(model, id), options)) };
}

/**
 * Copies an upload into a file.
 *
 * @throws not_found `upload_not_found`; too_large `upload_too_large`
 */
export async function fetchImportUpload(
  { artifacts }: RegistryContext,
  model: string,
  { id, path }: { readonly id: string; readonly path: string },
): Promise<void> {
  const key = artifactKeys.import(model, id);
  const found = await artifacts.head(key);
  if (found && found.sizeBytes > importLimits.fileBytes) throw fileTooLarge(found.sizeBytes);
  if (found && (await artifacts.download(key, path))) return;
  throw notFound(
    `Nothing was uploaded as "${id}"; PUT the file to the address that POST /v1/models/${model}/versions/uploads gives.`,
    { code: 'upload_not_found', param: 'upload' },
  );
}

/** The refusal of a file that is too large to be imported. */
const fileTooLarge = (sizeBytes: number): OnrampError =>
  new OnrampError(
    'too_large',
    `The file has ${sizeBytes} bytes; at most ${importLimits.fileBytes} can be imported.`,
    { code: 'upload_too_large', param: 'bytes' },
  );
