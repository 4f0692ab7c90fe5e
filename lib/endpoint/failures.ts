/** What went wrong with an attempt: the error for the caller, whether to try again, and whether the endpoint is to blame. */
import { internal, invalidInput, notReady, OnrampError, rateLimited, upstream } from '../core/index.ts';
import { loggedWords, readContainerWords } from './container-words.ts';

/** A failed attempt, judged. */
export interface Failure {
  readonly error: OnrampError;
  /**
   * `safe`: the container has not begun, or says itself that it has not; `unclear`: it may have done the work; `useless`:
   * the same would come again, or later than anybody waits.
   */
  readonly again: 'safe' | 'unclear' | 'useless';
  /** What it says of the endpoint, for the breaker. */
  readonly endpoint: 'works' | 'fails' | 'unknown';
  /** So long it asks to be left alone. */
  readonly askedMs?: number;
}

/** What the SDK throws, as far as it is read; anything may be missing. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  /** Node's, of a connection. */
  readonly code?: string;
  readonly syscall?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  /** Of `ModelError`. */
  readonly OriginalStatusCode?: number;
  readonly OriginalMessage?: string;
  /** Of `ModelStreamError`. */
  readonly ErrorCode?: string;
}

/** When to ask again where nobody said: a queue drains in seconds, a container starts in tens, an instance in minutes. */
const retrySeconds = { busy: 2, starting: 15, noInstance: 60 } as const;

/**
 * Judges what the SDK threw.
 *
 * @param endpoint its name, for messages that go to the log
 */
export function judgeFailure(cause: unknown, endpoint: string): Failure {
  const error: SdkError = typeof cause === 'object' && cause !== null ? cause : {};
  const context = { cause, endpoint, error };
  const status = error.$metadata?.httpStatusCode;
  if (error.name === 'ModelError') return containerFailure(context);
  if (error.name === 'ModelStreamError' || error.name === 'InternalStreamFailure')
    return streamFailure(context);
  if (error.name === 'ModelNotReadyException') return starting(context);
  if (status === 429 || throttling.test(error.name ?? '')) return busy(context);
  if (isNotAllowed(error, status)) return unknownEndpoint(context);
  if (error.name === 'ValidationError' || status === 400) return validationFailure(context);
  if (status === 413) return { error: tooLarge(error.message ?? ''), again: 'useless', endpoint: 'works' };
  return { error: failed(context), again: notBegun(error, status) ? 'safe' : 'unclear', endpoint: 'fails' };
}

interface Context {
  readonly cause: unknown;
  readonly endpoint: string;
  readonly error: SdkError;
}

