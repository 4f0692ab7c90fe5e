/** What a request says of how it would like to be answered (RFC 7240). */

/** True if a client asks not to wait: `Prefer: respond-async`, alone or among other preferences. */
export const prefersAsync = (prefer: string | undefined): boolean =>
  preferencesIn(prefer).some((one) => /^respond-async\s*(;|$)/i.test(one));

/**
 * How long a client would wait for the answer itself: so many seconds as `wait` says, none if it says `respond-async`
 * alone; `undefined` if it says neither.
 *
 * @example preferredWaitMs('respond-async, wait=10'); // 10000
 */
export function preferredWaitMs(prefer: string | undefined): number | undefined {
  for (const one of preferencesIn(prefer)) {
    const [, seconds] = /^wait\s*=\s*"?(\d{1,6})"?\s*(?:;|$)/i.exec(one) ?? [];
    if (seconds !== undefined) return Number(seconds) * 1000;
  }
  return prefersAsync(prefer) ? 0 : undefined;
}

const preferencesIn = (prefer = ''): readonly string[] => prefer.split(',').map((one) => one.trim());
