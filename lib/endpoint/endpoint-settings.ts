/** How patient a process is with its endpoints; the defaults are for SageMaker's own limits. */
import type { BreakerSettings } from './circuit-breaker.ts';
import type { RetrySettings } from './retry-budget.ts';
import { systemTimers, type Timers } from './timers.ts';

/** Everything may be left out. */
export interface EndpointSettings {
  /** For a call that names no time of its own: until its answer, or the first part of it. */
  readonly timeoutMs?: number;
  /** For putting a call into a queue, which needs no model. */
  readonly enqueueMs?: number;
  /** Between two parts of a stream. */
  readonly idleMs?: number;
  /** For a whole stream, from its first part on. */
  readonly streamMs?: number;
  readonly retries?: Partial<RetrySettings>;
  readonly breaker?: Partial<BreakerSettings>;
  readonly timers?: Timers;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
}

/** The settings with nothing left out. */
export type FullEndpointSettings = Required<
  Omit<EndpointSettings, 'retries' | 'breaker'> & { retries: RetrySettings; breaker: BreakerSettings }
>;

const defaults = {
  // A container has 60 s to answer; SageMaker's reference advises clients to wait for 70.
  timeoutMs: 70_000,
  enqueueMs: 15_000,
  idleMs: 60_000,
  // A container has 8 minutes to stream.
  streamMs: 490_000,
} as const;

const retryDefaults: RetrySettings = {
  attempts: 3,
  baseMs: 200,
  longestPauseMs: 5_000,
  budget: 20,
  successesPerRetry: 10,
};

const breakerDefaults: BreakerSettings = {
  failuresInRow: 5,
  failureRatio: 0.5,
  leastOutcomes: 20,
  windowMs: 60_000,
  openMs: 5_000,
  longestOpenMs: 60_000,
};

export function fullSettings({ retries, breaker, ...given }: EndpointSettings): FullEndpointSettings {
  return {
    ...defaults,
    timers: systemTimers,
    random: Math.random,
    ...given,
    retries: { ...retryDefaults, ...retries },
    breaker: { ...breakerDefaults, ...breaker },
  };
}
