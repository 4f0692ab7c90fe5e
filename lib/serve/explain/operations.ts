/** The routes that explain answers and show encoded rows; what they need is loaded with the first such request. */
import type { ServeOperations } from '../service.ts';

export const explainOperations: ServeOperations = {
  'POST /v1/models/{model}/explain': async (context, request) =>
    (await import('./explain-request.ts')).explainRequest(context, request),
  'POST /v1/models/{model}/transform': async (context, request) =>
    (await import('./transform-request.ts')).transformRequest(context, request),
};
