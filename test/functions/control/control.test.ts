import { describe, expect, it } from 'vitest';
import { createControl, operations } from '../../../functions/control/control.ts';
import type { ControlPlatform } from '../../../functions/control/routing.ts';
import { httpStack } from '../../../functions/middleware/index.ts';
import { type ModelCard, modelCard, routes } from '../../../lib/contracts/index.ts';
import { sha256, silentLogger } from '../../../lib/core/index.ts';
import {
  advanceLatest,
  claimRun,
  finishRun,
  putDatasetManifest,
  putReport,
  putSpec,
  setLive,
  updateRun,
} from '../../../lib/registry/index.ts';
import { createMemoryObjectStore } from '../../../lib/storage/index.ts';
import {
  claim,
  datasetManifest,
  heartSpec,
  leaseMs,
  publishOne,
  queueRun,
  testContext,
  uploadSource,
} from '../../registry/records.ts';
import { createMemorySchedules } from '../../schedules/memory-schedules.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../api-gateway.ts';

function makePlatform(own: Pick<ControlPlatform, 'endpointModels'> = {}) {
  let ids = 0;
  const platform = {
    ...testContext(),
    data: createMemoryObjectStore(),
    schedules: createMemorySchedules(),
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    ...own,
  } satisfies ControlPlatform;
  const handler = httpStack(createControl(platform), { service: 'control', logger: silentLogger });

  const call = async (line: string, request: Omit<TestRequest, 'method' | 'route'> = {}) => {
    const [method = '', route = ''] = line.split(' ');
    const result = await handler(gatewayEvent({ method, route, ...request }), lambdaContext);
    const known = routes.find((one) => `${one.method} ${one.path}` === line);
    const json = result.body === '' ? null : JSON.parse(result.body);
    if (known && result.statusCode < 400) {
      expect(result.statusCode).toBe(known.status);
      known.response.parse(json);
    }
    return { status: result.statusCode, headers: result.headers ?? {}, json };
  };
  return { platform, call };
}

const heart = { model: 'heart' };

async function withHeart() {
  const made = makePlatform();
  await putSpec(made.platform, 'heart', heartSpec);
  return made;
}

async function withData() {
  const made = await withHeart();
  const manifest = await putDatasetManifest(made.platform, datasetManifest());
  const { uploaded, sequencer } = manifest.source;
  await advanceLatest(made.platform, 'heart', { digest: manifest.digest, uploaded, sequencer });
  return made;
}

it('answers every route of the table that names it, and no other', () => {
  const lines = routes
    .filter((route) => route.function === 'control')
    .map(({ method, path }) => `${method} ${path}`);

  expect(Object.keys(operations).sort()).toEqual(lines.sort());
});

