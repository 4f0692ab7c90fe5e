/** What ends a call from outside: its caller has left, or its time is up. One signal for both, with the error as reason. */
import type { Timers } from './timers.ts';

/** The control of one call, from its start to its last byte. */
export interface CallControl {
  /** Aborted when the call must end; its `reason` is what is to be thrown. */
  readonly signal: AbortSignal;
  /** Ends the call with an error unless what is returned is called before the time is up. */
  limit(ms: number, error: () => Error): () => void;
  /** Ends the call now. */
  end(reason: unknown): void;
  /** The call has ended by itself: nothing is waited for any more. */
  release(): void;
}

/** @param outer aborted when nobody waits for the answer any more; its reason becomes the call's */
export function createCallControl(timers: Timers, outer: AbortSignal | undefined): CallControl {
  const controller = new AbortController();
  const limits = new Set<() => void>();
  const leave = (): void => end(outer?.reason);
  const release = (): void => {
    outer?.removeEventListener('abort', leave);
    for (const cancel of limits) cancel();
    limits.clear();
  };
  const end = (reason: unknown): void => {
    release();
    controller.abort(reason);
  };
  if (outer?.aborted) leave();
  else outer?.addEventListener('abort', leave, { once: true });
  return {
    signal: controller.signal,
    limit: (ms, error) => {
      const cancelTimer = timers.after(ms, () => end(error()));
      const cancel = (): void => {
        cancelTimer();
        limits.delete(cancel);
      };
      limits.add(cancel);
      return cancel;
    },
    end,
    release,
  };
}

/**
 * What a promise gives, unless the signal is aborted before: then the signal's reason is thrown at once, however long
 * the promise takes to notice.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The same for many promises, one at a time, by one listener: what a stream awaits for each of its parts. */
export function createAwaiter(signal: AbortSignal): <T>(promise: Promise<T>) => Promise<T> {
  let giveUp: (reason: unknown) => void = () => {};
  signal.addEventListener('abort', () => giveUp(signal.reason), { once: true });
  return (promise) =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      if (signal.aborted) reject(signal.reason);
      promise.then(resolve, reject);
    });
}

/** Waits; ends early, by throwing its reason, when the signal is aborted. */
export function pause(ms: number, timers: Timers, signal: AbortSignal): Promise<void> {
  let cancel = (): void => {};
  const waited = new Promise<void>((resolve) => {
    cancel = timers.after(ms, resolve);
  });
  return untilAborted(waited, signal).finally(() => cancel());
}
