/** The package entry `onramp/client`: the typed client alone, which needs nothing but `fetch`. */
export { type ErrorKind, OnrampError } from '../core/errors.ts';
export { ApiError } from './api-error.ts';
export type { Answer, CallArguments, CallOptions, OperationId } from './call-types.ts';
export { type ApiClient, type ClientOptions, createClient } from './client.ts';
export { isUnreachable, type RetryOptions } from './exchange.ts';
export type * from './generated/api.ts';
