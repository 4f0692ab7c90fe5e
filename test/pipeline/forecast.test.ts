import { beforeAll, describe, expect, it } from 'vitest';
import type { ForecastSpec, VersionManifest } from '../../lib/contracts/index.ts';
import { sha256 } from '../../lib/core/index.ts';
import { pinVersion } from '../../lib/jobs/index.ts';
import { evaluateNoticed, trainNoticed } from '../../lib/pipeline/index.ts';
import { findTrainedVersion, listRuns, listVersions, putSpec } from '../../lib/registry/index.ts';
import { createModelCache, type ServeContext } from '../../lib/serve/index.ts';
import { ask } from '../serve/ask.ts';
import { createWorld, ingest, liveVersion, type World } from './support.ts';

const hourMs = 3_600_000;
const start = Date.parse('2026-01-01T00:00:00Z');

/** A day's wave with noise that remembers itself, the same every time. */
function wave(hours: number, { level = 20, size = 5 } = {}): number[] {
  let state = 1;
  let noise = 0;
  return Array.from({ length: hours }, (_, hour) => {
    state = (state * 16_807) % 2_147_483_647;
    noise = 0.8 * noise + (state / 2_147_483_647 - 0.5) * 2;
    return Number((level + size * Math.sin((2 * Math.PI * hour) / 24) + noise).toFixed(3));
  });
}

const stamp = (hour: number): string => new Date(start + hour * hourMs).toISOString().slice(0, 19);

const csvOf = (values: readonly number[]): string =>
  ['time,load', ...values.map((value, hour) => `${stamp(hour)},${value}`)].join('\n');

const spec: ForecastSpec = {
  dataset: 'grid',
  target: 'load',
  learner: 'autoregression',
  series: { time: 'time', horizon: 24 },
};

const delivery = { messageId: 'm', receiveCount: 1 };

/** Uploads data and lets every station do its part. */
async function circle(world: World, csv: string, dataset = 'grid'): Promise<void> {
  world.advance(60_000);
  await ingest(world, csv, { dataset, file: 'grid.csv' });
  await trainNoticed(world, { kind: 'dataset-ready', dataset, digest: sha256(csv) }, delivery);
  for (const { version } of (await listVersions(world, dataset, { limit: 9 })).items) {
    await evaluateNoticed(world, { kind: 'version', model: dataset, version });
  }
}

const contextOf = (world: World): ServeContext => ({ ...world, cache: createModelCache(world) });

async function forecast(context: ServeContext, body: unknown = '', model = 'grid') {
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(context, 'POST /v1/models/{model}/forecast', { path: { model }, body, headers });
  return JSON.parse(answer.text!);
}

