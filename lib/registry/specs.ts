/** Model specs: what users asked to be learnt. */
import { artifactKeys, type ModelSpec, modelSpec } from '../contracts/index.ts';
import { canonicalJson, sha256 } from '../core/index.ts';
import { mapConcurrent, readJson, writeJson } from '../storage/index.ts';
import { modelNotFound, type RegistryContext } from './context.ts';

/** A spec as it is stored. */
export interface StoredSpec {
  readonly model: string;
  readonly spec: ModelSpec;
  /** Digest of the spec's content; part of a run's id. */
  readonly digest: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly modifiedAt: number;
}

/** SHA-256 of a spec, the same whatever the order of its fields. */
export function specDigest(spec: ModelSpec): string {
  return sha256(canonicalJson(spec));
}

/**
 * Stores a spec. The same spec again writes nothing, so that it wakes no training; the last writer wins.
 *
 * @returns the stored spec, and whether it is new or changed
 */
export async function putSpec(
  { artifacts, clock }: RegistryContext,
  model: string,
  spec: ModelSpec,
): Promise<StoredSpec & { readonly changed: boolean }> {
  const key = artifactKeys.spec(model);
  const digest = specDigest(spec);
  const current = await readJson(artifacts, key, modelSpec);
  if (current && specDigest(current.value) === digest) {
    return { model, spec, digest, modifiedAt: current.modifiedAt, changed: false };
  }
  await writeJson(artifacts, key, { value: spec });
  return { model, spec, digest, modifiedAt: clock.now(), changed: true };
}

/** The spec of a model, or `null` if there is no such model. */
export async function findSpec({ artifacts }: RegistryContext, model: string): Promise<StoredSpec | null> {
  const found = await readJson(artifacts, artifactKeys.spec(model), modelSpec);
  if (!found) return null;
  return { model, spec: found.value, digest: specDigest(found.value), modifiedAt: found.modifiedAt };
}

/**
 * The spec of a model.
 *
 * @throws not_found `model_not_found`
 */
export async function getSpec(context: RegistryContext, model: string): Promise<StoredSpec> {
  const found = await findSpec(context, model);
  if (!found) throw modelNotFound(model);
  return found;
}

/** Every model that has a spec, by name. */
export async function listModels(context: RegistryContext): Promise<readonly StoredSpec[]> {
  const names: string[] = [];
  for await (const folder of context.artifacts.listFolders(artifactKeys.models())) {
    names.push(folder.slice(0, -1));
  }
  const specs = await mapConcurrent(names, (model) => findSpec(context, model));
  return specs.filter((spec) => spec !== null);
}

/** The models that learn from a data set. */
export async function modelsOf(context: RegistryContext, dataset: string): Promise<readonly StoredSpec[]> {
  return (await listModels(context)).filter(({ spec }) => spec.dataset === dataset);
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
  for (const prefix of [artifactKeys.runs(model), artifactKeys.model(model)]) {
    await mapConcurrent(await keysBelow(prefix), (key) => artifacts.delete(key));
  }
}
