/** The content of a `model.tar.gz` that the container serves: the artifact bucket, cut down to one version. */
import { artifactKeys } from './keys.ts';
import type { Aliases, PublishedVersion } from './records.ts';

/** A file of an archive. */
export interface ArchiveFile {
  /** Path inside the archive; that of the object in the bucket. */
  readonly path: string;
  readonly body: Uint8Array;
}

/**
 * The files that serve a version by themselves: its manifest, its `.onnx` file, and itself as the live one. The rows
 * that explanations compare with are left out: they are rows of people, and nothing that is served here needs them.
 */
export function servingFiles(version: PublishedVersion, artifact: Uint8Array): readonly ArchiveFile[] {
  const { background: _, ...manifest } = version as PublishedVersion & { readonly background?: unknown };
  const { model, version: number, created, artifact: file } = version;
  const aliases: Aliases = { live: number, previous: [], changed: created, reason: 'packaged' };
  return [
    { path: artifactKeys.versionManifest(model, number), body: jsonBytes(manifest) },
    { path: artifactKeys.aliases(model), body: jsonBytes(aliases) },
    { path: artifactKeys.artifact(file.sha256), body: artifact },
  ];
}

const jsonBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