describe('a forecast in the circle of the data', () => {
  const world = createWorld();
  const values = wave(24 * 40);
  let version: VersionManifest;
  let context: ServeContext;

  beforeAll(async () => {
    await putSpec(world, 'grid', spec);
    await circle(world, csvOf(values));
    version = (await findTrainedVersion(world, 'grid', '1'))!;
    context = contextOf(world);
  });

  it('goes live when it beats the seasonal-naive forecast, which stands beside every score', async () => {
    const { mae, coverage, mase } = version.held_out.metrics;

    expect(await liveVersion(world, 'grid')).toBe('1');
    expect(mae!.value).toBeLessThan(0.8 * mae!.baseline!);
    expect(mase!.baseline).toBeGreaterThan(mase!.value);
    expect(coverage!.value).toBeGreaterThan(0.7);
    expect(coverage!.value).toBeLessThan(0.9);
    expect(version).toMatchObject({ task: 'forecast', metric: 'mae', lineage: { split: 'rolling_origin' } });
  });

  it('says what series it takes', () => {
    expect(version.schema.series).toMatchObject({
      ...{ time: 'time', target: 'load', id: [], frequency: '1h', horizon: 24, season: 24 },
      ...{ quantiles: [0.1, 0.5, 0.9], known: [], dates_only: false, newest: stamp(values.length - 1) },
    });
  });

  it('forecasts the steps after the newest data when nothing is sent', async () => {
    const answer = await forecast(context);

    expect(answer.horizon).toEqual(Array.from({ length: 24 }, (_, step) => stamp(values.length + step)));
    expect(answer.values).toHaveLength(24);
    expect(Object.keys(answer.quantiles)).toEqual(['0.1', '0.5', '0.9']);
    for (const [step, value] of answer.values.entries()) {
      expect(Math.abs(value - (20 + 5 * Math.sin((2 * Math.PI * step) / 24)))).toBeLessThan(2.5);
      expect(answer.quantiles['0.1'][step]).toBeLessThan(answer.quantiles['0.9'][step]);
    }
  });

  it('gives the same for the same history when it is sent, as rows or as columns', async () => {
    const hours = Array.from({ length: 24 * 10 }, (_, index) => values.length - 240 + index);
    const rows = hours.map((hour) => ({ time: stamp(hour), load: values[hour] }));
    const columns = { time: hours.map(stamp), load: hours.map((hour) => values[hour]) };

    const stored = await forecast(context);

    expect((await forecast(context, { history: rows })).values).toEqual(stored.values);
    expect((await forecast(context, { history: columns, horizon: 3 })).values).toEqual(
      stored.values.slice(0, 3),
    );
  });

  it('warns of a history whose forecast has gone by, and not of one that is sent', async () => {
    const at = (hour: number) => ({ ...context, clock: { now: () => start + hour * hourMs } });
    const late = at(values.length + 24);
    const history = Array.from({ length: 240 }, (_, hour) => ({
      time: stamp(values.length - 240 + hour),
      load: values.at(hour - 240)!,
    }));

    const [old] = (await forecast(late)).warnings;

    expect(old).toMatchObject({ code: 'history_old', field: 'history' });
    expect(old.message).toContain(stamp(values.length - 1));
    expect((await forecast(late, { history })).warnings).toEqual([]);
    expect((await forecast(at(values.length + 22))).warnings).toEqual([]);
  });

  it('joins a few new values to those that are stored', async () => {
    const next = [21, 22, 23].map((load, step) => ({ time: stamp(values.length + step), load }));

    const answer = await forecast(context, { history: next });

    expect(answer.horizon[0]).toBe(stamp(values.length + 3));
  });

  it('learns again from newer data, and forecasts on from their end', async () => {
    const longer = wave(24 * 45);

    await circle(world, csvOf(longer));

    expect(await liveVersion(world, 'grid')).toBe('2');
    const { items } = await listRuns(world, 'grid', { limit: 1 });
    expect(items[0]!.message).toContain('It does not lose to version 1');
    expect((await forecast(contextOf(world))).horizon[0]).toBe(stamp(longer.length));
  });

  it('is watched on newer data like any other model', async () => {
    await evaluateNoticed(world, { kind: 'schedule', model: 'grid', id: '2026-03-02T00:00:00Z' });

    const report = await world.artifacts.get('models/grid/evaluations/2026-03-02T00:00:00Z.json');
    expect(JSON.parse(new TextDecoder().decode(report!.body))).toMatchObject({
      reason: 'schedule',
      metrics: { mae: { baseline: expect.any(Number) } },
    });
  });

  it('bad call: rows to predict for are no question to a forecast', async () => {
    const asked = ask(context, 'POST /v1/models/{model}/predict', {
      path: { model: 'grid' },
      headers: { 'content-type': 'application/json' },
      body: { instances: [{ load: 1 }] },
    });

    await expect(asked).rejects.toMatchObject({ code: 'forecast_only' });
  });

  it('bad call: no job answers it, as it takes no rows', async () => {
    await expect(pinVersion(world, 'grid')).rejects.toMatchObject({ code: 'forecast_only' });
  });

  it.each([
    ['a horizon longer than the model has', { horizon: 25 }, 'horizon_too_long'],
    [
      'a history that is too short and does not join',
      { history: [{ time: '2020-01-01T00:00:00', load: 1 }] },
      'gap_too_long',
    ],
    [
      'two rows of one time',
      { history: [0, 0].map((hour) => ({ time: stamp(hour), load: 1 })) },
      'duplicate_stamp',
    ],
    ['a time that is none', { history: [{ time: 'yesterday', load: 1 }] }, 'invalid_field'],
    ['an unknown field', { instances: [] }, 'wrong_shape'],
    ['the name of a series where there is one', { series: 'north' }, 'invalid_field'],
  ])('bad call: %s', async (_title, body, code) => {
    await expect(forecast(context, body)).rejects.toMatchObject({ code });
  });
});

describe('series whose ids would join to one name', () => {
  it('stay two, each found by the list of its values', async () => {
    const world = createWorld();
    const rows = wave(24 * 12).flatMap((value, hour) => [
      `${stamp(hour)},a/b,c,${value}`,
      `${stamp(hour)},a,b/c,${value + 1_000}`,
    ]);
    const ids = { time: 'time', horizon: 24, id: ['area', 'meter'] };
    await putSpec(world, 'grid', { ...spec, series: ids });

    await circle(world, ['time,area,meter,load', ...rows].join('\n'));

    const context = contextOf(world);
    const first = async (series: unknown): Promise<number> => (await forecast(context, { series })).values[0];
    expect(await first(['a/b', 'c'])).toBeLessThan(100);
    expect(await first(['a', 'b/c'])).toBeGreaterThan(900);
    expect(await first('a/b\\/c')).toBe(await first({ area: 'a', meter: 'b/c' }));
  });
});

