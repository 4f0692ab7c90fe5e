/** Waits for a model that is not there yet: its endpoint sleeps, starts, or has no instance. */
import { isOnrampError, type OnrampError } from '../core/index.ts';
import { pause } from './call-control.ts';
import { systemTimers, type Timers } from './timers.ts';

/** How long is waited. */
export interface ReadyWait {
  /** For everything: what is asked for is told how much of it is left. */
  readonly limitMs: number;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal;
  /** Is told that the model is not ready, each time it was asked. */
  readonly onWait?: () => void;
  readonly timers?: Timers;
}

/** Asking costs nothing while there is nobody to answer, and it is by being asked that an endpoint wakes. */
const firstPauseMs = 1_000;
const longestPauseMs = 10_000;
const growth = 1.5;

const neverAborted = new AbortController().signal;

/**
 * Asks until the model is ready, with growing pauses.
 *
 * @throws what is thrown otherwise, or at the end not_ready `endpoint_not_ready`; the reason of the signal
 * @example await whenReady((timeoutMs) => endpoints.invoke({ ...call, timeoutMs }), { limitMs: 27_000 });
 */
export async function whenReady<T>(
  ask: (leftMs: number) => Promise<T>,
  { limitMs, signal = neverAborted, onWait, timers = systemTimers }: ReadyWait,
): Promise<T> {
  const endMs = timers.now() + limitMs;
  for (let waitMs = firstPauseMs; ; waitMs = Math.min(longestPauseMs, waitMs * growth)) {
    try {
      return await ask(Math.max(1, Math.floor(endMs - timers.now())));
    } catch (error) {
      if (!isAsleep(error) || timers.now() + waitMs >= endMs) throw error;
    }
    onWait?.();
    await pause(waitMs, timers, signal);
  }
}

/** True of the refusal by an endpoint that sleeps, starts, or has no instance; a container may give any code to its own. */
export const isAsleep = (error: unknown): error is OnrampError =>
  isOnrampError(error) && error.kind === 'not_ready' && error.code === 'endpoint_not_ready';
