import { describe, expect, it } from 'vitest';
import { type DatetimeFormat, parseDatetime } from '../../lib/core/index.ts';

describe('reading a date-time', () => {
  it.each<[string, DatetimeFormat, string]>([
    ['2001-01-22', '%Y-%m-%d', '2001-01-22T00:00:00'],
    ['2001-01-22T15:04', '%Y-%m-%d', '2001-01-22T15:04:00'],
    ['2001-01-22 15:04:05.999', '%Y-%m-%d', '2001-01-22T15:04:05'],
    ['2001-01-22T15:04:05Z', '%Y-%m-%d', '2001-01-22T15:04:05'],
    ['2001-01-01T00:30:00+02:00', '%Y-%m-%d', '2000-12-31T22:30:00'],
    ['2001-12-31 23:30:00-0130', '%Y-%m-%d', '2002-01-01T01:00:00'],
    ['2004/2/29', '%Y/%m/%d', '2004-02-29T00:00:00'],
    ['1/22/2001 3:04 PM', '%m/%d/%Y', '2001-01-22T15:04:00'],
    ['1/22/2001 3:04pm  +01:00 ', '%m/%d/%Y', '2001-01-22T14:04:00'],
    ['01/22/2001 12:00:00 am', '%m/%d/%Y', '2001-01-22T00:00:00'],
    ['22.01.2001', '%d.%m.%Y', '2001-01-22T00:00:00'],
    ['1/2/69', '%m/%d/%y', '1969-01-02T00:00:00'],
    ['1/2/68', '%m/%d/%y', '2068-01-02T00:00:00'],
    ['22 January 2001', '%d %b %Y', '2001-01-22T00:00:00'],
    ['22-Jan-2001', '%d-%b-%Y', '2001-01-22T00:00:00'],
    ['Jan 22, 2001', '%b %d %Y', '2001-01-22T00:00:00'],
    ['0099-01-01', '%Y-%m-%d', '0099-01-01T00:00:00'],
  ])('%s as %s', (text, format, expected) => {
    const canonical = parseDatetime(text, format);

    expect(canonical).toBe(expected);
  });

  it.each<[string, DatetimeFormat]>([
    ['2001-02-29', '%Y-%m-%d'],
    ['2001-13-01', '%Y-%m-%d'],
    ['2001-00-10', '%Y-%m-%d'],
    ['2001-01-01T24:00:00', '%Y-%m-%d'],
    ['2001-01-01T10:60', '%Y-%m-%d'],
    ['0000-01-01', '%Y-%m-%d'],
    ['0001-01-01T00:00+01:00', '%Y-%m-%d'],
    ['9999-12-31T23:30-01:00', '%Y-%m-%d'],
    ['22/01/2001', '%m/%d/%Y'],
    ['1/2/2001 13:00 PM', '%m/%d/%Y'],
    ['22 Foo 2001', '%d %b %Y'],
    ['2001-01-22 and more', '%Y-%m-%d'],
    ['20010122', '%Y-%m-%d'],
  ])('bad call: %s is no date-time of the form %s', (text, format) => {
    const canonical = parseDatetime(text, format);

    expect(canonical).toBeNull();
  });

  it('bad call: thousands of spaces before what does not belong there are refused in no time', () => {
    const text = `2001-01-22 15:04${' '.repeat(3000)}x`;

    const canonical = parseDatetime(text, '%Y-%m-%d');

    expect(canonical).toBeNull();
  });
});
