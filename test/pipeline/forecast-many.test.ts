import { beforeAll, describe, expect, it } from 'vitest';
import type { ForecastSpec, VersionManifest } from '../../lib/contracts/index.ts';
import { sha256 } from '../../lib/core/index.ts';
import { evaluateNoticed, trainNoticed } from '../../lib/pipeline/index.ts';
import { findTrainedVersion, listRuns, putSpec } from '../../lib/registry/index.ts';
import { createModelCache, type ServeContext } from '../../lib/serve/index.ts';
import { ask } from '../serve/ask.ts';
import { createWorld, ingest, type World } from './support.ts';

const dayMs = 86_400_000;
const start = Date.parse('2025-01-06T00:00:00Z');
const days = 280;
const horizon = 7;

const day = (number: number): string => new Date(start + number * dayMs).toISOString().slice(0, 10);
const isHoliday = (number: number): boolean => number % 17 === 3;

/** Sales of two shops, one a hundred times larger, that a holiday halves; what is still to come has no sales yet. */
function salesCsv(): string {
  const lines = ['day,shop,holiday,sales'];
  let state = 7;
  for (let number = 0; number < days + horizon; number += 1) {
    for (const [shop, size] of [
      ['corner', 10],
      ['mall', 1_000],
    ] as const) {
      state = (state * 16_807) % 2_147_483_647;
      const weekly = 1 + 0.4 * Math.sin((2 * Math.PI * number) / 7);
      const noise = 1 + (state / 2_147_483_647 - 0.5) * 0.1;
      const sales = size * weekly * noise * (isHoliday(number) ? 0.5 : 1);
      const shown = number < days ? sales.toFixed(3) : '';
      lines.push(`${day(number)},${shop},${isHoliday(number) ? 'yes' : 'no'},${shown}`);
    }
  }
  return lines.join('\n');
}

const spec: ForecastSpec = {
  dataset: 'sales',
  target: 'sales',
  task: 'forecast',
  series: { time: 'day', id: ['shop'], horizon, known: ['holiday'], quantiles: [0.9, 0.1] },
};

async function train(world: World, wanted: ForecastSpec): Promise<VersionManifest> {
  const csv = salesCsv();
  await putSpec(world, 'sales', wanted);
  await ingest(world, csv, { dataset: 'sales', file: 'sales.csv' });
  const delivery = { messageId: 'm', receiveCount: 1 };
  await trainNoticed(world, { kind: 'dataset-ready', dataset: 'sales', digest: sha256(csv) }, delivery);
  await evaluateNoticed(world, { kind: 'version', model: 'sales', version: '1' });
  const { items } = await listRuns(world, 'sales', { limit: 1 });
  expect(items[0]!.error).toBeNull();
  return (await findTrainedVersion(world, 'sales', '1'))!;
}

const json = { 'content-type': 'application/json' };