describe('PUT and GET of a model', () => {
  it('stores the spec and answers the card of a model that is not trained yet', async () => {
    const { call } = makePlatform();
    const body = { ...heartSpec, positive: 'yes', schedule: 'rate(1 day)' };

    const put = await call('PUT /v1/models/{model}', { path: heart, body });
    const got = await call('GET /v1/models/{model}', { path: heart });

    expect(put.json).toEqual({
      id: 'heart',
      object: 'model',
      created: Date.parse('2026-11-22T12:00:00Z') / 1000,
      owned_by: 'onramp',
      name: 'heart',
      dataset: 'heart',
      target: 'disease',
      task: null,
      live: null,
      versions: [],
      model_version_status: [],
      schema: null,
      learner: null,
      metric: null,
      metrics: {},
      held_out: null,
      candidates: [],
      warnings: [],
      schedule: 'rate(1 day)',
      lineage: null,
    } satisfies ModelCard);
    expect(got.json).toEqual(put.json);
  });

  it('shows the live version, not the newest', async () => {
    const { platform, call } = await withHeart();
    await publishOne(platform, 'first');
    await publishOne(platform, 'second');
    await setLive(platform, 'heart', { version: '1', reason: 'test' });

    const { json } = await call('GET /v1/models/{model}', { path: heart });

    expect(json).toMatchObject({
      live: '1',
      versions: ['1', '2'],
      model_version_status: [
        { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
        { version: '2', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
      ],
      task: 'classification',
      learner: 'linear',
      metric: 'auc',
      metrics: { auc: { value: 0.8, low: 0.75, high: 0.85, baseline: 0.5 } },
      schema: { classes: ['no', 'yes'] },
      lineage: { version: '1', dataset: 'heart', rows: 300 },
    });
  });

  it('shows the newest version while none is live', async () => {
    const { platform, call } = await withHeart();
    await publishOne(platform, 'first');

    const { json } = await call('GET /v1/models/{model}', { path: heart });

    expect(json).toMatchObject({ live: null, versions: ['1'], lineage: { version: '1' } });
  });

  it('writes nothing for the same spec in another order, so that no training starts', async () => {
    const { platform, call } = makePlatform();
    await call('PUT /v1/models/{model}', { path: heart, body: { dataset: 'heart', target: 'disease' } });
    platform.clock.timeMs += 5000;

    await call('PUT /v1/models/{model}', { path: heart, body: { target: 'disease', dataset: 'heart' } });

    expect((await platform.artifacts.head('models/heart/spec.json'))?.modifiedAt).toBe(
      platform.clock.timeMs - 5000,
    );
  });

  it('sets the schedule of its spec, changes it, and takes it away with the model', async () => {
    const { call, platform } = makePlatform();
    const seen: (string | undefined)[] = [];

    for (const body of [
      { ...heartSpec, schedule: 'rate(1 day)' },
      heartSpec,
      { ...heartSpec, schedule: 'rate(2 days)' },
    ]) {
      await call('PUT /v1/models/{model}', { path: heart, body });
      seen.push(platform.schedules.expressions.get('heart'));
    }
    await call('DELETE /v1/models/{model}', { path: heart });
    seen.push(platform.schedules.expressions.get('heart'));

    expect(seen).toEqual(['rate(1 day)', undefined, 'rate(2 days)', undefined]);
  });

  it('expected failure: a schedule that could not be set is set by the same request again', async () => {
    const { call, platform } = makePlatform();
    const request = { path: heart, body: { ...heartSpec, schedule: 'rate(1 day)' } };
    platform.schedules.failures = 1;

    const first = await call('PUT /v1/models/{model}', request);
    const missing = platform.schedules.expressions.get('heart');
    const second = await call('PUT /v1/models/{model}', request);

    expect([first.status, missing, second.status]).toEqual([502, undefined, 200]);
    expect(platform.schedules.expressions.get('heart')).toBe('rate(1 day)');
  });

  it('expected failure: a model whose schedule cannot be removed stays, to be removed by the same request again', async () => {
    const { call, platform } = await withHeart();
    platform.schedules.failures = 1;

    const first = await call('DELETE /v1/models/{model}', { path: heart });
    const kept = await call('GET /v1/models/{model}', { path: heart });
    const second = await call('DELETE /v1/models/{model}', { path: heart });

    expect([first.status, kept.status, second.status]).toEqual([502, 200, 200]);
  });

  it('lists cards, and says when the limit cut the list', async () => {
    const { platform, call } = await withHeart();
    await putSpec(platform, 'bikes', { dataset: 'bikes', target: 'count' });

    const all = await call('GET /v1/models');
    const one = await call('GET /v1/models', { query: { limit: '1' } });

    expect(all.json.data.map((card: unknown) => modelCard.parse(card).id)).toEqual(['bikes', 'heart']);
    expect(all.json).toMatchObject({ object: 'list', has_more: false });
    expect(one.json).toMatchObject({ data: [{ id: 'bikes' }], has_more: true });
  });

  it('removes a model with everything of it, and leaves the others', async () => {
    const { platform, call } = await withHeart();
    await putSpec(platform, 'heart2', heartSpec);
    await publishOne(platform, 'first');
    await setLive(platform, 'heart', { version: '1', reason: 'test' });

    const removed = await call('DELETE /v1/models/{model}', { path: heart });

    expect(removed.json).toEqual({ id: 'heart', object: 'model', deleted: true });
    const left: string[] = [];
    for await (const { key } of platform.artifacts.list('models/')) left.push(key);
    expect(left).toEqual(['models/heart2/spec.json']);
    expect((await call('GET /v1/models/{model}', { path: heart })).status).toBe(404);
  });

  it.each([
    ['a missing field', { dataset: 'heart' }, 'target', 'invalid_field'],
    ['an unknown field', { ...heartSpec, tarfet: 1 }, 'tarfet', 'unknown_field'],
    [
      'an unknown field inside',
      { ...heartSpec, features: { drop: ['id'] } },
      'features.drop',
      'unknown_field',
    ],
    [
      'a wrong type in a list',
      { ...heartSpec, features: { exclude: [7] } },
      'features.exclude[0]',
      'invalid_field',
    ],
    ['a bad data set name', { ...heartSpec, dataset: 'No/Name' }, 'dataset', 'invalid_field'],
    ['an unknown learner', { ...heartSpec, learner: 'magic' }, 'learner', 'invalid_field'],
    [
      'a schedule AWS would refuse',
      { ...heartSpec, schedule: 'cron(0 6 * * *)' },
      'schedule',
      'invalid_schedule',
    ],
    [
      'metric and task that do not fit',
      { ...heartSpec, task: 'regression', metric: 'auc' },
      'metric',
      'invalid_spec',
    ],
    [
      'a positive class of a number',
      { ...heartSpec, task: 'regression', positive: 'yes' },
      'positive',
      'invalid_spec',
    ],
    ['a split without its column', { ...heartSpec, split: { kind: 'time' } }, 'split.column', 'invalid_spec'],
    [
      'no number to fill in',
      { ...heartSpec, preprocess: { numeric_missing: 'constant' } },
      'preprocess.numeric_constant',
      'invalid_spec',
    ],
    [
      'the target as a feature',
      { ...heartSpec, features: { include: ['age', 'disease'] } },
      'features.include[1]',
      'invalid_spec',
    ],
    ['no column of this name', { ...heartSpec, target: 'Disease' }, 'target', 'unknown_column'],
    [
      'an excluded column that is not there',
      { ...heartSpec, features: { exclude: ['id', 'ag'] } },
      'features.exclude[1]',
      'unknown_column',
    ],
    ['a number from a column of names', { ...heartSpec, task: 'regression' }, 'target', 'invalid_spec'],
  ])('bad call: %s', async (_what, body, param, code) => {
    const { platform, call } = await withData();
    const before = await platform.artifacts.head('models/heart/spec.json');

    const { status, json } = await call('PUT /v1/models/{model}', { path: heart, body });

    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type: 'invalid_request', param, code });
    expect(json.error.message.length).toBeGreaterThan(20);
    expect(await platform.artifacts.head('models/heart/spec.json')).toEqual(before);
  });

  it('tells the name that was probably meant', async () => {
    const { call } = await withData();

    const near = await call('PUT /v1/models/{model}', {
      path: heart,
      body: { ...heartSpec, target: 'Disease' },
    });
    const far = await call('PUT /v1/models/{model}', { path: heart, body: { ...heartSpec, target: 'x' } });

    expect(near.json.error.message).toContain('did you mean "disease"?');
    expect(far.json.error.message).toContain('its columns are id, age, sex, disease');
  });

  it('takes any target as long as there is no data to check it against', async () => {
    const { call } = makePlatform();

    const { status } = await call('PUT /v1/models/{model}', {
      path: heart,
      body: { ...heartSpec, target: 'x' },
    });

    expect(status).toBe(200);
  });

  it('bad call: no body, a bad name, a bad limit', async () => {
    const { call } = makePlatform();

    const none = await call('PUT /v1/models/{model}', { path: heart });
    const name = await call('PUT /v1/models/{model}', { path: { model: 'Heart!' }, body: heartSpec });
    const limit = await call('GET /v1/models', { query: { limit: '1001' } });

    expect(none).toMatchObject({ status: 400, json: { error: { param: null } } });
    expect(name).toMatchObject({ status: 400, json: { error: { param: 'model' } } });
    expect(limit).toMatchObject({ status: 400, json: { error: { param: 'limit' } } });
  });
});

