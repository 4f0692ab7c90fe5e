/** The one place where a failure becomes an HTTP status and the error shape of a dialect. */
import { type Dialect, refusalBody, refusalHeaders } from '../../lib/contracts/dialects.ts';
import { type ErrorKind, isOnrampError, type OnrampError } from '../../lib/core/index.ts';

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  upstream: 502,
  not_ready: 503,
};

/** Failures of other services that have a finer status than their kind; codes of refusals may be a container's own. */
const statusOfUpstream: ReadonlyMap<string, number> = new Map([['endpoint_timed_out', 504]]);

/** Texts of failures that callers cannot mend; the real ones may name keys and hosts and go to the log only. */
const hiddenTexts: Partial<Readonly<Record<ErrorKind, string>>> = {
  internal: 'Something went wrong on our side; the request id helps to find out what.',
  upstream: 'A service this one depends on failed; try again. The request id helps to find out why.',
};

/** When to try again, of failures that do not know better. */
const usualRetryAfterSeconds = 5;

/** `Retry-After` is whole seconds; none at all would have everybody at the door again at once. */
function retryHeaders(status: number, error: OnrampError | null): Record<string, string> {
  if (status !== 503 && status !== 429) return {};
  const seconds = Math.max(1, Math.ceil(error?.retryAfterSeconds ?? usualRetryAfterSeconds));
  return { 'retry-after': String(seconds) };
}

/** A failure as it goes over the wire. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** What a caller is told of a failure; everything not thrown on purpose is `internal`. */
export function errorAnswer(failure: unknown, requestId: string, dialect: Dialect = 'native'): ErrorAnswer {
  const known = isOnrampError(failure) && failure.kind in statusOfKind ? failure : null;
  const kind = known?.kind ?? 'internal';
  const hidden = hiddenTexts[kind];
  const status = (kind === 'upstream' && statusOfUpstream.get(known!.code)) || statusOfKind[kind];
  const error = {
    type: kind,
    message: hidden === undefined ? (known?.message ?? '') : (known?.told ?? hidden),
    param: hidden === undefined ? (known?.param ?? null) : null,
    // Which service failed, and how, may be known; what is wrong inside of this one not.
    code: kind === 'internal' ? kind : (known?.code ?? null),
    request_id: requestId,
  };
  return {
    status,
    headers: { ...retryHeaders(status, known), ...refusalHeaders(dialect, error) },
    body: refusalBody(dialect, error),
  };
}
