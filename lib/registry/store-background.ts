/** Keeps the training rows that a version's explanations compare with. */
import { artifactKeys, type VersionManifest } from '../contracts/index.ts';
import { conflict, sha256 } from '../core/index.ts';
import type { RegistryContext } from './context.ts';

/** Rows as JSON bytes, and how many they are. */
export interface Background {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/**
 * Stores rows by content below the model's own prefix: unlike artifacts, which models share and which stay, they go
 * when the model is removed.
 *
 * @returns what the manifest says of them
 */
export async function storeBackground(
  { artifacts }: RegistryContext,
  model: string,
  { bytes, rows }: Background,
): Promise<NonNullable<VersionManifest['background']>> {
  const digest = sha256(bytes);
  const key = artifactKeys.background(model, digest);
  const written = await artifacts.put(key, bytes, { ifAbsent: true, contentType: 'application/json' });
  if (!written && !(await artifacts.head(key))) {
    throw conflict(`The file "${key}" could not be stored beside another write; try again.`, {
      code: 'too_much_contention',
    });
  }
  return { sha256: digest, size_bytes: bytes.length, rows };
}