describe('versions', () => {
  it('are listed oldest first and given one by one', async () => {
    const { platform, call } = await withHeart();
    for (const label of ['a', 'b', 'c']) await publishOne(platform, label);

    const list = await call('GET /v1/models/{model}/versions', { path: heart });
    const newest = await call('GET /v1/models/{model}/versions', { path: heart, query: { limit: '2' } });
    const one = await call('GET /v1/models/{model}/versions/{version}', { path: { ...heart, version: '2' } });

    expect(list.json.data.map(({ version }: { version: string }) => version)).toEqual(['1', '2', '3']);
    expect(newest.json).toMatchObject({ data: [{ version: '2' }, { version: '3' }], has_more: true });
    const status = { state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } };
    expect(one.json).toEqual({
      ...list.json.data[1],
      model_version_status: [{ version: '2', ...status }],
    });
  });

  it('are downloaded through a redirect to the file named by content', async () => {
    const { platform, call } = await withHeart();
    await publishOne(platform, 'a');

    const { status, headers } = await call('GET /v1/models/{model}/versions/{version}/artifact', {
      path: { ...heart, version: '1' },
    });

    expect(status).toBe(302);
    expect(decodeURIComponent(String(headers.location))).toContain(`artifacts/${sha256('model a')}`);
  });

  it('are promoted and rolled back', async () => {
    const { platform, call } = await withHeart();
    await publishOne(platform, 'a');
    await publishOne(platform, 'b');

    await call('POST /v1/models/{model}/promote', { path: heart, body: { version: '1' } });
    const promoted = await call('POST /v1/models/{model}/promote', { path: heart, body: { version: '2' } });
    const back = await call('POST /v1/models/{model}/rollback', { path: heart });

    expect(promoted.json).toMatchObject({ live: '2', previous: ['1'] });
    expect(back.json).toMatchObject({ live: '1', previous: [] });
  });

  it('bad call: a version or a model that is not there, nothing to roll back to', async () => {
    const { call } = await withHeart();

    const version = await call('POST /v1/models/{model}/promote', { path: heart, body: { version: '9' } });
    const model = await call('POST /v1/models/{model}/promote', {
      path: { model: 'none' },
      body: { version: '1' },
    });
    const number = await call('POST /v1/models/{model}/promote', { path: heart, body: { version: 1 } });
    const rollback = await call('POST /v1/models/{model}/rollback', { path: heart });
    const artifact = await call('GET /v1/models/{model}/versions/{version}/artifact', {
      path: { ...heart, version: '1' },
    });

    expect(version).toMatchObject({ status: 404, json: { error: { code: 'version_not_found' } } });
    expect(model).toMatchObject({ status: 404, json: { error: { code: 'model_not_found' } } });
    expect(number).toMatchObject({ status: 400, json: { error: { param: 'version' } } });
    expect(rollback).toMatchObject({ status: 409, json: { error: { code: 'nothing_to_roll_back' } } });
    expect(artifact).toMatchObject({ status: 404, json: { error: { code: 'version_not_found' } } });
  });
});

