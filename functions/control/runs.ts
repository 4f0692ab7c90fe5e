/** Training runs and evaluations: what was done, and asking for another. */
import { coversName } from '../../lib/access/index.ts';
import type { RunRecord, RunView } from '../../lib/contracts/index.ts';
import { conflict } from '../../lib/core/index.ts';
import {
  cancelRun,
  describeWaiting,
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
import type { HttpRequest } from '../middleware/index.ts';
import { type ControlPlatform, limitOf, listAnswer, modelOf, type Operations, runOf } from './routing.ts';

export const runOperations: Operations = {
  'GET /v1/models/{model}/runs': async (platform, request) => {
    const { model } = await getModel(platform, modelOf(request));
    const { items, hasMore } = await listRuns(platform, model, { limit: limitOf(request) });
    return listAnswer(await viewsOf(platform, request, items), hasMore);
  },

  'GET /v1/models/{model}/runs/{run}': async (platform, request) => {
    const record = await getRun(platform, { model: modelOf(request), run: runOf(request) });
    const [view] = await viewsOf(platform, request, [record]);
    return { status: 200, body: view };
  },

  'POST /v1/models/{model}/runs/{run}/cancel': async (platform, request) => {
    const record = await cancelRun(platform, { model: modelOf(request), run: runOf(request) });
    return { status: 200, body: viewOf(record) };
  },

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

/** Runs as the caller sees them; those that wait say what for. */
async function viewsOf(
  platform: ControlPlatform,
  { access }: HttpRequest,
  records: readonly RunRecord[],
): Promise<readonly RunView[]> {
  const waiting = await describeWaiting(platform, records, (model) => coversName(access, model));
  return records.map((record) => ({ ...viewOf(record), ...waiting.get(record.run) }));
}

/** The record without who works on it; its version only once it is more than a number set aside. */
function viewOf({ lease, attempts, ...record }: RunRecord): RunView {
  return { ...record, version: record.ended === null ? null : record.version };
}
