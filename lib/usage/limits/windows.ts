/** The windows of limits: which one a time belongs to, and when it ends. */
import type { LimitWindow } from '../../access/index.ts';

/** Characters of an ISO time that name the window: `2026-11-22T10:46` is a minute, `2026-11` a month. */
const nameChars: Readonly<Record<LimitWindow, number>> = { minute: 16, hour: 13, day: 10, month: 7 };

const lengthMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** The window's name; names in the order of time are in the order of texts. */
export const windowOf = (per: LimitWindow, nowMs: number): string =>
  new Date(nowMs).toISOString().slice(0, nameChars[per]);

/** When the window ends, in milliseconds since 1970-01-01 UTC. */
export function windowEnd(per: LimitWindow, nowMs: number): number {
  if (per !== 'month') return (Math.floor(nowMs / lengthMs[per]) + 1) * lengthMs[per];
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
}
