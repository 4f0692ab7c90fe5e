/** Time that passes only when a test says so. */
import type { EndpointSettings } from '../../lib/endpoint/index.ts';

type Timers = NonNullable<EndpointSettings['timers']>;

interface Alarm {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that stands still until it is moved. */
export interface ManualTimers extends Timers {
  /** Moves on and rings what is due, in its order. */
  advance(ms: number): void;
  /** Settles when an alarm is set that rings in so many milliseconds. */
  isSet(ms: number): Promise<void>;
  /** How many alarms are waiting. */
  pending(): number;
}

export function manualTimers(): ManualTimers {
  let nowMs = 1_000;
  let alarms: Alarm[] = [];
  const waiting: (() => void)[] = [];
  return {
    now: () => nowMs,
    after: (ms, run) => {
      const alarm = { atMs: nowMs + ms, run };
      alarms.push(alarm);
      for (const check of [...waiting]) check();
      return () => {
        alarms = alarms.filter((other) => other !== alarm);
      };
    },
    advance: (ms) => {
      nowMs += ms;
      const due = alarms.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs);
      alarms = alarms.filter((alarm) => !due.includes(alarm));
      for (const { run } of due) run();
    },
    isSet: (ms) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (alarms.some(({ atMs }) => atMs === nowMs + ms)) resolve();
        };
        waiting.push(check);
        check();
      }),
    pending: () => alarms.length,
  };
}

/** Time that jumps over every pause, and writes down how long it was; the limits of calls are never reached. */
export function rushingTimers(): Timers & { readonly pausesMs: readonly number[] } {
  const longestPauseMs = 6_000;
  let nowMs = 1_000;
  const pausesMs: number[] = [];
  return {
    pausesMs,
    now: () => nowMs,
    after: (ms, run) => {
      if (ms > longestPauseMs) return () => {};
      pausesMs.push(ms);
      nowMs += ms;
      const soon = setImmediate(run);
      return () => clearImmediate(soon);
    },
  };
}
