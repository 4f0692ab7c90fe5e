/** The Open Inference Protocol V2 over REST, with the binary tensor extension. */
import type { ServeOperations } from '../service.ts';
import { infer } from './infer.ts';
import { modelMetadata, modelReady, serverLive, serverMetadata, serverReady } from './model-metadata.ts';
import { listModels, repositoryIndex } from './repository.ts';

export const oipOperations: ServeOperations = {
  'GET /v2': serverMetadata,
  'GET /v2/health/live': serverLive,
  'GET /v2/health/ready': serverReady,
  'GET /v2/models': listModels,
  'POST /v2/repository/index': repositoryIndex,
  'GET /v2/models/{model}': modelMetadata,
  'GET /v2/models/{model}/ready': modelReady,
  'POST /v2/models/{model}/infer': infer,
  'GET /v2/models/{model}/versions/{version}': modelMetadata,
  'GET /v2/models/{model}/versions/{version}/ready': modelReady,
  'POST /v2/models/{model}/versions/{version}/infer': infer,
};
