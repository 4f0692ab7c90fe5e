/** A circuit breaker: an endpoint that fails again and again is left alone for a while, and then tried by one call. */
import type { Timers } from './timers.ts';

/** When a breaker opens, and for how long. */
export interface BreakerSettings {
  /** So many failures in a row open it. */
  readonly failuresInRow: number;
  /** So large a part of failures opens it, if there were at least `leastOutcomes` in the last `windowMs`. */
  readonly failureRatio: number;
  readonly leastOutcomes: number;
  readonly windowMs: number;
  /** How long it stays open: the first time, and at most after probes that failed, each of which doubles it. */
  readonly openMs: number;
  readonly longestOpenMs: number;
}

/** One attempt that was let through. Only the first of its three outcomes counts. */
export interface Passage {
  /** It is the one call that is to show whether the endpoint works again. */
  readonly isProbe: boolean;
  succeed(): void;
  fail(): void;
  /** Nothing was learnt of the endpoint: the caller left, say, or was asked to come later. */
  drop(): void;
}

/** The breaker of one endpoint. */
export interface CircuitBreaker {
  /** A passage, or in how many milliseconds there may be one. */
  enter(): Passage | { readonly retryAfterMs: number };
  /** How long nothing will be let through; 0 unless it is open. */
  openForMs(): number;
}

interface Outcome {
  readonly atMs: number;
  readonly failed: boolean;
}

/** So many outcomes are looked at; more say nothing more. */
const longestWindow = 100;
/** When to ask again while a probe is under way. */
const probeMs = 1_000;

export function createCircuitBreaker(settings: BreakerSettings, timers: Timers): CircuitBreaker {
  let outcomes: Outcome[] = [];
  let row = 0;
  let openUntilMs: number | null = null;
  let openMs = settings.openMs;
  let probe: Passage | null = null;

  const close = (): void => {
    outcomes = [];
    row = 0;
    openUntilMs = null;
    openMs = settings.openMs;
  };
  const open = (): void => {
    openUntilMs = timers.now() + openMs;
    openMs = Math.min(openMs * 2, settings.longestOpenMs);
  };
  const count = (failed: boolean): void => {
    // Answers of calls from before it opened tell nothing of the endpoint now.
    if (openUntilMs !== null) return;
    row = failed ? row + 1 : 0;
    const atMs = timers.now();
    outcomes = outcomes.filter((old) => old.atMs > atMs - settings.windowMs).slice(1 - longestWindow);
    outcomes.push({ atMs, failed });
    if (failed && (row >= settings.failuresInRow || isMostlyFailing(outcomes, settings))) open();
  };
  const passage = (isProbe: boolean): Passage => {
    let isSettled = false;
    const settle = (outcome: () => void) => () => {
      if (isSettled) return;
      isSettled = true;
      if (isProbe) probe = null;
      outcome();
    };
    return {
      isProbe,
      succeed: settle(() => (isProbe ? close() : count(false))),
      fail: settle(() => (isProbe ? open() : count(true))),
      drop: settle(() => {}),
    };
  };
  const openForMs = (): number => Math.max(0, (openUntilMs ?? 0) - timers.now());
  return {
    openForMs,
    enter: () => {
      if (openUntilMs === null) return passage(false);
      const waitMs = openForMs();
      if (waitMs > 0) return { retryAfterMs: waitMs };
      if (probe) return { retryAfterMs: probeMs };
      probe = passage(true);
      return probe;
    },
  };
}

function isMostlyFailing(
  outcomes: readonly Outcome[],
  { leastOutcomes, failureRatio }: BreakerSettings,
): boolean {
  const failures = outcomes.filter(({ failed }) => failed).length;
  return outcomes.length >= leastOutcomes && failures >= failureRatio * outcomes.length;
}
