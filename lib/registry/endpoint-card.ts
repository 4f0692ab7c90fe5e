/** The card of a model that answers behind an endpoint: it is declared in the configuration, not learnt here. */
import type { EndpointModel } from '../contracts/endpoint-models.ts';
import type { ModelCard } from '../contracts/index.ts';

/** What is known of such a model. It has no versions, and no data that would say how good it is. */
export function endpointCard({ model, kind, speaks, usdPerHour }: EndpointModel): ModelCard {
  return {
    id: model,
    object: 'model',
    // OpenAI's clients want a number; when a configuration was written nobody knows.
    created: 0,
    owned_by: 'onramp',
    name: model,
    dataset: null,
    target: null,
    task: null,
    live: null,
    versions: [],
    model_version_status: [],
    schema: null,
    learner: 'endpoint',
    metric: null,
    metrics: {},
    held_out: null,
    candidates: [],
    warnings: [],
    schedule: null,
    lineage: null,
    endpoint: { kind, speaks, ...(usdPerHour !== undefined && { usd_per_hour: usdPerHour }) },
  };
}
