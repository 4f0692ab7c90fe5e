/** The card of a model: what it learns, how good it is and where it comes from, put together from its documents. */
import type { EndpointModels } from '../contracts/endpoint-models.ts';
import {
  type ImportedManifest,
  isImported,
  type ModelCard,
  type PublishedVersion,
  type VersionManifest,
  versionStatus,
} from '../contracts/index.ts';
import { defaultDeployment, modelCost } from '../cost/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import { getAliases } from './aliases.ts';
import type { Page, RegistryContext } from './context.ts';
import { endpointCard } from './endpoint-card.ts';
import { isTrained, listModels, type StoredModel, type StoredSpec } from './specs.ts';
import { findVersion, listVersionNumbers } from './versions.ts';

/** The card of one model. Figures are those of the live version or, as long as none is live, of the newest. */
export async function readModelCard(context: RegistryContext, stored: StoredModel): Promise<ModelCard> {
  const { model } = stored;
  const [versions, current] = await Promise.all([
    listVersionNumbers(context, model),
    getAliases(context, model),
  ]);
  const live = current?.value.live ?? null;
  const shown = live ?? versions.at(-1);
  const manifest = shown === undefined ? null : await findVersion(context, model, shown);
  const card = isTrained(stored)
    ? trainedCard(stored, { live, versions, manifest: manifest && !isImported(manifest) ? manifest : null })
    : importedCard(stored, { live, versions, manifest: manifest && isImported(manifest) ? manifest : null });
  const { deployment = defaultDeployment } = context;
  return manifest?.serving ? { ...card, cost: modelCost(manifest.serving, deployment) } : card;
}

/** The cards of the first `limit` models by name, of those whose name is wanted. */
export async function listModelCards(
  context: RegistryContext,
  { limit, isWanted = () => true, endpointModels = new Map() }: CardListOptions,
): Promise<Page<ModelCard>> {
  const stored = await listModels(context, (model) => isWanted(model) && !endpointModels.has(model));
  const declared = [...endpointModels.values()].filter(({ model }) => isWanted(model));
  const models = [...stored, ...declared].sort((left, right) => (left.model < right.model ? -1 : 1));
  const items = await mapConcurrent(
    models.slice(0, limit),
    async (one) => ('speaks' in one ? endpointCard(one) : readModelCard(context, one)),
    8,
  );
  return { items, hasMore: models.length > limit };
}

/** Which cards a list has. */
export interface CardListOptions {
  readonly limit: number;
  readonly isWanted?: (model: string) => boolean;
  /** Models behind endpoints; one of them hides a stored one of its name, as it does wherever it is asked for. */
  readonly endpointModels?: EndpointModels;
}

interface Published<Version extends PublishedVersion> {
  readonly live: string | null;
  readonly versions: readonly string[];
  readonly manifest: Version | null;
}

/** What every card says. */
function commonFields(
  { model, modifiedAt }: StoredModel,
  { live, versions, manifest }: Published<PublishedVersion>,
) {
  return {
    id: model,
    object: 'model' as const,
    created: Math.floor((manifest ? Date.parse(manifest.created) : modifiedAt) / 1000),
    owned_by: 'onramp',
    name: model,
    live,
    versions: [...versions],
    model_version_status: versions.map(versionStatus),
    warnings: manifest?.warnings ?? [],
  } satisfies Partial<ModelCard>;
}

function trainedCard(stored: StoredSpec, published: Published<VersionManifest>): ModelCard {
  const { spec } = stored;
  const { manifest } = published;
  return {
    ...commonFields(stored, published),
    dataset: spec.dataset,
    target: spec.target ?? null,
    task: manifest?.task ?? spec.task ?? null,
    schema: manifest?.schema ?? null,
    learner: manifest?.learner ?? null,
    metric: manifest?.metric ?? spec.metric ?? null,
    metrics: manifest?.metrics ?? {},
    held_out: manifest?.held_out ?? null,
    ...(manifest?.importances && { importances: manifest.importances }),
    candidates: manifest?.candidates ?? [],
    schedule: spec.schedule ?? null,
    lineage: manifest && { version: manifest.version, run: manifest.run, ...manifest.lineage },
  };
}

/** Nothing is known of how good the model is; its signature says what it takes. */
function importedCard(stored: StoredModel, published: Published<ImportedManifest>): ModelCard {
  const { manifest } = published;
  return {
    ...commonFields(stored, published),
    dataset: null,
    target: null,
    task: null,
    schema: null,
    learner: 'imported',
    metric: null,
    metrics: {},
    held_out: null,
    candidates: [],
    schedule: null,
    lineage: manifest && {
      version: manifest.version,
      origin: manifest.origin,
      sha256: manifest.artifact.sha256,
    },
    ...(manifest && {
      signature: manifest.signature,
      ...(manifest.embedding && { embedding: manifest.embedding }),
      producer: manifest.producer,
      opsets: manifest.opsets,
    }),
  };
}