describe('runs', () => {
  it('are shown without the lease, newest first', async () => {
    const { platform, call } = await withHeart();
    const first = await queueRun(platform, 'a');
    platform.clock.timeMs += 1000;
    const second = await queueRun(platform, 'b');
    const lease = await claim(platform, first);
    await updateRun(platform, lease, { progress: 0.4, message: 'Fold 2 of 5.' });

    const list = await call('GET /v1/models/{model}/runs', { path: heart });
    const one = await call('GET /v1/models/{model}/runs/{run}', { path: { ...heart, run: first.run } });

    expect(list.json.data.map(({ run }: { run: string }) => run)).toEqual([second.run, first.run]);
    expect(one.json).toMatchObject({
      state: 'running',
      progress: 0.4,
      message: 'Fold 2 of 5.',
      version: null,
    });
    expect(one.json).not.toHaveProperty('lease');
    expect(one.json).not.toHaveProperty('attempts');
  });

  it('show the version once they have ended, and why they failed', async () => {
    const { platform, call } = await withHeart();
    await publishOne(platform, 'a');
    const { run } = await queueRun(platform, 'a');
    const running = await call('GET /v1/models/{model}/runs/{run}', { path: { ...heart, run } });
    const failed = await claim(platform, await queueRun(platform, 'b'));
    const error = { code: 'too_few_rows', message: 'Only 3 rows.', param: null };
    await finishRun(platform, failed, { state: 'failed', error });

    const list = await call('GET /v1/models/{model}/runs', { path: heart });

    expect(running.json.version).toBeNull();
    expect(list.json.data).toContainEqual(
      expect.objectContaining({ state: 'failed', error, message: 'Only 3 rows.' }),
    );
  });

  it('bad call: a run that is not there, or is no run id', async () => {
    const { call } = await withHeart();
    const line = 'GET /v1/models/{model}/runs/{run}';

    expect((await call(line, { path: { ...heart, run: '0123456789abcdef' } })).status).toBe(404);
    expect((await call(line, { path: { ...heart, run: '../x' } })).status).toBe(400);
  });

  it('are asked for again by an object that wakes the training', async () => {
    const { platform, call } = await withData();

    const { status, json } = await call('POST /v1/models/{model}/retrain', { path: heart });

    expect(status).toBe(202);
    expect(json).toEqual({ id: 'id-1', object: 'retrain_request' });
    expect(await platform.artifacts.head('models/heart/retrains/id-1.json')).not.toBeNull();
  });

  it('bad call: training again without any data', async () => {
    const { platform, call } = await withHeart();

    const { status, json } = await call('POST /v1/models/{model}/retrain', { path: heart });

    expect(status).toBe(409);
    expect(json.error).toMatchObject({ code: 'no_data' });
    expect(await platform.artifacts.head('models/heart/retrains/id-1.json')).toBeNull();
  });

  it('say what they wait for, and are cancelled', async () => {
    const { platform, call } = await withData();
    const [first, second] = [await queueRun(platform, 'a'), await queueRun(platform, 'b')];
    await claim(platform, first);
    const path = { ...heart, run: second.run };

    const list = await call('GET /v1/models/{model}/runs', { path: heart });
    const one = await call('GET /v1/models/{model}/runs/{run}', { path });
    const cancelled = await call('POST /v1/models/{model}/runs/{run}/cancel', { path });
    const after = await call('GET /v1/models/{model}/runs/{run}', { path });

    expect(list.json.data).toContainEqual(one.json);
    expect(one.json.message).toMatch(/^Next in the queue: "heart" is being trained since 12:00:00 UTC/);
    expect(one.json.waiting).toMatchObject({ for: 'worker', position: 1, behind: [{ run: first.run }] });
    expect(cancelled).toMatchObject({ status: 200, json: { state: 'cancelled' } });
    expect(after.json).toEqual(cancelled.json);
  });

  it('bad call: a run that there is not, or that has published, is not cancelled', async () => {
    const { platform, call } = await withHeart();
    await publishOne(platform, 'a');
    const { run } = await queueRun(platform, 'a');
    const line = 'POST /v1/models/{model}/runs/{run}/cancel';

    const unknown = await call(line, { path: { ...heart, run: '0123456789abcdef' } });
    const published = await call(line, { path: { ...heart, run } });

    expect(unknown).toMatchObject({ status: 404, json: { error: { code: 'run_not_found' } } });
    expect(published).toMatchObject({ status: 409, json: { error: { code: 'already_published' } } });
  });

  it('stay claimable after having been looked at', async () => {
    const { platform, call } = await withHeart();
    const { model, run } = await queueRun(platform, 'a');

    await call('GET /v1/models/{model}/runs/{run}', { path: { model, run } });

    expect(await claimRun(platform, { model, run }, { owner: 'm', leaseMs })).toMatchObject({
      outcome: 'claimed',
    });
  });
});

