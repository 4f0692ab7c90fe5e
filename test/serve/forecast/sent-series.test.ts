import { describe, expect, it } from 'vitest';
import type { SeriesSchema, StoredSeries } from '../../../lib/contracts/series-spec.ts';
import { ask } from '../ask.ts';
import { risingModel } from './rising-model.ts';

const headers = { 'content-type': 'application/json' };

/** What the model answers to a body; refusals are thrown. */
async function forecast(
  body: object,
  schema: Partial<SeriesSchema> = {},
  stored: Partial<StoredSeries> = {},
) {
  const context = await risingModel(schema, stored);
  const request = { path: { model: 'sales' }, headers, body: { series: 'corner', ...body } };
  return JSON.parse((await ask(context, 'POST /v1/models/{model}/forecast', request)).text!);
}

const days = (...rows: (readonly [string, number | null])[]) => ({
  history: rows.map(([day, sales]) => ({ day, sales })),
});

describe('times of a history', () => {
  const times = { ...{ time: 'time', frequency: '1h', dates_only: false }, newest: '2026-01-12T02:00:00' };
  const hours = (...texts: string[]) => ({ history: texts.map((time, hour) => ({ time, sales: hour })) });

  it('are moved to UTC where those of the data were', async () => {
    const sent = hours('2026-03-01T00:30:00+05:30', '2026-03-01T02:00:00+06:00', '2026-02-28T21:00:00Z');

    const { horizon } = await forecast(sent, { ...times, zoned: true });

    expect(horizon[0]).toBe('2026-02-28T22:00:00Z');
  });

  it('are taken as they stand where those of the data say no zone, also with the Z that programs write', async () => {
    const { horizon } = await forecast(
      hours('2026-03-01T00:00:00.000Z', '2026-03-01T01:00:00.000Z', '2026-03-01T02:00:00.000Z'),
      times,
    );

    expect(horizon[0]).toBe('2026-03-01T03:00:00');
  });

  it('bad call: an offset where those of the data say no zone', async () => {
    const sent = hours('2026-03-01T00:00:00', '2026-03-01T01:00:00+01:00');

    await expect(forecast(sent, times)).rejects.toMatchObject({
      ...{ code: 'zone_unknown', param: 'history[1].time' },
      message: expect.stringContaining('is +01:00 from UTC'),
    });
  });

  it.each([
    [
      'twice the same',
      days(['2026-01-15', 1], ['2026-01-15', 2]),
      'duplicate_stamp',
      'history[0]" and "history[1]',
    ],
    [
      'between two steps',
      days(['2026-01-15T06:00:00', 1]),
      'off_grid',
      '"history[0]" is of 2026-01-15T06:00:00',
    ],
    [
      'long after what is stored',
      days(['2026-02-15', 1]),
      'gap_too_long',
      'From 2026-01-15T00:00:00 on 31 steps',
    ],
  ])('bad call: %s', async (_title, body, code, message) => {
    await expect(forecast(body)).rejects.toMatchObject({
      ...{ code, param: 'history' },
      message: expect.stringContaining(message),
    });
  });

  it('bad call: a value that no 32-bit float comes near', async () => {
    const sent = days(['2026-01-12', 1], ['2026-01-13', 1e300], ['2026-01-14', 2]);

    await expect(forecast(sent)).rejects.toMatchObject({
      ...{ code: 'invalid_field', param: 'history[1].sales' },
      message: expect.stringContaining('32-bit float'),
    });
  });

  it('bad call: rows of one series under the name of another', async () => {
    const history = [{ day: '2026-01-15', sales: 1, shop: 'harbour' }];

    await expect(forecast({ history })).rejects.toMatchObject({
      ...{ code: 'invalid_field', param: 'series' },
      message: expect.stringContaining('rows of "history" are of "harbour"'),
    });
  });

  it('bad call: fewer values than a forecast is made from, of a series that is not stored', async () => {
    const asked = forecast({ ...days(['2026-01-15', 1], ['2026-01-16', 2]), series: 'harbour' });

    await expect(asked).rejects.toMatchObject({
      ...{ code: 'history_too_short', param: 'history' },
      message: expect.stringContaining('has 2 values in a row; the model forecasts from 3'),
    });
  });
});

it('rows of one step that is stored too stand in its place where they are joined', async () => {
  const sent = days(['2026-01-14T06:00:00', 19], ['2026-01-14T18:00:00', 21]);

  const { horizon, values } = await forecast(sent, { aggregate: 'mean' });

  expect(horizon[0]).toBe('2026-01-15');
  expect(values).toEqual([21, 22, 23]);
});

