/** Time as calls need it: how long they take, and what is to happen later. Passed in, so that tests need not wait. */

/** A clock that only goes forward, and an alarm. */
export interface Timers {
  /** Milliseconds since some moment. */
  now(): number;
  /** Runs a function once after some milliseconds, unless what is returned is called before. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's own. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A limit for each of many waits, one at a time. */
export interface WaitLimit {
  begin(): void;
  end(): void;
  /** There are no more waits. */
  stop(): void;
}

/**
 * One alarm for all waits, since nearly all of them end long before it: one that rings while a later wait is on is set
 * again for the rest of that.
 */
export function createWaitLimit(ms: number, timers: Timers, onLong: () => void): WaitLimit {
  let sinceMs: number | null = null;
  let cancel: (() => void) | null = null;
  const set = (afterMs: number): void => {
    cancel = timers.after(afterMs, () => {
      cancel = null;
      if (sinceMs === null) return;
      const leftMs = sinceMs + ms - timers.now();
      if (leftMs > 0) set(leftMs);
      else onLong();
    });
  };
  return {
    begin: () => {
      sinceMs = timers.now();
      if (cancel === null) set(ms);
    },
    end: () => {
      sinceMs = null;
    },
    stop: () => {
      cancel?.();
      [sinceMs, cancel] = [null, null];
    },
  };
}