describe('evaluations', () => {
  it('are listed newest first', async () => {
    const { platform, call } = await withHeart();
    for (const day of ['20', '22', '21']) {
      await putReport(platform, {
        id: `2026-11-${day}T06:00:00.000Z`,
        model: 'heart',
        version: '1',
        reason: 'schedule',
        created: `2026-11-${day}T06:00:00.000Z`,
        dataset: 'heart',
        data_digest: sha256('data'),
        rows: 60,
        metric: 'auc',
        metrics: {},
        decision: null,
      });
    }

    const { json } = await call('GET /v1/models/{model}/evaluations', { path: heart, query: { limit: '2' } });

    expect(json.data.map(({ id }: { id: string }) => id.slice(8, 10))).toEqual(['22', '21']);
    expect(json.has_more).toBe(true);
  });

  it('are asked for by an object that wakes the evaluation', async () => {
    const { platform, call } = await withHeart();
    await publishOne(platform, 'a');
    await setLive(platform, 'heart', { version: '1', reason: 'test' });

    const { json } = await call('POST /v1/models/{model}/evaluations', { path: heart });

    expect(json).toEqual({ id: 'id-1', object: 'evaluation_request' });
    expect(await platform.artifacts.head('models/heart/evaluation-requests/id-1.json')).not.toBeNull();
  });

  it('bad call: nothing is live', async () => {
    const { call } = await withHeart();

    const { status, json } = await call('POST /v1/models/{model}/evaluations', { path: heart });

    expect(status).toBe(409);
    expect(json.error).toMatchObject({ code: 'no_live_version' });
  });
});

