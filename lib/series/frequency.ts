/** Frequencies: their names, and the arithmetic of steps on the clock and in the calendar. */
import { frequencyPattern } from '../contracts/series-spec.ts';
import { invalidInput } from '../core/index.ts';
import type { Frequency } from './types.ts';

const msPerUnit = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const monthsPerUnit = { mo: 1, q: 3, y: 12 } as const;
const dayMs = msPerUnit.d;

/** @throws invalid_request for a text that is no frequency */
export function parseFrequency(text: string): Frequency {
  const [, count = '1', unit = '', end] = frequencyPattern.exec(text) ?? [];
  if (unit in msPerUnit && end === undefined) {
    return { unit: 'ms', size: Number(count) * msPerUnit[unit as keyof typeof msPerUnit] };
  }
  if (unit in monthsPerUnit) {
    const size = Number(count) * monthsPerUnit[unit as keyof typeof monthsPerUnit];
    return { unit: 'month', size, atEnd: end !== undefined };
  }
  throw invalidInput(`"${text}" is no frequency; write for example "15min", "1h", "1d", "1w" or "1mo".`, {
    code: 'invalid_spec',
    param: 'series.frequency',
  });
}

/** The name of a frequency in its largest unit. */
export function frequencyText(frequency: Frequency): string {
  const units = frequency.unit === 'ms' ? msPerUnit : monthsPerUnit;
  const [name, length] = Object.entries(units).findLast(([, each]) => frequency.size % each === 0)!;
  return `${frequency.size / length}${name}${frequency.unit === 'month' && frequency.atEnd ? '-end' : ''}`;
}

/** Steps after which a pattern usually comes again: a day of hours, a week of days, a year of months. */
export function usualSeason(frequency: Frequency): number {
  if (frequency.unit === 'month') return 12 % frequency.size === 0 ? 12 / frequency.size : 1;
  const { size } = frequency;
  for (const round of [dayMs, 7 * dayMs]) if (size < round && round % size === 0) return round / size;
  return size === 7 * dayMs ? 52 : 1;
}

const monthOf = (ms: number): number => {
  const date = new Date(ms);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

/** Milliseconds since midnight, also before 1970. */
const timeOfDay = (ms: number): number => ms - Math.floor(ms / dayMs) * dayMs;

const daysIn = (month: number): number =>
  new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).getUTCDate();

/** The moment so many steps after another; months keep the day, or its last one where a month is shorter. */
export function addSteps(frequency: Frequency, start: number, steps: number): number {
  if (frequency.unit === 'ms') return start + steps * frequency.size;
  const month = monthOf(start) + steps * frequency.size;
  const day = frequency.atEnd ? daysIn(month) : Math.min(new Date(start).getUTCDate(), daysIn(month));
  return Date.UTC(Math.floor(month / 12), month % 12, day) + timeOfDay(start);
}

/**
 * Steps from one moment to another, the last one begun not counted.
 *
 * @returns whole steps; `addSteps` of them is `ms` exactly if `ms` is on the grid of `start`
 */
export function stepsBetween(frequency: Frequency, start: number, ms: number): number {
  if (frequency.unit === 'ms') return Math.floor((ms - start) / frequency.size);
  const steps = Math.floor((monthOf(ms) - monthOf(start)) / frequency.size);
  return addSteps(frequency, start, steps) > ms ? steps - 1 : steps;
}

/** The beginning of the step a moment falls into, on the grid of the epoch; of months, their first or last day. */
export function floorToStep(frequency: Frequency, ms: number): number {
  if (frequency.unit === 'ms') {
    // Weeks begin on Mondays; 1970 began on a Thursday.
    const origin = frequency.size % (7 * dayMs) === 0 ? 4 * dayMs : 0;
    return Math.floor((ms - origin) / frequency.size) * frequency.size + origin;
  }
  const month = Math.floor(monthOf(ms) / frequency.size) * frequency.size;
  const last = month + (frequency.atEnd ? frequency.size - 1 : 0);
  return Date.UTC(Math.floor(last / 12), last % 12, frequency.atEnd ? daysIn(last) : 1);
}
