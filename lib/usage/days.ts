/** Days and hours of the ledger, in UTC, and when they are over. */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * After this long nothing more of a day is expected: CloudWatch Logs tries to deliver for 24 hours, and Lambda for 6.
 * Later deliveries are marked, and have their day summed anew.
 */
const lateMs = 48 * hourMs;
/** Between a delivery that looks at the clock and its write; the clocks of two machines differ by far less. */
const marginMs = hourMs;
/** Most of an hour is delivered this long after its end; what comes later changes the name of the hour's sums. */
const settleMs = 5 * 60_000;

const startOf = (day: string, hour = '00'): number => Date.parse(`${day}T${hour}:00:00Z`);

/** `2026-11-22` of a time. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Day and hour of an ISO time, as the ledger's keys have them. */
export const placeOf = (at: string): { readonly day: string; readonly hour: string } => ({
  day: at.slice(0, 10),
  hour: at.slice(11, 13),
});

/** The days from one to another, both included. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let ms = startOf(from); ms <= startOf(to); ms += dayMs) days.push(dayOf(ms));
  return days;
}

/** True if an hour's sums are worth keeping. */
export const isHourOver = (day: string, hour: string, nowMs: number): boolean =>
  nowMs >= startOf(day, hour) + hourMs + settleMs;

/** True if what is written for a day from now on must be marked as late. */
export const isLate = (day: string, nowMs: number): boolean => nowMs >= startOf(day) + dayMs + lateMs;

/** True if everything of a day that is not marked as late has been written. */
export const isDayOver = (day: string, nowMs: number): boolean => isLate(day, nowMs - marginMs);