describe('data sets', () => {
  const uploads = 'POST /v1/datasets/{dataset}/uploads';

  it('are brought through an address for one file in the upload folder', async () => {
    const { call } = makePlatform();

    const { json } = await call(uploads, {
      path: { dataset: 'heart' },
      body: { file: 'heart 2.csv', bytes: 12345 },
    });

    expect(json).toMatchObject({ method: 'PUT', key: 'datasets/heart/uploads/heart 2.csv' });
    expect(json.headers).toEqual({ 'content-length': '12345' });
    expect(decodeURIComponent(json.url)).toContain('datasets/heart/uploads/heart 2.csv');
  });

  it.each([
    ['a path instead of a name', { file: '../x.csv' }, 400, 'file'],
    ['no name', { file: '' }, 400, 'file'],
    ['a size that is none', { file: 'a.csv', bytes: -1 }, 400, 'bytes'],
    ['more than one upload can hold', { file: 'a.csv', bytes: 5 * 1024 ** 3 + 1 }, 413, 'bytes'],
    ['an unknown field', { file: 'a.csv', size: 3 }, 400, 'size'],
  ])('bad call: %s', async (_what, body, status, param) => {
    const { call } = makePlatform();

    const answer = await call(uploads, { path: { dataset: 'heart' }, body });

    expect(answer).toMatchObject({ status, json: { error: { param } } });
  });

  it('are shown with the profile of their newest version', async () => {
    const { platform, call } = await withData();
    const { digest } = datasetManifest();
    const profile = { rows: 3, duplicate_rows: 0, missing: [], target: null, columns: [], warnings: [] };
    await platform.artifacts.put(`datasets/heart/versions/${digest}/profile.json`, JSON.stringify(profile));

    const one = await call('GET /v1/datasets/{dataset}', { path: { dataset: 'heart' } });
    const all = await call('GET /v1/datasets');

    expect(one.json).toEqual({ ...datasetManifest(), profile });
    expect(all.json.data).toEqual([datasetManifest()]);
  });

  it('show why the newest upload could not be read', async () => {
    const { platform, call } = await withData();
    const error = { code: 'bad_csv', message: 'Row 3 has 4 fields, the header 5.', param: null };
    const source = uploadSource({ uploaded: '2026-11-22T11:59:00.000Z' });
    const failed = datasetManifest({
      digest: sha256('bad'),
      state: 'failed',
      rows: null,
      columns: [],
      source,
      error,
    });
    await putDatasetManifest(platform, failed);
    await advanceLatest(platform, 'heart', {
      digest: failed.digest,
      uploaded: source.uploaded,
      sequencer: '0B',
    });

    const { json } = await call('GET /v1/datasets/{dataset}', { path: { dataset: 'heart' } });

    expect(json).toMatchObject({ state: 'failed', error, profile: null });
  });

  it('bad call: a data set that is not there', async () => {
    const { call } = makePlatform();

    const { status, json } = await call('GET /v1/datasets/{dataset}', { path: { dataset: 'none' } });

    expect(status).toBe(404);
    expect(json.error).toMatchObject({ code: 'dataset_not_found', param: 'dataset' });
  });
});

