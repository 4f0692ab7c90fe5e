/** The card of a model: what it learns, how good it is and where it comes from, put together from its documents. */
import type { ModelCard, VersionManifest } from '../contracts/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import { getAliases } from './aliases.ts';
import type { RegistryContext } from './context.ts';
import { listModels, type StoredSpec } from './specs.ts';
import { findVersion, listVersionNumbers } from './versions.ts';

/** The card of one model. Figures are those of the live version or, as long as none is live, of the newest. */
export async function readModelCard(context: RegistryContext, stored: StoredSpec): Promise<ModelCard> {
  const { model } = stored;
  const [versions, current] = await Promise.all([
    listVersionNumbers(context, model),
    getAliases(context, model),
  ]);
  const live = current?.value.live ?? null;
  const shown = live ?? versions.at(-1);
  const manifest = shown === undefined ? null : await findVersion(context, model, shown);
  return cardOf(stored, { live, versions, manifest });
}

/** The cards of the first `limit` models by name. */
export async function listModelCards(
  context: RegistryContext,
  { limit }: { readonly limit: number },
): Promise<{ readonly items: readonly ModelCard[]; readonly hasMore: boolean }> {
  const models = await listModels(context);
  const items = await mapConcurrent(models.slice(0, limit), (stored) => readModelCard(context, stored), 8);
  return { items, hasMore: models.length > limit };
}

interface Published {
  readonly live: string | null;
  readonly versions: readonly string[];
  readonly manifest: VersionManifest | null;
}

function cardOf({ model, spec, modifiedAt }: StoredSpec, { live, versions, manifest }: Published): ModelCard {
  return {
    id: model,
    object: 'model',
    created: Math.floor((manifest ? Date.parse(manifest.created) : modifiedAt) / 1000),
    owned_by: 'onramp',
    name: model,
    dataset: spec.dataset,
    target: spec.target,
    task: manifest?.task ?? spec.task ?? null,
    live,
    versions: [...versions],
    schema: manifest?.schema ?? null,
    learner: manifest?.learner ?? null,
    metric: manifest?.metric ?? spec.metric ?? null,
    metrics: manifest?.metrics ?? {},
    held_out: manifest?.held_out ?? null,
    candidates: manifest?.candidates ?? [],
    warnings: manifest?.warnings ?? [],
    schedule: spec.schedule ?? null,
    lineage: manifest && { version: manifest.version, run: manifest.run, ...manifest.lineage },
  };
}
