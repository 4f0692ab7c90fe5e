/** Published model versions: numbered, immutable, their artifacts named by content. */
import {
  artifactKeys,
  isImported,
  type PublishedVersion,
  publishedVersion,
  type RunRecord,
  type VersionManifest,
  versionNumber,
} from '../contracts/index.ts';
import { internal, sha256 } from '../core/index.ts';
import { mapConcurrent, readJson } from '../storage/index.ts';
import { type Page, type RegistryContext, versionNotFound } from './context.ts';

/** A version, or `null` if there is none of this number. */
export async function findVersion(
  { artifacts }: RegistryContext,
  model: string,
  version: string,
): Promise<PublishedVersion | null> {
  const key = artifactKeys.versionManifest(model, version);
  return (await readJson(artifacts, key, publishedVersion))?.value ?? null;
}

/** A version that was learnt here, or `null` if there is none of this number. */
export async function findTrainedVersion(
  context: RegistryContext,
  model: string,
  version: string,
): Promise<VersionManifest | null> {
  const found = await findVersion(context, model, version);
  return found && !isImported(found) ? found : null;
}

/** True once a run's version is published, and only to be decided about. */
export async function isPublished(
  context: RegistryContext,
  { model, run, version }: Pick<RunRecord, 'model' | 'run' | 'version'>,
): Promise<boolean> {
  return version !== null && (await findTrainedVersion(context, model, version))?.run === run;
}

/**
 * A version.
 *
 * @throws not_found `version_not_found`
 */
export async function getVersion(
  context: RegistryContext,
  model: string,
  version: string,
): Promise<PublishedVersion> {
  const found = await findVersion(context, model, version);
  if (!found) throw versionNotFound(model, version);
  return found;
}

/** Numbers of the published versions, oldest first. */
export async function listVersionNumbers(
  { artifacts }: RegistryContext,
  model: string,
): Promise<readonly string[]> {
  const numbers: string[] = [];
  for await (const folder of artifacts.listFolders(artifactKeys.versions(model))) {
    const number = folder.slice(0, -1);
    if (versionNumber.safeParse(number).success) numbers.push(number);
  }
  return numbers.sort((left, right) => Number(left) - Number(right));
}

/** The newest `limit` versions, oldest of them first. */
export async function listVersions(
  context: RegistryContext,
  model: string,
  { limit }: { readonly limit: number },
): Promise<Page<PublishedVersion>> {
  const numbers = await listVersionNumbers(context, model);
  const found = await mapConcurrent(numbers.slice(-limit), (version) => findVersion(context, model, version));
  return { items: found.filter((manifest) => manifest !== null), hasMore: numbers.length > limit };
}

/**
 * The bytes of a version's `.onnx` file, checked against their digest.
 *
 * @throws internal `artifact_missing` or `artifact_corrupt`
 */
export async function loadArtifact(
  { artifacts }: RegistryContext,
  { model, version, artifact }: Pick<PublishedVersion, 'model' | 'version' | 'artifact'>,
): Promise<Uint8Array> {
  const key = artifactKeys.artifact(artifact.sha256);
  const found = await artifacts.get(key);
  if (!found) {
    throw internal(`The file "${key}" of model "${model}" version ${version} is gone.`, {
      code: 'artifact_missing',
    });
  }
  if (sha256(found.body) !== artifact.sha256) {
    throw internal(`The file "${key}" of model "${model}" version ${version} is damaged.`, {
      code: 'artifact_corrupt',
    });
  }
  return found.body;
}
