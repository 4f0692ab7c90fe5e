/** Model specs: what users asked to be learnt, or that a model's versions are brought along. */
import * as z from 'zod';
import { artifactKeys, type ImportSpec, importSpec, type ModelSpec, modelSpec } from '../contracts/index.ts';
import { canonicalJson, conflict, type OnrampError, sha256 } from '../core/index.ts';
import { mapConcurrent, readJson, updateJson } from '../storage/index.ts';
import { modelNotFound, pauseOf, type RegistryContext } from './context.ts';

/** What `spec.json` may hold. */
const anySpec = z.union([modelSpec, importSpec]);

/** The spec of a model that learns, as it is stored. */
export interface StoredSpec {
  readonly model: string;
  readonly spec: ModelSpec;
  /** Digest of the spec's content; part of a run's id. */
  readonly digest: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly modifiedAt: number;
}

/** A model of either kind. */
export type StoredModel = StoredSpec | (Omit<StoredSpec, 'spec'> & { readonly spec: ImportSpec });

/** True for a model whose versions are learnt here. */
export const isTrained = (stored: StoredModel): stored is StoredSpec => !('origin' in stored.spec);

/** SHA-256 of a spec, the same whatever the order of its fields. */
export function specDigest(spec: ModelSpec | ImportSpec): string {
  return sha256(canonicalJson(spec));
}

/**
 * Stores a spec. The same spec again writes nothing, so that it wakes no training; the last writer wins.
 *
 * @returns the stored spec, and whether it is new or changed
 * @throws conflict `imported_model` if the model's versions are brought along
 */
export async function putSpec(
  context: RegistryContext,
  model: string,
  spec: ModelSpec,
): Promise<StoredSpec & { readonly changed: boolean }> {
  const digest = specDigest(spec);
  const current = await findModel(context, model);
  if (current?.digest === digest) return { ...current, spec, changed: false };
  await updateJson(context.artifacts, artifactKeys.spec(model), {
    schema: anySpec,
    change: (found) => {
      if (found && 'origin' in found) throw importedModel(model);
      return spec;
    },
    ...pauseOf(context),
  });
  return { model, spec, digest, modifiedAt: context.clock.now(), changed: true };
}

/** A model of either kind, or `null` if there is none of this name. */
export async function findModel({ artifacts }: RegistryContext, model: string): Promise<StoredModel | null> {
  const found = await readJson(artifacts, artifactKeys.spec(model), anySpec);
  if (!found) return null;
  const { value: spec, modifiedAt } = found;
  return { model, spec, digest: specDigest(spec), modifiedAt } as StoredModel;
}

/**
 * A model of either kind.
 *
 * @throws not_found `model_not_found`
 */
export async function getModel(context: RegistryContext, model: string): Promise<StoredModel> {
  const found = await findModel(context, model);
  if (!found) throw modelNotFound(model);
  return found;
}

/** The spec of a model that learns, or `null` if there is no such model. */
export async function findSpec(context: RegistryContext, model: string): Promise<StoredSpec | null> {
  const found = await findModel(context, model);
  return found && isTrained(found) ? found : null;
}

/**
 * The spec of a model that learns.
 *
 * @throws not_found `model_not_found`
 * @throws conflict `imported_model` if the model's versions are brought along
 */
export async function getSpec(context: RegistryContext, model: string): Promise<StoredSpec> {
  const found = await getModel(context, model);
  if (!isTrained(found)) throw importedModel(model);
  return found;
}

const importedModel = (model: string): OnrampError =>
  conflict(
    `Model "${model}" was imported, so it learns from no data set; PUT /v1/models/${model}/versions brings its next version, another name begins a model that learns.`,
    { code: 'imported_model', param: 'model' },
  );

/** Every model whose name is wanted, by name. */
export async function listModels(
  context: RegistryContext,
  isWanted: (model: string) => boolean = () => true,
): Promise<readonly StoredModel[]> {
  const names: string[] = [];
  for await (const folder of context.artifacts.listFolders(artifactKeys.models())) {
    const name = folder.slice(0, -1);
    if (isWanted(name)) names.push(name);
  }
  const specs = await mapConcurrent(names, (model) => findModel(context, model));
  return specs.filter((spec) => spec !== null);
}

/** The models that learn from a data set. */
export async function modelsOf(context: RegistryContext, dataset: string): Promise<readonly StoredSpec[]> {
  return (await listModels(context)).filter(isTrained).filter(({ spec }) => spec.dataset === dataset);
}

/**
 * Removes a model with its runs, versions and reports. The spec goes first, so that nothing new starts, then the
 * runs, so that a worker still busy cannot publish. What an earlier removal that broke off has left goes too.
 * Artifacts stay: other models may hold the same bytes.
 *
 * @throws not_found `model_not_found` if there is nothing of this model
 */
export async function deleteModel({ artifacts }: RegistryContext, model: string): Promise<void> {
  const keysBelow = async (prefix: string): Promise<readonly string[]> => {
    const keys: string[] = [];
    for await (const { key } of artifacts.list(prefix)) keys.push(key);
    return keys;
  };
  if ((await keysBelow(artifactKeys.model(model))).length === 0) throw modelNotFound(model);
  await artifacts.delete(artifactKeys.spec(model));
  for (const prefix of [
    artifactKeys.runs(model),
    artifactKeys.model(model),
    artifactKeys.modelImports(model),
  ]) {
    await mapConcurrent(await keysBelow(prefix), (key) => artifacts.delete(key));
  }
}
