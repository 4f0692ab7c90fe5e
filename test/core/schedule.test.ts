import { describe, expect, it } from 'vitest';
import { nextAfter, parseSchedule } from '../../lib/core/schedule.ts';

/** A Sunday. */
const start = Date.parse('2026-11-22T01:00:00Z');

/** The next `count` times of a schedule, as ISO text to the minute. */
function upcoming(expression: string, count: number, from = start): string[] {
  const times: string[] = [];
  let time = from;
  for (let index = 0; index < count; index += 1) {
    time = nextAfter(expression, time);
    times.push(new Date(time).toISOString().slice(0, 16));
  }
  return times;
}

describe('rate schedules', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(12 hours)', 43_200_000],
    ['rate(1 day)', 86_400_000],
    ['rate(7 days)', 604_800_000],
  ])('%s is due every %i ms', (expression, everyMs) => {
    expect(parseSchedule(expression)).toEqual({ kind: 'rate', everyMs });
    expect(nextAfter(expression, start)).toBe(start + everyMs);
  });

  it.each([
    ['rate(0 days)', /from 1 on/],
    ['rate(1.5 hours)', /whole number/],
    ['rate(day)', /whole number/],
    ['rate(2 weeks)', /unit/],
    ['rate(1 days)', /write "rate\(1 day\)"/],
    ['rate(2 day)', /write "rate\(2 days\)"/],
  ])('bad call: %s', (expression, message) => {
    expect(() => parseSchedule(expression)).toThrow(message);
  });
});

/** Expected times are worked out by hand from the calendar: 22 November 2026 is a Sunday. */
describe('cron schedules', () => {
  it.each([
    ['cron(0 10 * * ? *)', ['2026-11-22T10:00', '2026-11-23T10:00']],
    ['cron(15 12 * * ? *)', ['2026-11-22T12:15', '2026-11-23T12:15']],
    [
      'cron(0 18 ? * MON-FRI *)',
      [
        '2026-11-23T18:00',
        '2026-11-24T18:00',
        '2026-11-25T18:00',
        '2026-11-26T18:00',
        '2026-11-27T18:00',
        '2026-11-30T18:00',
      ],
    ],
    [
      'cron(0 18 ? * 2-6 *)',
      [
        '2026-11-23T18:00',
        '2026-11-24T18:00',
        '2026-11-25T18:00',
        '2026-11-26T18:00',
        '2026-11-27T18:00',
        '2026-11-30T18:00',
      ],
    ],
    ['cron(0 6 ? * 1 *)', ['2026-11-22T06:00', '2026-11-29T06:00']],
    ['cron(0 6 ? * sat,sun *)', ['2026-11-22T06:00', '2026-11-28T06:00', '2026-11-29T06:00']],
    ['cron(0 6 ? * L *)', ['2026-11-28T06:00', '2026-12-05T06:00']],
    ['cron(0 6 ? * 6L *)', ['2026-11-27T06:00', '2026-12-25T06:00']],
    ['cron(0 6 ? * 3#2 *)', ['2026-12-08T06:00', '2027-01-12T06:00']],
    ['cron(0 6 ? * 1/3 *)', ['2026-11-22T06:00', '2026-11-25T06:00', '2026-11-28T06:00', '2026-11-29T06:00']],
    ['cron(0 8 1 * ? *)', ['2026-12-01T08:00', '2027-01-01T08:00']],
    ['cron(0 8 L * ? *)', ['2026-11-30T08:00', '2026-12-31T08:00']],
    ['cron(0 8 LW FEB ? *)', ['2027-02-26T08:00', '2028-02-29T08:00']],
    ['cron(0 8 15W NOV,DEC ? *)', ['2026-12-15T08:00', '2027-11-15T08:00']],
    [
      'cron(0/15 * * * ? *)',
      ['2026-11-22T01:15', '2026-11-22T01:30', '2026-11-22T01:45', '2026-11-22T02:00'],
    ],
    [
      'cron(5/20 1 * * ? *)',
      ['2026-11-22T01:05', '2026-11-22T01:25', '2026-11-22T01:45', '2026-11-23T01:05'],
    ],
    ['cron(0 */6 * * ? *)', ['2026-11-22T06:00', '2026-11-22T12:00', '2026-11-22T18:00', '2026-11-23T00:00']],
    ['cron(0 0 1 1/6 ? *)', ['2027-01-01T00:00', '2027-07-01T00:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(30 9 1 JAN ? 2027-2028)', ['2027-01-01T09:30', '2028-01-01T09:30']],
    ['cron(  0   10 * * ? *  )', ['2026-11-22T10:00']],
  ])('%s', (expression, expected) => {
    expect(upcoming(expression, expected.length)).toEqual(expected);
  });

  it('is due strictly after the given time', () => {
    const due = Date.parse('2026-11-22T10:00:00Z');

    expect(nextAfter('cron(0 10 * * ? *)', due)).toBe(Date.parse('2026-11-23T10:00:00Z'));
    expect(nextAfter('cron(0 10 * * ? *)', due - 1)).toBe(due);
    expect(nextAfter('cron(0 10 * * ? *)', due + 1)).toBe(Date.parse('2026-11-23T10:00:00Z'));
  });

  it('is never due again when its years are over', () => {
    expect(nextAfter('cron(0 0 * * ? 2025)', start)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['cron(0 10 * * ?)', /has 5 fields, it needs 6/],
    ['cron()', /has 0 fields/],
    ['cron(0 10 * * * *)', /exactly one of day-of-month and day-of-week must be "\?"/],
    ['cron(0 10 ? * ? *)', /exactly one/],
    ['cron(60 10 * * ? *)', /cron minutes: "60" is not understood; use 0 to 59/],
    ['cron(0 24 * * ? *)', /cron hours: "24"/],
    ['cron(0 10 32 * ? *)', /cron day-of-month: "32"/],
    ['cron(0 10 * FOO ? *)', /cron month: "FOO" is not understood; use 1 to 12 or JAN to DEC/],
    ['cron(0 10 ? * 0 *)', /cron day-of-week: "0" is not understood; use 1 to 7 or SUN to SAT/],
    ['cron(0 10 ? * 8 *)', /cron day-of-week: "8"/],
    ['cron(0 10 ? * FRI-MON *)', /runs backwards/],
    ['cron(0 10 ? * 2#6 *)', /cron day-of-week/],
    ['cron(0 10 * * ? 1969)', /cron year: "1969"/],
    ['cron(0/0 10 * * ? *)', /step in "0\/0" must be between 1 and 59/],
    ['cron(5-/2 10 * * ? *)', /cron minutes: "5-\/2"/],
    ['cron(1,,2 10 * * ? *)', /cron minutes: ""/],
    ['cron(0 10 31 2 ? *)', /never comes/],
    ['every day', /neither "rate\(1 day\)" nor "cron/],
  ])('bad call: %s', (expression, message) => {
    expect(() => parseSchedule(expression)).toThrow(message);
    expect(() => parseSchedule(expression)).toThrow(
      expect.objectContaining({ kind: 'invalid_request', code: 'invalid_schedule', param: 'schedule' }),
    );
  });
});