describe('data that make no forecast', () => {
  const values = wave(24 * 10);
  const refusedBy = async (csv: string, change: Partial<ForecastSpec['series']> = {}): Promise<string> => {
    const world = createWorld();
    await putSpec(world, 'grid', { ...spec, series: { ...spec.series, ...change } });
    await circle(world, csv);
    const { items } = await listRuns(world, 'grid', { limit: 1 });
    return `${items[0]!.error?.code}: ${items[0]!.error?.message}`;
  };

  it('bad call: a horizon longer than the history allows', async () => {
    expect(await refusedBy(csvOf(values), { horizon: 200 })).toMatch(
      /^history_too_short: The series has 240 values, .* a horizon of 200 steps needs at least \d+/,
    );
  });

  it('bad call: a duplicate stamp, named with both rows', async () => {
    const lines = csvOf(values).split('\n');
    lines.push(lines[5]!);

    expect(await refusedBy(lines.join('\n'))).toMatch(
      /^duplicate_stamp: Rows 5 and 241 have the same time, 2026-01-01T04:00:00/,
    );
  });

  it('bad call: a gap that is longer than may be filled, named with its beginning', async () => {
    const lines = csvOf(values).split('\n').toSpliced(50, 9);

    expect(await refusedBy(lines.join('\n'))).toMatch(
      /^gap_too_long: From 2026-01-03T01:00:00 on 9 steps of 1h have no value/,
    );
  });

  it('bad call: times with and without their distance from UTC, named with both rows', async () => {
    const lines = csvOf(values).split('\n');
    lines[3] = lines[3]!.replace(',', 'Z,');

    expect(await refusedBy(lines.join('\n'))).toMatch(
      /^mixed_zones: Row 3 says how far its time "2026-01-01T02:00:00Z" is from UTC, and row 1 with "2026-01-01T00:00:00" does not/,
    );
  });

  it('bad call: times by clocks that are put back, whose hour comes twice', async () => {
    const lines = byClocks('2026-10-20T00:00:00Z', () => '');

    expect(await refusedBy(lines)).toMatch(
      /^duplicate_stamp: Rows 121 and 122 have the same time, 2026-10-25T02:00:00.*follow the clocks repeat an hour in autumn/,
    );
  });

  it('fills short gaps and says so', async () => {
    const world = createWorld();
    await putSpec(world, 'grid', spec);

    await circle(
      world,
      csvOf(wave(24 * 20))
        .split('\n')
        .toSpliced(50, 3)
        .join('\n'),
    );

    const { warnings } = (await findTrainedVersion(world, 'grid', '1'))!;
    expect(warnings.map(({ message }) => message)).toEqual([
      '3 steps of 1h without a value were filled in, the first at 2026-01-03T01:00:00.',
    ]);
  });

  it('fills the hour that is missing where clocks are put forward', async () => {
    const world = createWorld();
    await putSpec(world, 'grid', spec);

    await circle(
      world,
      byClocks('2026-03-20T00:00:00Z', () => ''),
    );

    const { warnings } = (await findTrainedVersion(world, 'grid', '1'))!;
    expect(warnings.map(({ message }) => message)).toEqual([
      '1 step of 1h without a value was filled in, the first at 2026-03-29T02:00:00.',
    ]);
  });

  it('takes clocks that are put back where times have their offset', async () => {
    const world = createWorld();
    await putSpec(world, 'grid', spec);

    await circle(
      world,
      byClocks('2026-10-20T00:00:00Z', (offset) => `+0${offset}:00`),
    );

    const { warnings, schema } = (await findTrainedVersion(world, 'grid', '1'))!;
    expect(warnings).toEqual([]);
    expect(schema.series).toMatchObject({ frequency: '1h', zoned: true, newest: '2026-10-29T23:00:00' });
  });
});

it('the seasonal-naive forecast goes live as what it is: the mark, which it cannot beat', async () => {
  const world = createWorld();
  await putSpec(world, 'grid', { ...spec, learner: 'seasonal_naive' });

  await circle(world, csvOf(wave(24 * 10)));

  expect(await liveVersion(world, 'grid')).toBe('1');
  const { items } = await listRuns(world, 'grid', { limit: 1 });
  expect(items[0]!.message).toContain('It is the trivial baseline itself');
});

/** Ten days of hours as the clocks of Berlin show them, two hours before UTC in summer and one in winter. */
function byClocks(first: string, zoneOf: (offset: number) => string): string {
  const isSummer = (ms: number): boolean =>
    ms >= Date.parse('2026-03-29T01:00:00Z') && ms < Date.parse('2026-10-25T01:00:00Z');
  const rows = wave(24 * 10).map((value, hour) => {
    const ms = Date.parse(first) + hour * hourMs;
    const offset = isSummer(ms) ? 2 : 1;
    return `${new Date(ms + offset * hourMs).toISOString().slice(0, 19)}${zoneOf(offset)},${value}`;
  });
  return ['time,load', ...rows].join('\n');
}
