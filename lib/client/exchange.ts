/** One request and its answer: given up in time, sent again where that does no harm, failures in one sentence. */
import { OnrampError, upstream } from '../core/errors.ts';
import { ApiError } from './api-error.ts';

/** How a request is sent again. */
export interface RetryOptions {
  /** How often at most; 0 for never. */
  readonly retries: number;
  /** A longer pause than this is not made: the failure is told instead. */
  readonly longestPauseMs: number;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const firstPauseMs = 200;

/** True if nothing answered at all, so that the same request may succeed later. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof OnrampError && error.code === 'unreachable';
}

/**
 * `fetch`, with a failure to connect told in one sentence.
 *
 * @throws upstream `unreachable`; the reason of `init.signal` if the caller gave up
 */
export async function send(
  address: string,
  init: RequestInit,
  fetcher: typeof fetch = fetch,
): Promise<Response> {
  try {
    return await fetcher(address, init);
  } catch (cause) {
    throw failureOf(
      cause,
      init.signal,
      (reason) => `${new URL(address).origin} does not answer (${reason}).`,
    );
  }
}

/**
 * The body of an answer.
 *
 * @throws upstream `unreachable` if it breaks off
 */
export async function readBytes(
  response: Response,
  request: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw failureOf(cause, signal, (reason) => `The answer to ${request} broke off (${reason}).`);
  }
}

/** Whatever the caller's own signal says is handed on; a time-out and a broken connection become an error of ours. */
function failureOf(
  cause: unknown,
  signal: AbortSignal | null | undefined,
  sentence: (reason: string) => string,
): unknown {
  if (signal?.aborted && cause === signal.reason && !isTimeout(cause)) return cause;
  return upstream(sentence(reasonOf(cause)), { code: 'unreachable', cause });
}

/**
 * Tries until it succeeds, fails in a way that trying again does not mend, or has been tried often enough. Pauses
 * double and are drawn at random from nothing to the whole pause, so that many clients do not come back all at once;
 * a `Retry-After` is waited for.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { retries, longestPauseMs, random, pause }: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let tried = 0; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= retries || !mayPass(error)) throw error;
      const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
      const pauseMs = asked + random() * firstPauseMs * 2 ** tried;
      if (pauseMs > longestPauseMs) throw error;
      await pause(pauseMs, signal);
    }
  }
}

/** True for a failure that is over soon; a service that took too long once is not asked for the same again. */
function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 429 || error.status === 503;
  return error instanceof OnrampError && isUnreachable(error) && !isTimeout(error.cause);
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/** Waits; rejects with the signal's reason as soon as the caller gives up. */
export function pauseFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as unknown);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The system's own word for the failure, such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isTimeout(error)) return 'no answer in time';
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