describe('the rest', () => {
  it('answers that it is up', async () => {
    const { call } = makePlatform();

    expect((await call('GET /healthz')).json).toEqual({ status: 'ok' });
  });

  it('bad call: a route it does not have', async () => {
    const { call } = makePlatform();

    expect(await call('POST /healthz')).toMatchObject({
      status: 404,
      json: { error: { code: 'unknown_route' } },
    });
  });
});

describe('models behind endpoints', () => {
  const chat = {
    model: 'chat',
    endpoint: 'e',
    kind: 'real-time',
    speaks: 'openai',
    usdPerHour: 1.4,
  } as const;
  const made = () => makePlatform({ endpointModels: new Map([['chat', chat]]) });

  it('have a card that says what they are, under their own name and in the list of all', async () => {
    const { call, platform } = made();
    await putSpec(platform, 'heart', heartSpec);

    const { json: card } = await call('GET /v1/models/{model}', { path: { model: 'chat' } });
    const { json: list } = await call('GET /v1/models');

    expect(card).toMatchObject({
      id: 'chat',
      object: 'model',
      owned_by: 'onramp',
      learner: 'endpoint',
      endpoint: { kind: 'real-time', speaks: 'openai', usd_per_hour: 1.4 },
    });
    expect(list.data.map(({ id }: ModelCard) => id)).toEqual(['chat', 'heart']);
    expect(list.data[0]).toEqual(card);
  });

  it('hide a stored model of the same name, and count towards the limit of a list', async () => {
    const { call, platform } = made();
    await putSpec(platform, 'chat', heartSpec);
    await putSpec(platform, 'heart', heartSpec);

    const { json } = await call('GET /v1/models', { query: { limit: '1' } });

    expect(json.data.map(({ id, learner }: ModelCard) => [id, learner])).toEqual([['chat', 'endpoint']]);
    expect(json.has_more).toBe(true);
  });

  it.each(['onramp-call=POST+%2Finvocations&query.model=heart', ' onramp-call=x'])(
    'bad call: a job of a queue with the attributes "%s", by which our container would answer for any model',
    async (attributes) => {
      const queued = { ...chat, kind: 'async', speaks: 'onramp' } as const;
      const { call } = makePlatform({ endpointModels: new Map([['chat', queued]]) });
      const body = { input: { key: 'k' }, content_type: 'text/csv', custom_attributes: attributes };

      const { status, json } = await call('POST /v1/models/{model}/jobs', { path: { model: 'chat' }, body });

      expect([status, json.error.code, json.error.param]).toEqual([
        400,
        'invalid_field',
        'custom_attributes',
      ]);
    },
  );

  it('are not shown to keys of other models', async () => {
    const { call } = made();
    const access = { caller: 'k', scopes: ['read', 'manage'], models: ['heart'] } as const;

    const list = await call('GET /v1/models', { access });
    const card = await call('GET /v1/models/{model}', { path: { model: 'chat' }, access });
    const removed = await call('DELETE /v1/models/{model}', { path: { model: 'chat' }, access });

    expect(list.json.data).toEqual([]);
    expect([card.status, removed.status]).toEqual([403, 403]);
    expect(removed.json.error.code).toBe('model_not_allowed');
  });

  it.each([
    'PUT /v1/models/{model}',
    'DELETE /v1/models/{model}',
    'GET /v1/models/{model}/versions',
    'POST /v1/models/{model}/retrain',
    'POST /v1/models/{model}/promote',
  ])('bad call: %s says that the configuration declares them', async (line) => {
    const { call } = made();

    const { status, json } = await call(line, { path: { model: 'chat' }, body: { ...heartSpec } });

    expect(status).toBe(409);
    expect(json.error).toMatchObject({ code: 'model_is_an_endpoint', param: 'model' });
  });
});
