import { describe, expect, it } from 'vitest';
import { encode, fitted, tableOf, texts } from './tables.ts';

const dayMs = 86_400_000;
const days = (...values: (string | null)[]) => texts('at', values, 'datetime');

/** Every 11th day of the years 1 to 9999 and all around the turn of each February. */
function manyDays(): string[] {
  const found: string[] = [];
  const first = new Date(0).setUTCFullYear(1, 0, 1);
  const last = Date.UTC(9999, 11, 31);
  for (let time = first; time <= last; time += 211 * dayMs) found.push(isoOf(time));
  for (let year = 1; year <= 9999; year += 7) {
    for (const day of [28, 29, 30]) found.push(isoOf(new Date(0).setUTCFullYear(year, 1, day)));
  }
  return found;
}

const isoOf = (time: number): string => new Date(time).toISOString().slice(0, 19);

describe('dates for trees', () => {
  it('gives the parts that Date gives, for the years 1 to 9999', async () => {
    const values = manyDays();
    const table = tableOf(days(...values));

    const encoded = await encode(fitted(table, {}, { style: 'tree' }), table);

    const wrong = values.filter((iso, row) => {
      const date = new Date(`${iso}Z`);
      const newYear = new Date(date).setUTCMonth(0, 1);
      const expected = [
        date.getUTCFullYear(),
        date.getTime() / dayMs,
        (date.getTime() - newYear) / dayMs + 1,
        (date.getUTCDay() + 6) % 7,
        date.getUTCMonth() + 1,
        date.getUTCDate(),
      ];
      return encoded[row]!.join() !== expected.join();
    });
    expect(values.length).toBeGreaterThan(20_000);
    expect(wrong).toEqual([]);
  });

  it('gives the hour only to columns with times of day', async () => {
    const table = tableOf(
      texts('day', ['2024-01-01T00:00:00', '2024-01-02'], 'datetime'),
      texts('time', ['2024-01-01T00:00:00', '2024-01-02T23:59:59'], 'datetime'),
    );
    const preprocessor = fitted(table, {}, { style: 'tree' });

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames.filter((name) => name.endsWith(':hour'))).toEqual(['time:hour']);
    expect(encoded.map((row) => row.slice(6))).toEqual([
      [2024, 19723, 1, 0, 1, 1, 0],
      [2024, 19724, 2, 1, 1, 2, 23],
    ]);
  });

  it('gives NaN for what is missing and for what is no date', async () => {
    const broken = [null, '', 'soon', '2023-02-29', '2024-13-01', '2024-04-31', '2024-1-1', '1900-02-29'];
    const more = ['2024-01-01T24:00:00', '2024-01-01 10:00:00', ' 2024-01-01', '2024-01-01\n', '٢٠٢٤-٠١-٠١'];
    const table = tableOf(days('2024-01-01T00:00:00', ...broken, ...more, '2000-02-29'));

    const encoded = await encode(fitted(table, {}, { style: 'tree' }), table);

    expect(encoded.slice(1, -1)).toEqual(Array(13).fill(Array(6).fill(Number.NaN)));
    expect(encoded.at(-1)).toEqual([2000, 11016, 60, 1, 2, 29]);
  });

  it('reads a date with and without a time alike, in one batch and alone', async () => {
    const table = tableOf(days('2024-05-06', '2024-05-06T00:00:00', '2024-05-06T07:08:09'));
    const preprocessor = fitted(table, {}, { style: 'tree' });

    const together = await encode(preprocessor, table);
    const alone = await encode(preprocessor, table, Uint32Array.of(0));

    expect(together.map((row) => row.at(-1))).toEqual([0, 0, 7]);
    expect(new Set(together.map((row) => String(row.slice(0, 6))))).toHaveLength(1);
    expect(alone).toEqual([together[0]]);
  });
});

describe('dates for linear models', () => {
  it('gives the trend, places in the round of the year and the day, and days of the week one by one', async () => {
    const table = tableOf(days('2024-01-01T06:00:00', '2024-07-13T18:00:00'));
    const preprocessor = fitted(table, { scaling: 'min_max' });

    const encoded = await encode(preprocessor, table);

    const named = encoded.map((row) =>
      Object.fromEntries(row.map((value, column) => [preprocessor.outputNames[column]!.slice(3), value])),
    );
    expect(named[0]).toMatchObject({ days: 0, day: 0, monday: 1, saturday: 0, weekend: 0 });
    expect(named[0]).toMatchObject({ month_sin: 0, month_cos: 1, year_sin: 0, year_cos: 1, hour_sin: 1 });
    expect(named[1]).toMatchObject({ days: 1, day: 1, monday: 0, saturday: 1, weekend: 1 });
    expect(named[1]!.month_cos).toBeCloseTo(-1, 6);
    expect(named[1]!.year_cos).toBeCloseTo(Math.cos((2 * Math.PI * 194) / 366), 6);
    expect(named[1]!.hour_sin).toBeCloseTo(-1, 6);
  });

  it('scales the trend like a number: the same mean and spread as days since 1970', async () => {
    const table = tableOf(days('2024-01-01', '2024-01-03', '2024-01-08'));

    const encoded = await encode(fitted(table), table);

    const spread = Math.sqrt((9 + 1 + 16) / 3);
    expect(encoded.map((row) => row[0])).toEqual(
      [-3, -1, 4].map((days) => Math.fround(days / Math.fround(spread))),
    );
  });

  it.each([
    [{}, '2024-01-02'],
    [{ numeric_missing: 'mean' }, '2024-01-04'],
    [{ numeric_missing: 'most_frequent' }, '2024-01-01'],
    [{ numeric_missing: 'constant' }, '2024-01-02'],
    [{ numeric_missing: 'drop_row' }, '2024-01-02'],
  ] as const)('under %j fills a missing date with %s', async (spec, fill) => {
    const present = ['2024-01-01', '2024-01-01', '2024-01-02', '2024-01-04', '2024-01-10'];
    const table = tableOf(days(...present, null, fill));
    const preprocessor = fitted(table, spec, { train: 6 });

    const encoded = await encode(preprocessor, table);

    const marker = preprocessor.outputNames.indexOf('at:missing');
    expect(marker).toBe('numeric_missing' in spec && spec.numeric_missing === 'drop_row' ? -1 : 14);
    expect(encoded[5]!.slice(0, 14)).toEqual(encoded[6]!.slice(0, 14));
    expect(encoded.map((row) => row[14])).toEqual(marker < 0 ? Array(7) : [0, 0, 0, 0, 0, 1, 0]);
  });

  it('survives a column without any date', async () => {
    const table = tableOf(days(null, null));

    const encoded = await encode(fitted(table), table);

    expect(encoded.flat().every(Number.isFinite)).toBe(true);
  });
});
