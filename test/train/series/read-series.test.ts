import { describe, expect, it } from 'vitest';
import type { ForecastSpec } from '../../../lib/contracts/model-spec.ts';
import type { Table } from '../../../lib/dataset/index.ts';
import { readSeries } from '../../../lib/train/series/read-series.ts';

const spec: ForecastSpec = {
  dataset: 'sales',
  target: 'sales',
  series: { time: 'day', id: ['shop'], horizon: 2, known: ['price', 'offer'] },
};

/** Days of two shops; some cells are left empty. */
function tableOf(empty: (shop: string, day: number, column: 'price' | 'offer') => boolean): Table {
  const cells = ['corner', 'mall'].flatMap((shop) => Array.from({ length: 21 }, (_, day) => ({ shop, day })));
  const stampOf = (day: number): string => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 19);
  return {
    rows: cells.length,
    columns: [
      { name: 'day', type: 'datetime', values: cells.map(({ day }) => stampOf(day)) },
      { name: 'shop', type: 'category', values: cells.map(({ shop }) => shop) },
      { name: 'sales', type: 'numeric', values: Float64Array.from(cells, ({ day }) => day % 7) },
      {
        ...{ name: 'price', type: 'numeric' },
        values: Float64Array.from(cells, ({ shop, day }) =>
          empty(shop, day, 'price') ? Number.NaN : 2 + day,
        ),
      },
      {
        ...{ name: 'offer', type: 'category' },
        values: cells.map(({ shop, day }) => (empty(shop, day, 'offer') ? null : ['a', 'b', 'c'][day % 3]!)),
      },
    ],
  };
}

describe('known inputs', () => {
  it('that some rows lack are what they were before, and are told of', () => {
    const { series, warnings } = readSeries(
      tableOf((shop, day, column) => shop === 'mall' && column === 'price' && (day === 0 || day === 5)),
      spec,
    );

    const prices = series[1]!.known.filter((_, place) => place % 4 === 0);
    expect([...prices.slice(0, 7)]).toEqual([3, 3, 4, 5, 6, 6, 8]);
    expect(warnings).toEqual([expect.objectContaining({ code: 'gaps_filled', column: 'price' })]);
    expect(warnings[0]!.message).toMatch(/^2 of 42 rows have no value of the known input "price"/);
  });

  it('bad call: one that a series never has, named with the series', () => {
    const asked = () =>
      readSeries(
        tableOf((shop, _, column) => shop === 'mall' && column === 'offer'),
        spec,
      );

    expect(asked).toThrow(
      expect.objectContaining({
        ...{ code: 'known_missing', param: 'series.known' },
        message: expect.stringMatching(/"offer" has no value in any row of series "mall"/),
      }),
    );
  });
});

it('bad call: a value that no 32-bit float comes near, named with its row', () => {
  const table = tableOf(() => false);
  (table.columns[2]!.values as Float64Array)[4] = -1e39;

  expect(() => readSeries(table, spec)).toThrow(
    expect.objectContaining({
      ...{ code: 'number_too_large', param: 'target' },
      message: expect.stringMatching(/^Row 5 has -1e\+39 in "sales"/),
    }),
  );
});

it('bad call: more series than a model can keep the newest values of', () => {
  const names = Array.from({ length: 50_001 }, (_, row) => `${row}`);
  const table: Table = {
    rows: names.length,
    columns: [
      { name: 'day', type: 'datetime', values: names.map(() => '2026-01-01T00:00:00') },
      { name: 'order', type: 'category', values: names },
      { name: 'sales', type: 'numeric', values: new Float64Array(names.length) },
    ],
  };

  const asked = () => readSeries(table, { ...spec, series: { time: 'day', id: ['order'], horizon: 2 } });

  expect(asked).toThrow(
    expect.objectContaining({
      ...{ code: 'too_many_series', param: 'series.id' },
      message: expect.stringContaining('By "order" there are 50001 series'),
    }),
  );
});