const throttling = /^(Throttling\w*|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/;

/** Rights, keys and signatures, which AWS refuses by 403 and at times by 400. */
const notAllowed = /AccessDenied|Signature|SecurityToken|ExpiredToken|UnrecognizedClient|CredentialsProvider/;

const isNotAllowed = ({ name = '' }: SdkError, status: number | undefined): boolean =>
  status === 401 || status === 403 || status === 404 || notAllowed.test(name);

/** Codes of Node for what never became a connection. */
const unconnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** 503 of SageMaker's front, or no connection: nothing of the request has reached a container. */
function notBegun({ code = '', syscall, message = '' }: SdkError, status: number | undefined): boolean {
  return (
    status === 503 ||
    unconnected.has(code) ||
    syscall === 'connect' ||
    (code === '' && message.includes('did not establish a connection'))
  );
}

/** SageMaker's 424: what the container answered, as `OriginalStatusCode`; 0 if it answered nothing. */
function containerFailure(context: Context): Failure {
  const { OriginalStatusCode: status = 0, OriginalMessage: body = '' } = context.error;
  if (status === 429) return busy(context);
  if (status >= 400 && status < 500) {
    const { message, param, code = 'endpoint_refused_input' } = readContainerWords(body);
    const text =
      message === '' ? `The model refused the request with status ${status} and no words.` : message;
    return {
      error: invalidInput(text, { code, ...(param !== undefined && { param }), cause: context.cause }),
      again: 'useless',
      endpoint: 'works',
    };
  }
  if (status === 0 && /timed out/i.test(`${body} ${context.error.message}`)) return timedOut(context);
  const error = failed(context, status === 0 ? undefined : toldByContainer(status, body));
  // By 503 a container says that it did not take the request on: a queue that is full, workers not there yet.
  return { error, again: status === 503 ? 'safe' : 'unclear', endpoint: 'fails' };
}

function streamFailure(context: Context): Failure {
  if (context.error.ErrorCode === 'ModelInvocationTimeExceeded') return timedOut(context);
  return { error: failed(context), again: 'unclear', endpoint: 'fails' };
}

/** An inference component without copies, as when it is scaled to zero. */
const noInstance = /no capacity|no (healthy )?instances?\b|insufficient capacity/i;
/** "Endpoint llm of account 111122223333 not found."; "Inference Component Name header is required for ..." */
const misnamed =
  /\b(endpoint|variant|component)\b.*\b(not found|not exist)|could not find .*\b(endpoint|variant|component)\b|component name header/i;
/**
 * "Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 6291456"; of a serverless
 * endpoint: "Request 7d1a3b52-... has oversize body."
 */
const longBody = /'body' .*less than or equal to|\b(body|payload|request)\b.* (too (large|long)|oversize)/i;

/** SageMaker tells apart by its words alone what it refuses by one name. */
function validationFailure(context: Context): Failure {
  const { message = '' } = context.error;
  if (noInstance.test(message)) {
    return {
      error: notReady('The model has no instance running; one is on its way if it scales from zero.', {
        code: 'endpoint_not_ready',
        retryAfterSeconds: retrySeconds.noInstance,
        cause: context.cause,
      }),
      again: 'useless',
      endpoint: 'unknown',
    };
  }
  if (misnamed.test(message)) return unknownEndpoint(context);
  if (longBody.test(message)) {
    return { error: tooLarge(message), again: 'useless', endpoint: 'works' };
  }
  const words = message === '' ? 'SageMaker refused the request without a word.' : message;
  return {
    error: invalidInput(words, { code: 'endpoint_refused_input', cause: context.cause }),
    again: 'useless',
    endpoint: 'works',
  };
}

function busy({ cause, error }: Context): Failure {
  const askedSeconds = retryAfterSeconds(error);
  const seconds = askedSeconds ?? retrySeconds.busy;
  return {
    error: rateLimited(`The model has all the requests that it can take; try again in ${seconds} seconds.`, {
      code: 'endpoint_busy',
      retryAfterSeconds: seconds,
      cause,
    }),
    again: 'safe',
    endpoint: 'unknown',
    ...(askedSeconds !== null && { askedMs: askedSeconds * 1_000 }),
  };
}

function starting({ cause, error }: Context): Failure {
  const askedSeconds = retryAfterSeconds(error);
  const seconds = askedSeconds ?? retrySeconds.starting;
  return {
    error: notReady(`The model is still starting; try again in ${seconds} seconds.`, {
      code: 'endpoint_not_ready',
      retryAfterSeconds: seconds,
      cause,
    }),
    again: 'safe',
    endpoint: 'unknown',
    ...(askedSeconds !== null && { askedMs: askedSeconds * 1_000 }),
  };
}

function unknownEndpoint({ cause, endpoint, error }: Context): Failure {
  return {
    error: internal(
      `SageMaker endpoint "${endpoint}" cannot be called: ${wordsOf(error)}. Check that it exists in this account and region, its variant and inference component too, and that this function may call it (sagemaker:InvokeEndpoint).`,
      { code: 'endpoint_unknown', cause },
    ),
    again: 'useless',
    endpoint: 'unknown',
  };
}

const failed = ({ cause, endpoint, error }: Context, told?: string): OnrampError =>
  upstream(`SageMaker endpoint "${endpoint}" failed: ${wordsOf(error)}`, {
    code: 'endpoint_failed',
    ...(told !== undefined && { told }),
    ...causeOf(cause),
  });

/** Status and words of a container that failed, cut: its own answer, and nothing of what is around it. */
function toldByContainer(status: number, body: string): string {
  const words = loggedWords(readContainerWords(body).message);
  return `The model's container failed with status ${status}${words === '' ? ', and no words.' : `: ${words}`}`;
}

/** The container works on, so that asking again would only add to it. */
const timedOut = ({ cause, endpoint, error }: Context): Failure => ({
  error: timeOut(
    `SageMaker endpoint "${endpoint}" gave no answer in time: ${wordsOf(error)}`,
    causeOf(cause),
  ),
  again: 'useless',
  endpoint: 'fails',
});

/** A call whose time is up. */
export const timeOut = (message: string, options: ErrorOptions = {}): OnrampError =>
  upstream(message, { code: 'endpoint_timed_out', ...options });

/** A stream that ended before its end. */
export function brokenStream(endpoint: string, cause: unknown): OnrampError {
  const words = cause instanceof Error ? wordsOf(cause) : String(cause);
  return upstream(`The stream of SageMaker endpoint "${endpoint}" broke: ${words}`, {
    code: 'endpoint_stream_broken',
    ...causeOf(cause),
  });
}

/** A body that SageMaker does not take. */
export const tooLarge = (words: string): OnrampError =>
  new OnrampError(
    'too_large',
    `${words === '' ? 'The body is too long for the model.' : words} Longer inputs go through S3: send the request as a job, with "Prefer: respond-async".`,
    { code: 'endpoint_body_too_large' },
  );

const wordsOf = ({ name, message = '', ErrorCode }: SdkError): string =>
  [name, ErrorCode, loggedWords(message)].filter((word) => word !== undefined && word !== '').join(': ');

/** What a container said is in the message, cut; the SDK's error has it at its full length several times more. */
const causeOf = (cause: unknown): ErrorOptions =>
  cause instanceof Error && /^Model(Stream)?Error$/.test(cause.name) ? {} : { cause };

/** `Retry-After` in seconds; SageMaker promises none, but the proxies before it may send one. */
function retryAfterSeconds({ $response: response }: SdkError): number | null {
  const text = response?.headers?.['retry-after'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}
