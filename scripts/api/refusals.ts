/** Which refusals a route can answer with, in the error shape of its dialect. */
import { type Dialect, refusalBody } from '../../lib/contracts/dialects.ts';
import type { ErrorBody, Route } from '../../lib/contracts/index.ts';
import type { JsonSchema } from './json-schema.ts';

/** A refusal by its status: when it is given, and an example in the native dialect. */
const refusals: Readonly<
  Record<number, { readonly when: string; readonly error: Partial<ErrorBody['error']> }>
> = {
  400: {
    when: 'The request is wrong; the message names the field and the fix.',
    error: {
      type: 'invalid_request',
      message: '"instances[0].age" must be a number or null, not "old".',
      param: 'instances[0].age',
      code: 'invalid_value',
    },
  },
  401: {
    when: 'The key is missing or wrong.',
    error: { type: 'unauthorized', message: 'Send the API key as "x-api-key".', code: 'invalid_api_key' },
  },
  403: {
    when: 'The key is good for other scopes, models or data sets.',
    error: {
      type: 'forbidden',
      message: 'This key is not for the model "heart"; use a key whose grant names it.',
      param: 'model',
      code: 'model_not_allowed',
    },
  },
  404: {
    when: 'What the address names does not exist.',
    error: {
      type: 'not_found',
      message: 'Model "hart" does not exist.',
      param: 'model',
      code: 'model_not_found',
    },
  },
  409: {
    when: 'The state does not allow this now.',
    error: {
      type: 'conflict',
      message: 'Model "heart" has no live version to evaluate yet.',
      code: 'no_live_version',
    },
  },
  413: {
    when: 'The body or the answer is too large; the message names the way out.',
    error: {
      type: 'too_large',
      message: 'The body has 7000000 bytes, the limit is 4500000.',
      code: 'body_too_large',
    },
  },
  415: {
    when: 'The body is declared as something this address does not take.',
    error: {
      type: 'unsupported_media_type',
      message: 'The body is declared as "text/plain"; send "Content-Type: application/json".',
      param: 'content-type',
      code: 'content_type',
    },
  },
  429: {
    when: 'Too many requests; wait as Retry-After says.',
    error: { type: 'rate_limited', message: 'Too many requests; slow down.', code: 'rate_limited' },
  },
  500: {
    when: 'Something went wrong on our side.',
    error: { type: 'internal', message: 'Something went wrong on our side.', code: 'internal' },
  },
  503: {
    when: 'It exists but cannot answer yet; wait as Retry-After says.',
    error: { type: 'not_ready', message: 'Model "heart" has no live version yet.', code: 'no_live_version' },
  },
};

/** Error schemas of the dialects beside the native one. */
export const dialectErrors: Readonly<Record<Exclude<Dialect, 'native'>, JsonSchema>> = {
  oip: messageError('Every error of the Open Inference Protocol.'),
  tensorflow: messageError('Every error of the TensorFlow Serving dialect.'),
  mlflow: {
    type: 'object',
    description: 'Every error of the MLflow dialect.',
    properties: { error_code: { type: 'string' }, message: { type: 'string' } },
    required: ['error_code', 'message'],
  },
};

const errorNames: Readonly<Record<Dialect, string>> = {
  native: 'ErrorBody',
  oip: 'OipError',
  tensorflow: 'TensorflowError',
  mlflow: 'MlflowError',
};

/** The name of a dialect's error schema in the document. */
export const errorName = (dialect: Dialect): string => errorNames[dialect];

/** The statuses a route refuses with. */
export function refusalStatuses({ method, path, request, scope, query, function: name }: Route): number[] {
  const hasParameters = path.includes('{');
  const changes = scope === 'manage' || (method !== 'GET' && name !== 'predict');
  const possible: readonly (readonly [number, boolean])[] = [
    [400, hasParameters || request !== undefined || query !== undefined],
    [401, scope !== 'none'],
    [403, scope !== 'none'],
    [404, hasParameters || request !== undefined],
    [409, changes],
    [413, request !== undefined],
    [415, request !== undefined],
    [429, scope !== 'none'],
    [500, true],
    [503, name === 'predict'],
  ];
  return possible.flatMap(([status, applies]) => (applies ? [status] : []));
}

/** The name of a refusal among the document's shared answers. */
export const refusalName = (dialect: Dialect, status: number): string => `${dialect}-${status}`;

/** A refusal as one of the document's shared answers. */
export function refusalResponse(dialect: Dialect, status: number) {
  const { when, error } = refusals[status]!;
  const example = refusalBody(dialect, {
    ...{ type: 'internal', message: '', param: null, code: null },
    ...error,
    request_id: '5f6c1d0e-7f64-4c55-9d0b-2f0a4d2f7a11',
  });
  const waits = status === 429 || status === 503;
  return {
    description: when,
    headers: {
      'x-request-id': { $ref: '#/components/headers/x-request-id' },
      ...(dialect !== 'native' && { 'x-error-code': { $ref: '#/components/headers/x-error-code' } }),
      ...(waits && { 'retry-after': { $ref: '#/components/headers/retry-after' } }),
    },
    content: {
      'application/json': { schema: { $ref: `#/components/schemas/${errorName(dialect)}` }, example },
    },
  };
}

function messageError(description: string): JsonSchema {
  return {
    type: 'object',
    description,
    properties: { error: { type: 'string', description: 'What is wrong and how to mend it.' } },
    required: ['error'],
  };
}
