/** Brings a model file along: checked and tried by somebody else, stored, published as the next version. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import {
  artifactKeys,
  type ImportedManifest,
  type ImportSpec,
  importSpec,
  isImported,
} from '../contracts/index.ts';
import { conflict, type OnrampError } from '../core/index.ts';
import { mapConcurrent, writeJson } from '../storage/index.ts';
import { setLive } from './aliases.ts';
import { modelNotFound, type RegistryContext, timestamp } from './context.ts';
import { findModel, isTrained } from './specs.ts';
import { storeArtifact } from './store-artifact.ts';
import { findVersion, listVersionNumbers } from './versions.ts';

/** What is said of a file by whoever looked into it. */
export type ImportDraft = Pick<
  ImportedManifest,
  'signature' | 'producer' | 'opsets' | 'metadata' | 'embedding' | 'probe' | 'serving' | 'warnings'
>;

/** What is brought along. */
export interface ImportOptions {
  /** The `.onnx` file on this machine. */
  readonly path: string;
  /** Looks into the file; throws if it cannot be served. Not called for a file that is a version already. */
  readonly inspect: (path: string) => Promise<ImportDraft>;
  /** Makes the version live. */
  readonly promote: boolean;
}

/** Others can take a number only by importing too, so this many in a row do not happen by chance. */
const maxNumbers = 100;

/**
 * Publishes a file as the next version of a model, which comes to be with its first version. The same bytes again give
 * the version that holds them already.
 *
 * First the artifact is stored, then the manifest is written on the condition that its number is free: a reader never
 * sees half a version, and of two imports at the same time each gets a number of its own.
 *
 * @returns the version, and whether it is new
 * @throws conflict `trained_model` if the model learns from a data set; and what `inspect` throws
 */
export async function importModel(
  context: RegistryContext,
  model: string,
  { path, inspect, promote }: ImportOptions,
): Promise<{ readonly manifest: ImportedManifest; readonly created: boolean }> {
  const isThere = await refuseTrained(context, model);
  const sha256 = await digestFile(path);
  const { known } = await surveyVersions(context, model, sha256);
  const result =
    isThere && known
      ? { manifest: known, created: false }
      : await publishImport(context, model, { path, sha256, draft: await inspect(path) });
  if (promote) await setLive(context, model, { version: result.manifest.version, reason: 'imported' });
  return result;
}

/** True if the model exists, which then is one that was imported. */
async function refuseTrained(context: RegistryContext, model: string): Promise<boolean> {
  const found = await findModel(context, model);
  if (found && isTrained(found)) throw trainedModel(model);
  return found !== null;
}

const trainedModel = (model: string): OnrampError =>
  conflict(
    `Model "${model}" learns from a data set, and its versions do not mix with imported ones; import under another name.`,
    { code: 'trained_model', param: 'model' },
  );

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The version that holds these bytes, if any, and the number that no version had when it was looked for. */
async function surveyVersions(
  context: RegistryContext,
  model: string,
  sha256: string,
): Promise<{ readonly known: ImportedManifest | null; readonly next: string }> {
  const numbers = await listVersionNumbers(context, model);
  const versions = await mapConcurrent(numbers, (number) => findVersion(context, model, number));
  const found = versions.find((version) => version?.artifact.sha256 === sha256);
  return {
    known: found && isImported(found) ? found : null,
    next: String(Number(numbers.at(-1) ?? '0') + 1),
  };
}

interface CheckedFile {
  readonly path: string;
  readonly sha256: string;
  readonly draft: ImportDraft;
}

async function publishImport(
  context: RegistryContext,
  model: string,
  { path, sha256, draft }: CheckedFile,
): Promise<{ readonly manifest: ImportedManifest; readonly created: boolean }> {
  const { size } = await stat(path);
  await storeArtifact(context, sha256, (key, options) => context.artifacts.upload(key, path, options));
  await makeModel(context, model);
  const artifact = { sha256, size_bytes: size };
  for (let tried = 0; tried < maxNumbers; tried += 1) {
    // Looked for anew each time: a number is only taken once no version below it holds these bytes.
    const { known, next: version } = await surveyVersions(context, model, sha256);
    if (known) return { manifest: known, created: false };
    const manifest: ImportedManifest = {
      ...{ model, version, created: timestamp(context), origin: 'import', artifact },
      ...draft,
    };
    const key = artifactKeys.versionManifest(model, version);
    if (await writeJson(context.artifacts, key, { value: manifest, ifAbsent: true })) {
      await withdrawIfDeleted(context, manifest);
      return { manifest, created: true };
    }
  }
  throw conflict(`Model "${model}": no free version number; try again.`, { code: 'too_much_contention' });
}

/** The model exists from its spec on; should somebody make it learn meanwhile, one of the two writes wins. */
async function makeModel(context: RegistryContext, model: string): Promise<void> {
  const value: ImportSpec = importSpec.parse({ origin: 'import' });
  const made = await writeJson(context.artifacts, artifactKeys.spec(model), { value, ifAbsent: true });
  if (!made) await refuseTrained(context, model);
}

/** A model can be deleted while a version of it is written: nothing of it may stay behind. */
async function withdrawIfDeleted(
  context: RegistryContext,
  { model, version }: ImportedManifest,
): Promise<void> {
  if (await findModel(context, model)) return;
  await context.artifacts.delete(artifactKeys.versionManifest(model, version));
  throw modelNotFound(model);
}
