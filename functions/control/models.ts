/** Models: their specs and cards. */
import { coversName, requireName } from '../../lib/access/index.ts';
import { isForecast, modelSpec } from '../../lib/contracts/index.ts';
import {
  checkSpec,
  deleteModel,
  endpointCard,
  getLatestDataset,
  getModel,
  isTrained,
  listModelCards,
  listModels,
  putSpec,
  readModelCard,
} from '../../lib/registry/index.ts';
import { followSpec } from '../../lib/schedules/index.ts';
import { validate } from '../middleware/index.ts';
import { limitOf, listAnswer, modelOf, type Operations } from './routing.ts';

export const modelOperations: Operations = {
  'PUT /v1/models/{model}': async (platform, request) => {
    const model = modelOf(request);
    const spec = validate(modelSpec, request.body);
    // A model tells much of the data it has learnt.
    requireName(request.access, 'dataset', spec.dataset);
    checkSpec(spec, await getLatestDataset(platform, spec.dataset));
    const stored = await putSpec(platform, model, spec);
    // Also of a spec that has not changed: so a repetition mends what could not be done before.
    await followSpec(platform, model);
    request.annotate({ changed: stored.changed });
    return { status: 200, body: await readModelCard(platform, stored) };
  },

  'GET /v1/models/{model}': async (platform, request) => {
    const model = modelOf(request);
    const declared = platform.endpointModels?.get(model);
    if (declared) return { status: 200, body: endpointCard(declared) };
    return { status: 200, body: await readModelCard(platform, await getModel(platform, model)) };
  },

  'DELETE /v1/models/{model}': async (platform, request) => {
    const model = modelOf(request);
    // The schedule first: should it not go, the model is still there for another request to remove.
    await platform.schedules.remove(model);
    await deleteModel(platform, model);
    await followSpec(platform, model);
    return { status: 200, body: { id: model, object: 'model', deleted: true } };
  },

  'GET /v1/timeseries/models': async (platform, request) => {
    const stored = await listModels(platform, (model) => coversName(request.access, model));
    const forecasting = stored.filter((one) => isTrained(one) && isForecast(one.spec));
    return { status: 200, body: forecasting.map(({ model }) => model) };
  },

  'GET /v1/models': async (platform, request) => {
    const { items, hasMore } = await listModelCards(platform, {
      limit: limitOf(request),
      isWanted: (model) => coversName(request.access, model),
      ...(platform.endpointModels && { endpointModels: platform.endpointModels }),
    });
    return listAnswer(items, hasMore);
  },
};
