/** What explaining needs of a trained version, made with the first request and kept with the loaded model. */
import { artifactKeys } from '../../contracts/keys.ts';
import type { VersionManifest } from '../../contracts/records.ts';
import { internal, invalidInput, sha256 } from '../../core/index.ts';
import {
  type BackgroundRows,
  backgroundFeeds,
  createModelExplainer,
  type Feeds,
  type ModelExplainer,
} from '../../explain/index.ts';
import type { ObjectStore } from '../../storage/index.ts';
import { picturesOf } from '../pictures.ts';
import type { Releasable, RowModel } from '../version-cache.ts';

/** The file taken apart, and the rows to compare with if the version has any. */
export interface ModelParts extends Releasable {
  readonly explainer: ModelExplainer;
  readonly background: Feeds | null;
}

/**
 * The parts of a model; made once, however many ask.
 *
 * @throws invalid_request `pictures_not_explained`; internal `artifact_damaged` when a file is missing or not the one that was published
 */
export async function modelParts(artifacts: ObjectStore, model: RowModel): Promise<ModelParts> {
  const { extras, manifest } = model;
  const [picture] = picturesOf(manifest.schema);
  if (picture) throw notExplained(manifest.model, picture.name);
  let parts = extras.get('explain') as Promise<ModelParts> | undefined;
  if (!parts) {
    parts = openParts(artifacts, manifest);
    extras.set('explain', parts);
    // A failure is not kept: the next one who asks tries again.
    parts.catch(() => extras.delete('explain'));
  }
  return parts;
}

const notExplained = (model: string, column: string): Error =>
  invalidInput(
    `Model "${model}" looks at the pictures in "${column}"; what single pixels add to an answer is not told. Ask without an explanation.`,
    { code: 'pictures_not_explained', param: 'model' },
  );

async function openParts(artifacts: ObjectStore, manifest: VersionManifest): Promise<ModelParts> {
  const { model, artifact, background, schema } = manifest;
  const file = await readChecked(artifacts, artifactKeys.artifact(artifact.sha256), artifact.sha256);
  const rows = background
    ? await readChecked(artifacts, artifactKeys.background(model, background.sha256), background.sha256)
    : null;
  const explainer = await createModelExplainer(file);
  const stored: BackgroundRows | null = rows && JSON.parse(new TextDecoder().decode(rows));
  return {
    explainer,
    background: stored && backgroundFeeds(schema.features, stored),
    release: () => explainer.release(),
  };
}

async function readChecked(artifacts: ObjectStore, key: string, digest: string): Promise<Uint8Array> {
  const found = await artifacts.get(key);
  if (found && sha256(found.body) === digest) return found.body;
  throw internal(`The file "${key}" is missing or damaged.`, { code: 'artifact_damaged' });
}
