/** What is special about the import of embedding models; the code for them is loaded with the first one. */
import { readFile, writeFile } from 'node:fs/promises';
import type { EmbeddingSettings } from '../contracts/embedding.ts';
import { embeddingMetadata } from '../contracts/embedding-file.ts';

/**
 * Puts one ONNX file in the place of an archive that holds the folder of an embedding model; leaves any other file as it
 * is.
 *
 * @param path the file on this machine
 * @throws invalid_request `invalid_archive`, `invalid_embedding_model`, `unsupported_tokenizer`; too_large
 *   `upload_too_large`
 */
export async function unpackEmbedding(path: string): Promise<void> {
  const { withArchive } = await import('../archive/index.ts');
  await withArchive(path, async (entries) => {
    if (entries === null) return;
    const { isEmbeddingFolder, readEmbeddingFolder } = await import('./read-folder.ts');
    // Other archives are refused like any file that is no model.
    if (!isEmbeddingFolder(entries)) return;
    const { packEmbedding } = await import('./pack.ts');
    await writeFile(path, packEmbedding(await readEmbeddingFolder(entries)));
  });
}

/**
 * The settings of an embedding model, checked; undefined for any other model.
 *
 * @param metadata what the file says of itself
 * @throws invalid_request `invalid_embedding_model`, `unsupported_tokenizer`
 */
export async function embeddingOf(
  path: string,
  metadata: Readonly<Record<string, string>>,
): Promise<EmbeddingSettings | undefined> {
  if (!Object.hasOwn(metadata, embeddingMetadata.settings)) return undefined;
  const { readEmbedding } = await import('./pack.ts');
  return readEmbedding(await readFile(path)) ?? undefined;
}