describe('known inputs of the steps ahead', () => {
  const holiday: Partial<SeriesSchema> = { known: [{ name: 'holiday', type: 'numeric', range: [0, 1] }] };
  const told = (...ahead: (number | null)[]): Partial<StoredSeries> => ({
    known: [0, 0, 0, ...ahead],
    ahead: ahead.length,
  });
  const future = (...rows: object[]) => ({ future: rows });

  it('are told by time in any order, or by their order without times', async () => {
    const timed = future(
      { day: '2026-01-17', holiday: 3 },
      { day: '2026-01-15', holiday: 1 },
      { day: '2026-01-16', holiday: 2 },
      { day: '2026-01-14', holiday: 9 },
    );
    const plain = future({ holiday: 1 }, { holiday: 2 }, { holiday: 3 });

    const { values } = await forecast(timed, holiday);

    expect(values).toEqual([111, 212, 313]);
    expect((await forecast(plain, holiday)).values).toEqual(values);
  });

  it('that the data told stay known when a newer value is sent', async () => {
    const body = { ...days(['2026-01-15', 20]), horizon: 2 };

    const { values } = await forecast(body, holiday, told(7, 1, 2));

    expect(values).toEqual([121, 222]);
  });

  it('bad call: one that the data left empty and that is not sent', async () => {
    await expect(forecast({}, holiday, told(1, null, 1))).rejects.toMatchObject({
      ...{ code: 'future_missing', param: 'future' },
      message: expect.stringContaining('"holiday" for each of its 3 steps, and has nothing for 2026-01-16'),
    });
  });

  it('of the past are not looked at, those of the future are', async () => {
    const offer: Partial<SeriesSchema> = {
      known: [{ name: 'offer', type: 'boolean', categories: ['no', 'yes'] }],
    };
    const rows = ['2026-01-15', '2026-01-16', '2026-01-17'].map((day) => ({ day, sales: 1, offer: 'new' }));
    const plain = Array.from({ length: 3 }, () => ({ offer: 'no' }));

    const { values } = await forecast({ history: rows, future: plain }, offer);

    expect(values).toEqual([2, 3, 4]);
    const ahead = { day: '2026-01-18', sales: null, offer: 'new' };
    await expect(forecast({ history: [...rows, ahead], future: plain }, offer)).rejects.toMatchObject({
      ...{ code: 'unknown_category', param: 'history[3].offer' },
    });
  });

  it('is asked for alone where the data told the others', async () => {
    const { values } = await forecast(future({ day: '2026-01-16', holiday: 5 }), holiday, told(1, null, 2));

    expect(values).toEqual([111, 512, 213]);
  });

  it.each([
    ['a time between two steps', [{ day: '2026-01-15T12:00:00', holiday: 1 }], 'off_grid', 'future'],
    [
      'two rows of one step',
      [
        { day: '2026-01-15', holiday: 1 },
        { day: '2026-01-15', holiday: 0 },
      ],
      'duplicate_stamp',
      'future',
    ],
    ['a number beyond 32-bit floats', [{ holiday: 1e39 }], 'invalid_field', 'future[0].holiday'],
    [
      'times in some rows only',
      [{ day: '2026-01-15', holiday: 1 }, { holiday: 0 }],
      'invalid_field',
      'future[1].day',
    ],
  ])('bad call: %s', async (_title, rows, code, param) => {
    await expect(forecast(future(...rows), holiday)).rejects.toMatchObject({ code, param });
  });
});

describe("a request of KServe's time series API names its own fields", () => {
  const known: SeriesSchema['known'] = [{ name: 'holiday', type: 'boolean', categories: ['no', 'yes'] }];
  const timeSeries = async (change: object) => {
    const input = {
      type: 'univariate_time_series',
      name: 'corner',
      series: [1, 2, 3],
      frequency: 'D',
      ...change,
    };
    const body = { model: 'sales', inputs: [input], options: { horizon: 2 } };
    return ask(await risingModel({ known }), 'POST /v1/timeseries/forecast', { headers, body });
  };

  it.each([
    ['too few values', { series: [1] }, 'history_too_short', 'inputs[0].series'],
    ['a value beyond 32-bit floats', { series: [1, 1e39, 3] }, 'invalid_field', 'inputs[0].series[1]'],
    [
      'the name of a method as frequency',
      { frequency: 'constructor' },
      'invalid_field',
      'inputs[0].frequency',
    ],
    ['values of nobody', { series: [], name: 'nobody' }, 'invalid_field', 'inputs[0].series'],
    ['a start that is no moment', { start_timestamp: 'soon' }, 'invalid_field', 'inputs[0].start_timestamp'],
    [
      'a start at an offset',
      { start_timestamp: '2026-01-12T00:00:00+02:00' },
      'zone_unknown',
      'inputs[0].start_timestamp',
    ],
    ['no known inputs', {}, 'future_missing', 'inputs[0].future'],
    [
      'an unknown category',
      { future: [{ holiday: 'maybe' }] },
      'unknown_category',
      'inputs[0].future[0].holiday',
    ],
  ])('bad call: %s', async (_title, change, code, param) => {
    await expect(timeSeries(change)).rejects.toMatchObject({ code, param });
  });

  it.each([
    ['1h', 'hour'],
    ['1h', '1h'],
    ['15min', '15min'],
  ])('calls a frequency of %s also %s', async (own, frequency) => {
    const input = { type: 'univariate_time_series', name: 'corner', series: [1, 2, 3], frequency };
    const body = { model: 'sales', inputs: [input], options: { horizon: 1 } };

    const { text } = await ask(await risingModel({ frequency: own }), 'POST /v1/timeseries/forecast', {
      headers,
      body,
    });

    expect(JSON.parse(text!).outputs[0].content[0]).toMatchObject({ mean_forecast: [4], frequency });
  });
});
