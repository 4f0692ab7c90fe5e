/** Finds the frequency of series in the distances between their stamps. */
import type { Frequency } from './types.ts';

const dayMs = 86_400_000;

/**
 * The distance that most neighbouring stamps have. Distances of 28 to 31 days are months, of 89 to 92 quarters and of 365
 * or 366 years, in which every stamp is on the same day, or on the last one.
 *
 * @param stamps of each series, ascending, in milliseconds since 1970; equal ones count for nothing
 * @returns `null` if no series has two different stamps
 */
export function inferFrequency(stamps: readonly Float64Array[]): Frequency | null {
  const counts = new Map<number, number>();
  for (const series of stamps) {
    for (let index = 1; index < series.length; index += 1) {
      const distance = series[index]! - series[index - 1]!;
      if (distance > 0) counts.set(distance, (counts.get(distance) ?? 0) + 1);
    }
  }
  if (counts.size === 0) return null;
  const [size] = [...counts].reduce((best, next) => (isMoreUsual(next, best) ? next : best));
  const months = monthsOf(size / dayMs, counts);
  return months === null ? { unit: 'ms', size } : (calendarFrequency(months, stamps) ?? { unit: 'ms', size });
}

/** Of distances that are met as often the shorter one. */
const isMoreUsual = (
  [distance, count]: readonly [number, number],
  [other, otherCount]: readonly [number, number],
): boolean => count > otherCount || (count === otherCount && distance < other);

/** Distances of 28 days are those of Februaries only where others are of longer months. */
function monthsOf(days: number, counts: ReadonlyMap<number, number>): number | null {
  if (days >= 29 && days <= 31) return 1;
  if (days === 28) return [29, 30, 31].some((longer) => counts.has(longer * dayMs)) ? 1 : null;
  if (days >= 89 && days <= 92) return 3;
  return days === 365 || days === 366 ? 12 : null;
}

/** A frequency in months if all stamps are on one day of theirs, or on the last. */
function calendarFrequency(size: number, stamps: readonly Float64Array[]): Frequency | null {
  const all = stamps.flatMap((series) => Array.from(series, (ms) => new Date(ms)));
  const isLast = (date: Date): boolean => new Date(date.getTime() + dayMs).getUTCDate() === 1;
  const days = new Set(all.map((date) => date.getUTCDate()));
  if (all.every(isLast)) return { unit: 'month', size, atEnd: true };
  return days.size === 1 ? { unit: 'month', size, atEnd: false } : null;
}
