/** How many retries an endpoint bears: a few, and after those one for every so many calls that went well. */

/** When and how often an attempt is repeated. */
export interface RetrySettings {
  /** Attempts of one call, the first among them. */
  readonly attempts: number;
  /** The pause after attempt n is drawn from 0 to `baseMs` times 2^(n-1), and never above `longestPauseMs`. */
  readonly baseMs: number;
  readonly longestPauseMs: number;
  /** Retries that all calls of an endpoint have together before any goes well. */
  readonly budget: number;
  /** So many calls that go well give one retry back. */
  readonly successesPerRetry: number;
}

/** The budget of one endpoint: a bucket of tokens. */
export interface RetryBudget {
  /** Takes a retry out of it, if there is one. */
  take(): boolean;
  /** A call went well. */
  refill(): void;
}

/**
 * When everything fails, calls alone go on and retries do not multiply them: the bucket is filled by success only. It
 * counts in successes, which are whole.
 */
export function createRetryBudget({ budget, successesPerRetry }: RetrySettings): RetryBudget {
  const full = budget * successesPerRetry;
  let tokens = full;
  return {
    take: () => {
      if (tokens < successesPerRetry) return false;
      tokens -= successesPerRetry;
      return true;
    },
    refill: () => {
      tokens = Math.min(full, tokens + 1);
    },
  };
}

/**
 * How long to wait after an attempt, in milliseconds: full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015),
 * so that callers who failed together do not come back together; and never less than was asked for.
 *
 * @param random uniform in [0, 1)
 */
export function pauseAfter(
  attempt: number,
  askedMs: number,
  { baseMs, longestPauseMs }: RetrySettings,
  random: () => number,
): number {
  return askedMs + random() * Math.min(longestPauseMs, baseMs * 2 ** (attempt - 1));
}
