/** Every operation of every dialect, by method and path template. */
import { type Access, coversAll, requireName } from '../access/index.ts';
import { explainOperations } from './explain/index.ts';
import { forecastOperations } from './forecast/operations.ts';
import { mlflowOperations } from './mlflow/index.ts';
import type { Models } from './model-cache.ts';
import { nativeOperations } from './native.ts';
import { oipOperations } from './oip/index.ts';
import { openaiOperations } from './openai/index.ts';
import type { ServeOperation, ServeOperations } from './service.ts';
import { tensorflowOperations } from './tensorflow/index.ts';

const operations: ServeOperations = {
  ...nativeOperations,
  ...explainOperations,
  ...forecastOperations,
  ...oipOperations,
  ...tensorflowOperations,
  ...mlflowOperations,
  ...openaiOperations,
};

/** The operations; each finds only models of the request's caller, however the dialect says which one is meant. */
export const serveOperations: ServeOperations = Object.fromEntries(
  Object.entries(operations).map(([name, operation]) => [name, withOwnModels(operation)]),
);

function withOwnModels(operation: ServeOperation): ServeOperation {
  return (context, request) => {
    const { access } = request;
    if (coversAll(access)) return operation(context, request);
    return operation({ ...context, cache: ownModels(context.cache, access) }, request);
  };
}

/** Refuses before anything of another's model is looked at. */
const ownModels = (models: Models, access: Access): Models => ({
  resolve: async (model, version) => {
    requireName(access, 'model', model);
    return models.resolve(model, version);
  },
  resolveForecast: async (model, version) => {
    requireName(access, 'model', model);
    return models.resolveForecast(model, version);
  },
});
