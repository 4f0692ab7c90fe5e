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
