/** From the answer of a service that refuses to the error a caller gets. */
import type { ErrorBody } from '../contracts/http.ts';
import { type ErrorDetails, type ErrorKind, OnrampError } from '../core/errors.ts';

/** What else an `ApiError` knows. */
export interface ApiErrorDetails extends ErrorDetails {
  /** HTTP status of the answer. */
  readonly status: number;
  /** What the service calls this request in its log, `null` if it did not say. */
  readonly requestId: string | null;
  /** How long the service asks to wait before the next try. */
  readonly retryAfterMs?: number;
}

/** A refusal of the service: `kind`, `code`, `param` and the message are its own words. */
export class ApiError extends OnrampError {
  override readonly name: string = 'ApiError';
  readonly status: number;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;

  constructor(
    kind: ErrorKind,
    message: string,
    { status, requestId, retryAfterMs, ...details }: ApiErrorDetails,
  ) {
    super(kind, message, details);
    this.status = status;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs ?? null;
  }
}

/** Kinds by status, for answers that are not in Onramp's own error shape. */
const kindOfStatus: Readonly<Record<number, ErrorKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  500: 'internal',
  503: 'not_ready',
};

/**
 * The refusal that an answer tells of, in the error shape of any dialect.
 *
 * @param body the parsed body, `undefined` if it is not JSON
 * @param request the request as messages name it, for example `GET http://127.0.0.1:8787/v1/models`
 */
export function refusalOf(response: Response, body: unknown, request: string): ApiError {
  const { status, headers } = response;
  const said = wordsOf(body, headers);
  const details = {
    status,
    requestId: headers.get('x-request-id'),
    ...retryAfter(headers.get('retry-after')),
  };
  const kind = kindOfStatus[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'upstream');
  if (said) {
    const { type, message, code, param } = said;
    return new ApiError((type as ErrorKind | undefined) ?? kind, message, {
      ...details,
      ...(code != null && { code }),
      ...(param != null && { param }),
    });
  }
  return new ApiError(
    kind,
    `${request} was answered with status ${status} and no word of Onramp's; is this the address of an Onramp service?`,
    { ...details, code: 'foreign_answer' },
  );
}

type Words = Partial<Omit<ErrorBody['error'], 'message'>> & Pick<ErrorBody['error'], 'message'>;

/** What a refusal says: the native object, the text of OIP and TensorFlow Serving, or MLflow's pair. */
function wordsOf(body: unknown, headers: Headers): Words | null {
  if (typeof body !== 'object' || body === null) return null;
  const { error, error_code, message } = body as Readonly<Record<string, unknown>>;
  const code = headers.get('x-error-code');
  if (typeof error === 'string') return { message: error, code };
  if (typeof error_code === 'string' && typeof message === 'string') return { message, code };
  const words = error as Partial<ErrorBody['error']> | null | undefined;
  return typeof words === 'object' && typeof words?.message === 'string' && typeof words.type === 'string'
    ? (words as Words)
    : null;
}

/** `Retry-After` in seconds; a date is not what Onramp sends. */
function retryAfter(text: string | null): { readonly retryAfterMs?: number } {
  return text !== null && /^\d{1,6}$/.test(text) ? { retryAfterMs: Number(text) * 1000 } : {};
}
