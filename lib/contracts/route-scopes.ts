/**
 * The scope of every route by method and path template, as the route table has it; apart from the table, since functions
 * need it at every start and its schemas hardly ever.
 */
import type { AuthScope } from './routes/route.ts';

const linesOfScope: Readonly<Record<AuthScope, readonly string[]>> = {
  none: [
    'GET /healthz',
    'GET /v2',
    'GET /v2/health/live',
    'GET /v2/health/ready',
    'GET /ping',
    'GET /health',
    'GET /version',
    'GET /openapi.json',
    'GET /docs',
  ],
  predict: [
    'POST /v1/models/{model}/predict',
    'POST /v1/models/{model}/explain',
    'POST /v1/models/{model}/transform',
    'POST /v1/models/{model}/forecast',
    'POST /v1/timeseries/forecast',
    'POST /v1/chat/completions',
    'POST /v1/completions',
    'POST /v1/embeddings',
    'GET /v2/models',
    'POST /v2/repository/index',
    'GET /v2/models/{model}',
    'GET /v2/models/{model}/ready',
    'POST /v2/models/{model}/infer',
    'GET /v2/models/{model}/versions/{version}',
    'GET /v2/models/{model}/versions/{version}/ready',
    'POST /v2/models/{model}/versions/{version}/infer',
    'POST /v1/models/{model}',
    'POST /v1/models/{model}/versions/{version}',
    'POST /v1/models/{model}/labels/{label}',
    'POST /invocations',
    'POST /v1/models/{model}/jobs',
    'POST /v1/models/{model}/jobs/uploads',
    'GET /v1/jobs',
    'GET /v1/jobs/{id}',
    'POST /v1/jobs/{id}/cancel',
    'DELETE /v1/jobs/{id}',
    'GET /v1/usage',
  ],
  read: [
    'GET /v1/models/{model}',
    'GET /v1/models',
    'GET /v1/timeseries/models',
    'GET /v1/models/{model}/versions',
    'GET /v1/models/{model}/versions/{version}',
    'GET /v1/models/{model}/versions/{version}/artifact',
    'GET /v1/models/{model}/runs',
    'GET /v1/models/{model}/runs/{run}',
    'GET /v1/models/{model}/evaluations',
    'GET /v1/datasets/{dataset}',
    'GET /v1/datasets',
    'GET /v1/models/{model}/metadata',
    'GET /v1/models/{model}/versions/{version}/metadata',
    'GET /v1/models/{model}/labels/{label}/metadata',
    'GET /v1/models/{model}/labels/{label}',
  ],
  manage: [
    'PUT /v1/models/{model}',
    'DELETE /v1/models/{model}',
    'POST /v1/models/{model}/runs/{run}/cancel',
    'POST /v1/models/{model}/evaluations',
    'POST /v1/models/{model}/promote',
    'POST /v1/models/{model}/rollback',
    'POST /v1/models/{model}/retrain',
    'POST /v1/datasets/{dataset}/uploads',
    'PUT /v1/models/{model}/versions',
    'POST /v1/models/{model}/versions/uploads',
  ],
};

const scopes = new Map<string, AuthScope>();
for (const [scope, lines] of Object.entries(linesOfScope)) {
  for (const line of lines) scopes.set(line, scope as AuthScope);
}

/** The scope that a request needs, by its method and path template; for a route that there is not, the strictest. */
export function scopeOfRoute(method: string, path: string): AuthScope {
  return scopes.get(`${method} ${path}`) ?? 'manage';
}
