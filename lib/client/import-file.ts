/** Brings a model file that was trained elsewhere to the service. */
import type { ImportedManifest } from '../contracts/records.ts';
import { invalidInput } from '../core/index.ts';
import type { ApiClient } from './client.ts';
import { sizeOfFile, uploadFile } from './upload.ts';

/** What is brought. */
export interface ImportFileOptions {
  readonly model: string;
  /** Path of the `.onnx` file. */
  readonly file: string;
  /** False keeps the version from going live. */
  readonly promote?: boolean;
  readonly onUpload?: (sentBytes: number, totalBytes: number) => void;
  /** Called once the whole file is with the service, which then looks into it. */
  readonly onUploaded?: () => void;
}

/**
 * Uploads a file and has it imported as the next version of a model.
 *
 * @throws the service's refusal; invalid_request if the file cannot be read or is empty
 */
export async function importFile(
  client: ApiClient,
  { model, file, promote = true, onUpload, onUploaded }: ImportFileOptions,
): Promise<ImportedManifest> {
  const sizeBytes = await sizeOfFile(file);
  if (sizeBytes === 0) throw invalidInput(`"${file}" is empty.`, { code: 'not_onnx', param: 'file' });
  const { upload, ...ticket } = await client.call('create-import-upload', {
    path: { model },
    body: { bytes: sizeBytes },
  });
  await uploadFile(ticket, { file, sizeBytes, onUpload });
  onUploaded?.();
  const query = promote ? {} : { promote };
  return client.call('import-version', { path: { model }, query, body: { upload } });
}
