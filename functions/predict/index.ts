/** HTTPS prediction by light ONNX models, in every dialect. */
import { notFound } from '../../lib/core/index.ts';
import { createModelCache, serveOperations } from '../../lib/serve/index.ts';
import { rawHttpStack } from '../middleware/http-stack.ts';
import { createPlatform } from '../middleware/platform.ts';

const platform = createPlatform();
const context = { cache: createModelCache(platform), artifacts: platform.artifacts };

export const handler = rawHttpStack(
  async (request) => {
    const name = `${request.method} ${request.route}`;
    const operation = serveOperations[name];
    if (!operation) throw notFound(`There is no ${name} here.`, { code: 'unknown_route' });
    return operation(context, request);
  },
  { service: 'predict' },
);
