/** Stores model files under the digest of their content: bytes that are there already are not written again. */
import { artifactKeys } from '../contracts/index.ts';
import { conflict } from '../core/index.ts';
import type { ObjectVersion, PutOptions } from '../storage/index.ts';
import type { RegistryContext } from './context.ts';

/**
 * Makes sure that the bytes of a digest are stored.
 *
 * @param write writes the bytes under the key it is given
 * @throws conflict `too_much_contention` if another write came between and left nothing
 */
export async function storeArtifact(
  { artifacts }: RegistryContext,
  digest: string,
  write: (key: string, options: PutOptions) => Promise<ObjectVersion | null>,
): Promise<void> {
  const key = artifactKeys.artifact(digest);
  const written = await write(key, { ifAbsent: true, contentType: 'application/octet-stream' });
  if (written || (await artifacts.head(key))) return;
  throw conflict(`The file "${key}" could not be stored beside another write; try again.`, {
    code: 'too_much_contention',
  });
}
