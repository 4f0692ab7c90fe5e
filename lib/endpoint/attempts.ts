/**
 * A call as attempts: let through by the breaker, tried, judged, and repeated where that is safe and worth it.
 *
 * Whoever asks pays for a request, not for its attempts; but a container that works twice is paid for twice by whoever
 * runs it. So what it may have worked on is repeated only where the call says that this does no harm, what it may be
 * working on still (a call that ran out of time) never, and nothing of which a byte has been given.
 */
import { notReady } from '../core/index.ts';
import { type CallControl, pause, untilAborted } from './call-control.ts';
import type { CircuitBreaker, Passage } from './circuit-breaker.ts';
import { type Failure, judgeFailure } from './failures.ts';
import { pauseAfter, type RetryBudget, type RetrySettings } from './retry-budget.ts';
import type { Timers } from './timers.ts';

/** What is known of one endpoint, over all its calls. */
export interface EndpointHealth {
  readonly breaker: CircuitBreaker;
  readonly budget: RetryBudget;
}

/** What a call's attempts depend on. */
export interface AttemptOptions {
  readonly endpoint: string;
  readonly health: EndpointHealth;
  readonly retries: RetrySettings;
  readonly timers: Timers;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly control: CallControl;
  /** Nothing is begun after this moment of `timers`. */
  readonly deadlineMs: number;
  /** Whether what may have been worked on is tried again. */
  readonly repeatable: boolean;
}

/** The attempt that was answered. */
export interface Answered<T> {
  readonly value: T;
  /** The first attempt is 1. */
  readonly attempts: number;
  /** Still to be settled: of a stream, what it says of the endpoint is known at its end. */
  readonly passage: Passage;
}

/**
 * Tries until there is an answer, or no use in trying.
 *
 * @throws the judged error of the last attempt, not_ready `endpoint_paused`, or the reason of the control's signal
 */
export async function tryUntilAnswered<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  options: AttemptOptions,
): Promise<Answered<T>> {
  const { health, control, timers, endpoint } = options;
  let last: Failure | null = null;
  for (let attempts = 1; ; attempts += 1) {
    control.signal.throwIfAborted();
    const passage = health.breaker.enter();
    if (!('isProbe' in passage)) throw last?.error ?? paused(endpoint, passage.retryAfterMs);
    const own = new AbortController();
    try {
      const signal = AbortSignal.any([control.signal, own.signal]);
      const value = await untilAborted(attempt(signal), control.signal);
      health.budget.refill();
      return { value, attempts, passage };
    } catch (cause) {
      // The rest of an answer that is no good would keep its connection.
      own.abort();
      if (control.signal.aborted) throw endedFromOutside(control.signal.reason, passage);
      last = judgeFailure(cause, endpoint);
      settle(passage, last);
      const waitMs = pauseBefore(last, attempts, options);
      if (waitMs === null) throw last.error;
      await pause(waitMs, timers, control.signal);
    }
  }
}

/** How long to wait before the next attempt; `null` if there is to be none. */
function pauseBefore(
  failure: Failure,
  attempts: number,
  { retries, repeatable, timers, deadlineMs, health, random }: AttemptOptions,
): number | null {
  const allowed = failure.again === 'safe' || (failure.again === 'unclear' && repeatable);
  if (!allowed || attempts >= retries.attempts) return null;
  const waitMs = pauseAfter(attempts, failure.askedMs ?? 0, retries, random);
  const isTime = timers.now() + waitMs < deadlineMs && health.breaker.openForMs() <= waitMs;
  // The budget is asked last, as it is spent by asking.
  return isTime && health.budget.take() ? waitMs : null;
}

function settle(passage: Passage, { endpoint }: Failure): void {
  if (endpoint === 'works') passage.succeed();
  else if (endpoint === 'fails') passage.fail();
  else passage.drop();
}

/** Time that ran out is the endpoint's fault, a caller who left is not. */
function endedFromOutside(reason: unknown, passage: Passage): unknown {
  if (isTimeOut(reason)) passage.fail();
  else passage.drop();
  return reason;
}

/** Whether a call was ended by one of our own limits. */
const isTimeOut = (reason: unknown): boolean =>
  reason instanceof Error && 'code' in reason && reason.code === 'endpoint_timed_out';

function paused(endpoint: string, retryAfterMs: number): Error {
  return notReady('The model failed several times in a row and is left alone for a moment.', {
    code: 'endpoint_paused',
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
    cause: new Error(`the circuit breaker of SageMaker endpoint "${endpoint}" is open`),
  });
}
