import { expect, test } from 'vitest';
import { forecastCurlLine } from '../../lib/client/index.ts';
import type { SeriesSchema } from '../../lib/contracts/series-spec.ts';

const series: SeriesSchema = {
  ...{ time: 'day', target: 'sold', id: [], frequency: '1d', horizon: 7, context: 28, season: 7 },
  ...{ quantiles: [0.1, 0.5, 0.9], known: [], calendar: false, gaps: { fill: 'interpolate', limit: 6 } },
  ...{
    format: '%Y-%m-%d',
    dates_only: true,
    zoned: false,
    count: 1,
    names: [''],
    newest: '2026-01-14T00:00:00',
  },
  found: {},
};

const bodyOf = (schema: SeriesSchema): unknown => {
  const line = forecastCurlLine('http://x', { model: 'sales', apiKey: 'k', series: schema });
  return JSON.parse(/-d '(.*)'$/.exec(line)![1]!);
};

test('the line for a forecast names a series where there are several, and inputs that have to be told', () => {
  const known: SeriesSchema['known'] = [
    { name: 'holiday', type: 'category', categories: ['no', 'yes'] },
    { name: 'price', type: 'numeric', range: [2.5, 9] },
  ];

  expect(bodyOf(series)).toEqual({});
  expect(bodyOf({ ...series, id: ['shop'], names: ['corner', 'mall'] })).toEqual({ series: 'corner' });
  expect(bodyOf({ ...series, known })).toEqual({ horizon: 1, future: [{ holiday: 'no', price: 2.5 }] });
});
