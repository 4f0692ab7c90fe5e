/** Training runs and evaluations: what was done, and asking for another. */
import type { RunRecord, RunView } from '../../lib/contracts/index.ts';
import { conflict } from '../../lib/core/index.ts';
import {
  getAliases,
  getLatestDataset,
  getModel,
  getRun,
  getSpec,
  listReports,
  listRuns,
  requestEvaluation,
  requestRetrain,
} from '../../lib/registry/index.ts';
import { limitOf, listAnswer, modelOf, type Operations, runOf } from './routing.ts';

export const runOperations: Operations = {
  'GET /v1/models/{model}/runs': async (platform, request) => {
    const { model } = await getModel(platform, modelOf(request));
    const { items, hasMore } = await listRuns(platform, model, { limit: limitOf(request) });
    return listAnswer(items.map(viewOf), hasMore);
  },

  'GET /v1/models/{model}/runs/{run}': async (platform, request) => ({
    status: 200,
    body: viewOf(await getRun(platform, { model: modelOf(request), run: runOf(request) })),
  }),

  'POST /v1/models/{model}/retrain': async (platform, request) => {
    const { model, spec } = await getSpec(platform, modelOf(request));
    if (!(await getLatestDataset(platform, spec.dataset))) {
      throw conflict(
        `Data set "${spec.dataset}" has no data yet; POST /v1/datasets/${spec.dataset}/uploads brings a file.`,
        { code: 'no_data' },
      );
    }
    const id = platform.newId();
    await requestRetrain(platform, model, id);
    return { status: 202, body: { id, object: 'retrain_request' } };
  },

  'GET /v1/models/{model}/evaluations': async (platform, request) => {
    const { model } = await getModel(platform, modelOf(request));
    const { items, hasMore } = await listReports(platform, model, { limit: limitOf(request) });
    return listAnswer(items, hasMore);
  },

  'POST /v1/models/{model}/evaluations': async (platform, request) => {
    const { model } = await getSpec(platform, modelOf(request));
    if (!(await getAliases(platform, model))?.value.live) {
      throw conflict(`Model "${model}" has no live version to evaluate yet.`, { code: 'no_live_version' });
    }
    const id = platform.newId();
    await requestEvaluation(platform, model, id);
    return { status: 202, body: { id, object: 'evaluation_request' } };
  },
};

/** The record without who works on it; its version only once it is more than a number set aside. */
function viewOf({ lease, attempts, ...record }: RunRecord): RunView {
  return { ...record, version: record.ended === null ? null : record.version };
}