describe('a forecast of many series with inputs known ahead', () => {
  const world = createWorld();
  let version: VersionManifest;
  let context: ServeContext;

  const forecast = async (body: unknown) =>
    JSON.parse(
      (
        await ask(context, 'POST /v1/models/{model}/forecast', {
          ...{ path: { model: 'sales' }, body, headers: json },
        })
      ).text!,
    );

  beforeAll(async () => {
    version = await train(world, spec);
    context = { ...world, cache: createModelCache(world) };
  }, 120_000);

  it('compares baselines, autoregression and boosting by rolling origins, and keeps the best', () => {
    const names = version.candidates.map(({ learner }) => learner);
    const best = version.candidates.reduce((left, right) => (right.score < left.score ? right : left));

    expect(names).toEqual(['seasonal_naive', 'exponential_smoothing', 'autoregression', 'boosting']);
    expect(version).toMatchObject({ learner: best.learner, metric: 'mase' });
    expect(best.score).toBeLessThan(0.8 * version.candidates[0]!.score);
  });

  it('describes series, their inputs and the levels in order', () => {
    expect(version.schema.series).toMatchObject({
      ...{ id: ['shop'], count: 2, names: ['corner', 'mall'], frequency: '1d', season: 7 },
      ...{ dates_only: true, quantiles: [0.1, 0.9] },
      known: [{ name: 'holiday', type: 'boolean', categories: ['no', 'yes'] }],
    });
  });

  it('forecasts each series in its own size, with the future that the data told', async () => {
    const [corner, mall] = [
      await forecast({ series: 'corner' }),
      await forecast({ series: { shop: 'mall' } }),
    ];

    expect(corner).toMatchObject({
      series: 'corner',
      horizon: Array.from({ length: horizon }, (_, step) => day(days + step)),
    });
    expect(mall.values[0] / corner.values[0]).toBeGreaterThan(50);
    expect(mall.values[0] / corner.values[0]).toBeLessThan(200);
    expect(Object.keys(corner.quantiles)).toEqual(['0.1', '0.9']);
  });

  it('bad call: no series named where there are several', async () => {
    await expect(forecast({})).rejects.toMatchObject({ code: 'series_needed', param: 'series' });
  });

  it('bad call: a series that nobody knows, without its history', async () => {
    await expect(forecast({ series: 'harbour' })).rejects.toMatchObject({ code: 'unknown_series' });
  });

  it('forecasts a series that it has not seen from its history and the future that is sent', async () => {
    const numbers = Array.from({ length: 100 }, (_, number) => number);
    const history = numbers.map((number) => ({ day: day(number), sales: 500 + 10 * (number % 7) }));
    const future = Array.from({ length: horizon }, () => ({ holiday: 'no' }));

    const calm = await forecast({ series: 'harbour', history, future });
    const quiet = await forecast({
      series: 'harbour',
      history,
      future: future.map(() => ({ holiday: 'yes' })),
    });

    expect(calm.horizon[0]).toBe(day(100));
    for (const [step, value] of calm.values.entries()) expect(quiet.values[step]).toBeLessThan(value);
  });

  it('bad call: a history without what is known of its future', async () => {
    const history = Array.from({ length: 100 }, (_, number) => ({
      day: day(number),
      sales: 500 + (number % 7),
    }));

    await expect(forecast({ series: 'harbour', history })).rejects.toMatchObject({ code: 'future_missing' });
  });

  it('bad call: a value that an input never had', async () => {
    const asked = forecast({ series: 'mall', future: [{ holiday: 'maybe' }] });

    await expect(asked).rejects.toMatchObject({ code: 'unknown_category', param: 'future[0].holiday' });
  });

  const timeSeries = async (change: object = {}, options: object = { horizon: 3, quantiles: [0.9] }) => {
    const values = Array.from({ length: 100 }, (_, number) => 500 + 10 * (number % 7));
    const input = {
      ...{ type: 'univariate_time_series', name: 'harbour', series: values, frequency: 'D' },
      ...{ start_timestamp: '2025-01-06T00:00:00Z' },
      future: { holiday: Array.from({ length: horizon }, () => 'no') },
      ...change,
    };
    const body = { model: 'sales', inputs: [input], options };
    const { text } = await ask(context, 'POST /v1/timeseries/forecast', { body, headers: json });
    return JSON.parse(text!);
  };

  it("answers KServe's time series API with the numbers of its own", async () => {
    const history = Array.from({ length: 100 }, (_, number) => ({
      day: day(number),
      sales: 500 + 10 * (number % 7),
    }));
    const future = Array.from({ length: horizon }, () => ({ holiday: 'no' }));
    const own = await forecast({ series: 'harbour', history, future, horizon: 3 });

    const answer = await timeSeries();

    expect(answer).toMatchObject({
      ...{ status: 'completed', error: null, model: 'sales' },
      created_at: world.clock.now() / 1_000,
      outputs: [
        {
          status: 'completed',
          content: [
            {
              ...{ type: 'univariate_time_series', name: 'harbour', frequency: 'D' },
              ...{ mean_forecast: own.values, start_timestamp: `${day(100)}T00:00:00` },
              quantiles: { '0.9': own.quantiles['0.9'] },
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['another frequency', { frequency: 'H' }, undefined, 'inputs[0].frequency'],
    ['several values a step', { type: 'multivariate_time_series' }, undefined, 'inputs[0].type'],
    ['a level that was not learnt', {}, { horizon: 3, quantiles: [0.42] }, 'options.quantiles'],
    ['a horizon longer than the model has', {}, { horizon: 8 }, 'options.horizon'],
    ['values without a name', { name: 3 }, undefined, 'inputs[0].name'],
  ])('bad call: %s', async (_title, change, options, param) => {
    await expect(timeSeries(change, options)).rejects.toMatchObject({ param });
  });
});
