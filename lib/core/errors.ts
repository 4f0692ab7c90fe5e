/** The handful of failures Onramp knows. The edge maps a kind to an HTTP status once; nothing else does. */

/** What went wrong, in words that do not depend on a transport. */
export type ErrorKind =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'not_ready'
  | 'upstream'
  | 'internal';

/** Details that help a caller to mend the request. */
export interface ErrorDetails extends ErrorOptions {
  /** Stable machine-readable reason, for example `unknown_column`. */
  readonly code?: string;
  /** The field the message speaks of, for example `instances[3].age`. */
  readonly param?: string;
  /** After how many seconds it may be worth trying again, where that is known. */
  readonly retryAfterSeconds?: number;
  /** What callers are told of a failure that is not theirs; without it they learn that there was one, and its kind. */
  readonly told?: string;
}

/** Base of every error thrown on purpose; its message is written for the person who has to act on it. */
export class OnrampError extends Error {
  override readonly name: string = 'OnrampError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly param: string | null;
  readonly retryAfterSeconds: number | null;
  readonly told: string | null;

  constructor(
    kind: ErrorKind,
    message: string,
    { code, param, retryAfterSeconds, told, ...options }: ErrorDetails = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.code = code ?? kind;
    this.param = param ?? null;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
    this.told = told ?? null;
  }
}

/** The request or the data is wrong; trying again without a change is useless. */
export const invalidInput = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('invalid_request', message, details);

/** It is known who asks, and they may not. */
export const forbidden = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('forbidden', message, details);

/** The thing that was named does not exist. */
export const notFound = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('not_found', message, details);

/** Somebody else changed the same thing first. */
export const conflict = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('conflict', message, details);

/** Too many requests at a time, of this caller or of all; say by `retryAfterSeconds` when to come again. */
export const rateLimited = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('rate_limited', message, details);

/** The thing exists but cannot answer yet; trying again later helps. */
export const notReady = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('not_ready', message, details);

/** A service Onramp depends on failed. */
export const upstream = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('upstream', message, details);

/** A broken promise inside Onramp itself: a bug, not the caller's fault. */
export const internal = (message: string, details?: ErrorDetails): OnrampError =>
  new OnrampError('internal', message, details);

/** True for an error thrown on purpose, also across bundles where `instanceof` would fail. */
export function isOnrampError(error: unknown): error is OnrampError {
  return error instanceof Error && 'kind' in error && 'code' in error && 'param' in error;
}
