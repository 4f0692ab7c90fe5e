/** Keeps files of rows by content below a model's own prefix: unlike artifacts, which models share and which stay, they go when the model is removed. */
import type { VersionManifest } from '../contracts/index.ts';
import { artifactKeys } from '../contracts/index.ts';
import { conflict, sha256 } from '../core/index.ts';
import type { RegistryContext } from './context.ts';

/** The training rows that a version's explanations compare with, as JSON bytes, and how many they are. */
export interface Background {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** The newest values of every series, as JSON bytes, and of how many series they are. */
export interface History {
  readonly bytes: Uint8Array;
  readonly series: number;
}

/** @returns what the manifest says of them */
export async function storeBackground(
  context: RegistryContext,
  model: string,
  { bytes, rows }: Background,
): Promise<NonNullable<VersionManifest['background']>> {
  return { ...(await store(context, bytes, (digest) => artifactKeys.background(model, digest))), rows };
}

/** @returns what the manifest says of them */
export async function storeHistory(
  context: RegistryContext,
  model: string,
  { bytes, series }: History,
): Promise<NonNullable<VersionManifest['history']>> {
  return { ...(await store(context, bytes, (digest) => artifactKeys.seriesHistory(model, digest))), series };
}

async function store(
  { artifacts }: RegistryContext,
  bytes: Uint8Array,
  keyOf: (digest: string) => string,
): Promise<VersionManifest['artifact']> {
  const digest = sha256(bytes);
  const key = keyOf(digest);
  const written = await artifacts.put(key, bytes, { ifAbsent: true, contentType: 'application/json' });
  if (!written && !(await artifacts.head(key))) {
    throw conflict(`The file "${key}" could not be stored beside another write; try again.`, {
      code: 'too_much_contention',
    });
  }
  return { sha256: digest, size_bytes: bytes.length };
}
