/** What a request says of how it would like to be answered (RFC 7240). */

/** True if a client asks not to wait: `Prefer: respond-async`, alone or among other preferences. */
export function prefersAsync(prefer: string | undefined): boolean {
  if (prefer === undefined) return false;
  return prefer.split(',').some((one) => /^\s*respond-async\s*(;|$)/i.test(one));
}
