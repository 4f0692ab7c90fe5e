import { describe, expect, it } from 'vitest';
import {
  addSteps,
  floorToStep,
  frequencyText,
  inferFrequency,
  parseFrequency,
  stepsBetween,
  usualSeason,
} from '../../lib/series/index.ts';

const at = (text: string): number => Date.parse(`${text}Z`);
const shown = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

describe('frequencies', () => {
  it.each([
    ['90s', '90s'],
    ['60s', '1min'],
    ['15min', '15min'],
    ['24h', '1d'],
    ['7d', '1w'],
    ['mo', '1mo'],
    ['3mo', '1q'],
    ['12mo-end', '1y-end'],
  ])('names %s %s', (given, named) => {
    expect(frequencyText(parseFrequency(given))).toBe(named);
  });

  it.each(['', '0h', '1.5h', 'hourly', '1h-end'])('bad call: %j is none', (text) => {
    expect(() => parseFrequency(text)).toThrow(expect.objectContaining({ param: 'series.frequency' }));
  });

  it('counts months by the calendar, also where they are shorter', () => {
    const monthly = parseFrequency('1mo');
    const ends = parseFrequency('1mo-end');

    expect(shown(addSteps(monthly, at('2023-12-31T06:00:00'), 2))).toBe('2024-02-29T06:00');
    expect(shown(addSteps(ends, at('2023-11-30T00:00:00'), 2))).toBe('2024-01-31T00:00');
    expect(stepsBetween(monthly, at('2023-01-15T00:00:00'), at('2024-01-14T23:00:00'))).toBe(11);
    expect(stepsBetween(monthly, at('2023-03-15T00:00:00'), at('2023-01-15T00:00:00'))).toBe(-2);
  });

  it('counts months before 1970 to the hour', () => {
    const [start, later] = [at('1959-01-01T06:00:00'), at('1959-03-01T06:00:00')];

    expect(shown(addSteps(parseFrequency('1mo'), start, 2))).toBe('1959-03-01T06:00');
    expect(stepsBetween(parseFrequency('1mo'), start, later)).toBe(2);
  });

  it('rounds down to hours, Mondays and quarters', () => {
    expect(shown(floorToStep(parseFrequency('1h'), at('2026-11-22T15:59:59')))).toBe('2026-11-22T15:00');
    expect(shown(floorToStep(parseFrequency('1w'), at('2026-11-22T15:59:59')))).toBe('2026-11-16T00:00');
    expect(shown(floorToStep(parseFrequency('1q'), at('2026-11-22T15:59:59')))).toBe('2026-10-01T00:00');
  });

  it.each([
    ['1min', 1_440],
    ['1h', 24],
    ['7h', 24],
    ['1d', 7],
    ['1w', 52],
    ['1mo', 12],
    ['1q', 4],
    ['1y', 1],
  ])('knows the usual season of %s', (text, season) => {
    expect(usualSeason(parseFrequency(text))).toBe(season);
  });
});

describe('finding a frequency', () => {
  const find = (...texts: string[]): string => {
    const frequency = inferFrequency([Float64Array.from(texts, at)]);
    return frequency ? frequencyText(frequency) : 'none';
  };

  it('takes the most usual distance, whatever is missing', () => {
    expect(find('2026-01-01T00:00', '2026-01-01T01:00', '2026-01-01T05:00', '2026-01-01T06:00')).toBe('1h');
  });

  it.each([
    ['months', '1mo', ['2026-01-05', '2026-02-05', '2026-03-05', '2026-04-05']],
    ['ends of months', '1mo-end', ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']],
    ['quarters', '1q', ['2026-01-01', '2026-04-01', '2026-07-01', '2026-10-01']],
    ['years', '1y', ['2023-01-01', '2024-01-01', '2025-01-01']],
    ['four weeks', '4w', ['2026-01-05', '2026-02-02', '2026-03-02']],
    ['thirty days', '30d', ['2026-01-05', '2026-02-04', '2026-03-06']],
  ])('tells %s', (_title, wanted, days) => {
    expect(find(...days.map((day) => `${day}T00:00`))).toBe(wanted);
  });

  it('finds none where no two moments differ', () => {
    expect(find('2026-01-01T00:00', '2026-01-01T00:00')).toBe('none');
  });
});
