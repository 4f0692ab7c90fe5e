/** The dialects that are spoken over HTTPS, and how a request's address tells which one it is in. */

import type { ErrorBody } from './http.ts';

/** `native` is Onramp's own; the others are those of model servers that clients know. */
export type Dialect = 'native' | 'oip' | 'tensorflow' | 'mlflow';

const mlflowPaths: ReadonlySet<string> = new Set(['/invocations', '/ping', '/health', '/version']);

/** Literal parts beside the versions have verbs of their own. */
const predictPath = /^\/v1\/models\/[^/]+(\/(versions|labels)\/(?!uploads$)[^/]+)?$/;
const metadataPath = /^\/v1\/models\/[^/]+(\/labels\/[^/]+|(\/(versions|labels)\/[^/]+)?\/metadata)$/;

/**
 * The dialect of a request, from its method and path or path template; it decides the shape of every refusal.
 *
 * TensorFlow Serving asks by `POST /v1/models/{model}:predict`. As a path parameter must be a whole part of a path in
 * API Gateway, the verb reaches us at the end of the parameter.
 */
export function dialectOf(method: string, path: string): Dialect {
  if (path === '/v2' || path.startsWith('/v2/')) return 'oip';
  if (mlflowPaths.has(path)) return 'mlflow';
  const pattern = method === 'POST' ? predictPath : metadataPath;
  return pattern.test(path) ? 'tensorflow' : 'native';
}

/** The kinds of MLflow's REST errors that fit ours; anything else is a bad request there. */
const mlflowCodes: Readonly<Record<string, string>> = {
  unauthorized: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  not_found: 'RESOURCE_DOES_NOT_EXIST',
  rate_limited: 'REQUEST_LIMIT_EXCEEDED',
  not_ready: 'TEMPORARILY_UNAVAILABLE',
  upstream: 'INTERNAL_ERROR',
  internal: 'INTERNAL_ERROR',
};

/** The body of a refusal in a dialect's own shape; what that shape has no place for is in the headers. */
export function refusalBody(dialect: Dialect, error: ErrorBody['error']): object {
  if (dialect === 'native') return { error };
  if (dialect === 'mlflow') {
    return { error_code: mlflowCodes[error.type] ?? 'BAD_REQUEST', message: error.message };
  }
  return { error: error.message };
}

/** Headers of a refusal outside the native dialect: the machine-readable reason. */
export function refusalHeaders(dialect: Dialect, { code }: ErrorBody['error']): Record<string, string> {
  return dialect === 'native' || code === null ? {} : { 'x-error-code': code };
}
