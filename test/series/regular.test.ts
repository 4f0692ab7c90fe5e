import { describe, expect, it } from 'vitest';
import {
  addSteps,
  lastValues,
  makeRegular,
  parseFrequency,
  type RegularOptions,
  type SeriesRows,
} from '../../lib/series/index.ts';

const hour = 3_600_000;

/** Rows of an hourly series: hour, value and a known input. */
function rowsOf(rows: readonly (readonly [hours: number, value: number, known?: number])[]): SeriesRows {
  return {
    name: '',
    stamps: Float64Array.from(rows, ([hours]) => hours * hour),
    values: Float64Array.from(rows, ([, value]) => value),
    known: Float64Array.from(rows, ([, , known = 0]) => known),
    rows: Array.from(rows.keys()),
  };
}

const options = (change: Partial<RegularOptions> = {}): RegularOptions => ({
  ...{ frequency: parseFrequency('1h'), width: 1, gaps: { fill: 'interpolate', limit: 2 } },
  ...change,
});

describe('rows made regular', () => {
  it('come in order of time, whatever their order was', () => {
    const made = makeRegular(
      rowsOf([
        [2, 30],
        [0, 10],
        [1, 20],
      ]),
      options(),
    )!;

    expect([...made.series.values]).toEqual([10, 20, 30]);
    expect(made).toMatchObject({ filled: 0, series: { start: 0, ahead: 0 } });
  });

  it.each([
    ['interpolate', [10, 20, 30, 40]],
    ['previous', [10, 10, 10, 40]],
    ['zero', [10, 0, 0, 40]],
  ] as const)('have gaps filled: %s', (fill, values) => {
    const made = makeRegular(
      rowsOf([
        [0, 10],
        [1, Number.NaN],
        [3, 40],
      ]),
      options({ gaps: { fill, limit: 2 } }),
    )!;

    expect([...made.series.values]).toEqual(values);
    expect(made).toMatchObject({ filled: 2, firstFilled: hour });
  });

  it('begin and end with a value, and keep what is known of the steps after', () => {
    const nothing = Number.NaN;
    const rows = rowsOf([
      [0, nothing, 5],
      [1, 10, 6],
      [2, 20, 7],
      [3, nothing, 8],
      [4, nothing, 9],
      [6, nothing, 1],
    ]);

    const { series } = makeRegular(rows, options())!;

    expect([...series.values]).toEqual([10, 20]);
    expect([...series.known]).toEqual([6, 7, 8, 9]);
    expect(series.ahead).toBe(2);
  });

  it.each([
    ['mean', 15],
    ['sum', 30],
    ['min', 10],
    ['max', 20],
    ['first', 10],
    ['last', 20],
  ] as const)('of one step become one by %s', (aggregate, value) => {
    const made = makeRegular(
      rowsOf([
        [0.1, 10],
        [0.6, 20],
        [1.5, 7],
      ]),
      options({ aggregate }),
    )!;

    expect([...made.series.values]).toEqual([value, 7]);
    expect(made.series.start).toBe(0);
  });

  it('may be very many of one step', () => {
    const seconds = rowsOf(Array.from({ length: 150_000 }, (_, second) => [second / 3_600, second]));

    const made = makeRegular(seconds, options({ frequency: parseFrequency('1mo'), aggregate: 'max' }))!;

    expect([...made.series.values]).toEqual([149_999]);
  });

  it('keep what is not known of the future unknown', () => {
    const rows = rowsOf([
      [0, 10, 5],
      [1, 20, Number.NaN],
      [2, Number.NaN, Number.NaN],
      [3, Number.NaN, 8],
    ]);

    const { series } = makeRegular(rows, options())!;

    expect([...series.known]).toEqual([5, 5, Number.NaN, 8]);
  });

  it('are none without a value', () => {
    expect(makeRegular(rowsOf([[0, Number.NaN]]), options())).toBeNull();
  });

  it.each([
    [
      'a gap that is too long',
      [
        [0, 1],
        [4, 2],
      ],
      {},
      'gap_too_long',
    ],
    [
      'any gap where none is to be filled',
      [
        [0, 1],
        [2, 2],
      ],
      { gaps: { fill: 'refuse', limit: 9 } },
      'gap_too_long',
    ],
    [
      'a stamp between two steps',
      [
        [0, 1],
        [1.5, 2],
      ],
      {},
      'off_grid',
    ],
    [
      'two rows of one time',
      [
        [0, 1],
        [0, 2],
      ],
      {},
      'duplicate_stamp',
    ],
  ] as const)('bad call: %s', (_title, rows, change, code) => {
    expect(() => makeRegular(rowsOf(rows), options(change))).toThrow(expect.objectContaining({ code }));
  });
});

it('keeps the day of the month where the last values begin in a shorter one', () => {
  const monthly = parseFrequency('1mo');
  const start = Date.UTC(2025, 10, 30);
  const series = {
    name: '',
    start,
    values: Float64Array.of(1, 2, 3, 4, 5),
    known: new Float64Array(0),
    ahead: 0,
  };

  const last = lastValues(series, 2, monthly);

  expect([...last.values]).toEqual([3, 4, 5]);
  expect(addSteps(monthly, last.start, 3)).toBe(addSteps(monthly, start, 5));
});
