/** The one place where a failure becomes an HTTP status and the native error shape. */
import type { ErrorBody } from '../../lib/contracts/http.ts';
import { type ErrorKind, isOnrampError } from '../../lib/core/index.ts';

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  upstream: 502,
  not_ready: 503,
};

/** Texts of failures that callers cannot mend; the real ones may name keys and hosts and go to the log only. */
const hiddenTexts: Partial<Readonly<Record<ErrorKind, string>>> = {
  internal: 'Something went wrong on our side; the request id helps to find out what.',
  upstream: 'A service this one depends on failed; try again. The request id helps to find out why.',
};

const retryAfterSeconds = '5';

/** A failure as it goes over the wire. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/** What a caller is told of a failure; everything not thrown on purpose is `internal`. */
export function errorAnswer(failure: unknown, requestId: string): ErrorAnswer {
  const known = isOnrampError(failure) && failure.kind in statusOfKind ? failure : null;
  const kind = known?.kind ?? 'internal';
  const hidden = hiddenTexts[kind];
  const status = statusOfKind[kind];
  return {
    status,
    headers: status === 503 || status === 429 ? { 'retry-after': retryAfterSeconds } : {},
    body: {
      error: {
        type: kind,
        message: hidden ?? known?.message ?? '',
        param: hidden === undefined ? (known?.param ?? null) : null,
        code: hidden === undefined ? (known?.code ?? null) : kind,
        request_id: requestId,
      },
    },
  };
}
