/** All operations of control behind one handler, found by the method and the path template of the request. */
import { notFound } from '../../lib/core/index.ts';
import { refuseDeclared } from '../middleware/endpoint-models.ts';
import type { HttpHandler } from '../middleware/index.ts';
import { datasetOperations } from './datasets.ts';
import { documentOperations } from './documents.ts';
import { jobOperations } from './jobs.ts';
import { modelOperations } from './models.ts';
import type { ControlPlatform, Operations } from './routing.ts';
import { runOperations } from './runs.ts';
import { usageOperations } from './usage.ts';
import { versionOperations } from './versions.ts';

/** Every operation; its keys are the lines of the route table that name control. */
export const operations: Operations = {
  ...modelOperations,
  ...versionOperations,
  ...runOperations,
  ...datasetOperations,
  ...documentOperations,
  ...jobOperations,
  ...usageOperations,
  'GET /healthz': async () => ({ status: 200, body: { status: 'ok' } }),
};

/** The handler of control on a platform. */
export function createControl(platform: ControlPlatform): HttpHandler<unknown> {
  return async (request) => {
    const name = `${request.method} ${request.route}`;
    const operation = operations[name];
    if (!operation) {
      throw notFound(
        `There is no ${request.method} ${request.route}; GET /openapi.json lists what there is.`,
        {
          code: 'unknown_route',
        },
      );
    }
    if (!endpointOperations.has(name)) refuseDeclared(platform.endpointModels, request);
    return operation(platform, request);
  };
}

/** What can be done with a model behind an endpoint; all else is done in the configuration. */
const endpointOperations: ReadonlySet<string> = new Set([
  'GET /v1/models/{model}',
  'POST /v1/models/{model}/jobs',
  'POST /v1/models/{model}/jobs/uploads',
]);
