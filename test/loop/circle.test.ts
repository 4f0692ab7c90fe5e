import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  type BodyOf,
  dataBucket,
  heartCsv,
  type Loop,
  linearSpec,
  refusalOf,
  startLoop,
  until,
  waitForRun,
} from './support.ts';

// The functions give way to whatever else the machine is doing.
vi.setConfig({ testTimeout: 60_000 });

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.remove());

const rows = [
  { age: 30, sex: 'F', weight: 60 },
  { age: 72, sex: 'M', weight: 81.5 },
];

const predict = (body: unknown, query = '') =>
  loop.api<BodyOf<'predict'>>('POST', `/v1/models/heart/predict${query}`, body);

const evaluations = () => loop.api<BodyOf<'list-evaluations'>>('GET', '/v1/models/heart/evaluations');

/** Predictions without their ids, which no two requests share. */
const answersOf = ({ body }: Answer<BodyOf<'predict'>>) =>
  body.predictions.map((prediction) => ({ ...prediction, id: '' }));

const put = (file: string, content: string) =>
  loop.s3.send(
    new PutObjectCommand({ Bucket: dataBucket, Key: `datasets/heart/uploads/${file}`, Body: content }),
  );

describe('from a file to predictions', () => {
  test('a spec and an upload become a live version that answers in every form', async () => {
    const made = await loop.api('PUT', '/v1/models/heart', linearSpec);
    const early = await predict({ instances: rows });
    await loop.upload('heart', 'heart.csv', heartCsv(300));
    const run = await waitForRun(loop, 'heart', 'heart.csv');

    const asObjects = await predict({ instances: rows });
    const asArrays = await predict({ instances: rows.map(({ age, sex, weight }) => [age, sex, weight]) });
    const asColumns = await predict({
      columns: { weight: [60, 81.5], sex: ['F', 'M'], age: [30, 72] },
    });

    expect(made.status).toBe(200);
    expect(refusalOf(early)).toEqual([503, 'no_live_version']);
    expect(run).toMatchObject({ state: 'succeeded', version: '1', progress: 1, error: null });
    expect(asObjects.body).toMatchObject({
      model: 'heart',
      version: '1',
      predictions: [{ label: 'no' }, { label: 'yes' }],
      warnings: [],
    });
    expect(answersOf(asArrays)).toEqual(answersOf(asObjects));
    expect(answersOf(asColumns)).toEqual(answersOf(asObjects));
  });

  test('card, versions, evaluations and data set tell of it, and the file is the published one', async () => {
    const card = await loop.api<BodyOf<'get-model'>>('GET', '/v1/models/heart');
    const versions = await loop.api<BodyOf<'list-versions'>>('GET', '/v1/models/heart/versions');
    const reports = await until(async () => {
      const answer = await evaluations();
      return answer.body.data.length > 0 && answer;
    });
    const dataset = await loop.api('GET', '/v1/datasets/heart');
    const redirect = await loop.api('GET', '/v1/models/heart/versions/1/artifact');
    const file = await (await fetch(redirect.headers.get('location')!)).bytes();

    const { artifact } = versions.body.data[0]!;
    expect(card.body).toMatchObject({ id: 'heart', live: '1', versions: ['1'], learner: 'linear' });
    expect(card.body.metrics.auc!.value).toBeGreaterThan(0.8);
    expect(versions.body.data).toHaveLength(1);
    expect(reports.body.data).toMatchObject([
      { version: '1', reason: 'training', decision: { verdict: 'live' } },
    ]);
    expect(dataset.body).toMatchObject({ state: 'ready', rows: 300, source: { file: 'heart.csv' } });
    expect(redirect.status).toBe(302);
    expect(createHash('sha256').update(file).digest('hex')).toBe(artifact.sha256);
    expect(file).toHaveLength(artifact.size_bytes);
  });

  test('the same spec and the same file again make no second version', async () => {
    await loop.api('PUT', '/v1/models/heart', linearSpec);
    await loop.upload('heart', 'heart.csv', heartCsv(300));
    await loop.upload('heart', 'same-under-another-name.csv', heartCsv(300));
    await until(async () => {
      const { body } = await loop.api<BodyOf<'get-dataset'>>('GET', '/v1/datasets/heart');
      return body.source.file === 'same-under-another-name.csv';
    });
    // A run for other data behind them in the queues shows that they were dealt with.
    await loop.upload('heart', 'marker.csv', 'age,sex,weight,disease\n');
    await waitForRun(loop, 'heart', 'marker.csv');

    const { body: card } = await loop.api('GET', '/v1/models/heart');
    const { body: runs } = await loop.api<BodyOf<'list-runs'>>('GET', '/v1/models/heart/runs');

    expect(card).toMatchObject({ live: '1', versions: ['1'] });
    expect(runs.data.map(({ state }) => state)).toEqual(['failed', 'succeeded']);
  });
});

describe('a file put by a plain S3 client', () => {
  test('goes live by itself while clients predict, without a failed or mixed answer', async () => {
    const first = answersOf(await predict({ instances: rows }, '?version=1'));
    const seen: { readonly version: string; readonly answers: unknown }[][] = [[], [], [], []];
    let done = false;
    const client = async (log: (typeof seen)[number]): Promise<void> => {
      while (!done) {
        const answer = await predict({ instances: rows });
        if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
        log.push({ version: answer.body.version, answers: answersOf(answer) });
      }
    };
    const clients = Promise.all(seen.map(client));

    await put('from-outside.csv', heartCsv(600, 2));
    const switched = until(() =>
      seen.every((log) => log.filter(({ version }) => version === '2').length > 9),
    );
    await Promise.race([switched, clients]);
    done = true;
    await clients;

    const second = answersOf(await predict({ instances: rows }, '?version=2'));
    const run = await waitForRun(loop, 'heart', 'from-outside.csv');
    const answersByVersion = new Map<string, unknown>([
      ['1', first],
      ['2', second],
    ]);
    expect(run).toMatchObject({ state: 'succeeded', version: '2' });
    expect(second).not.toEqual(first);
    for (const log of seen) {
      const versions = log.map(({ version }) => version);
      expect(versions[0]).toBe('1');
      expect(versions).toEqual(versions.toSorted());
      for (const { version, answers } of log) expect(answers).toEqual(answersByVersion.get(version));
    }
  });
});

describe('data that cannot be learnt from', () => {
  const header = 'age,sex,weight,disease\n';
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');

  test.each<[string, string, string | Buffer, RegExp]>([
    ['an empty file', 'nothing.csv', '', /empty/i],
    ['a header without rows', 'header.csv', `id,${header}`, /row/i],
    ['a picture named .csv', 'picture.csv', png, /PNG/i],
    ['a target with one class', 'one.csv', `${header}${'50,F,60,no\n'.repeat(200)}`, /class|value/i],
    ['another target', 'other.csv', heartCsv(200, 5).replace('disease', 'illness'), /disease/],
    [
      'a broken encoding',
      'bytes.csv',
      Buffer.from([...Buffer.from(header), 0x35, 0xff, 0xfe, 0x0a]),
      /UTF-8|encod/i,
    ],
  ])(
    'bad call: %s ends its run with the reason, and the live version goes on',
    async (_, file, content, reason) => {
      await loop.upload('heart', file, Buffer.from(content));
      const run = await waitForRun(loop, 'heart', file);
      const answer = await predict({ instances: rows });

      expect(run.state).toBe('failed');
      expect(run.error?.message).toMatch(reason);
      expect(run.error?.code).not.toBe('internal');
      expect([answer.status, answer.body.version]).toEqual([200, '2']);
    },
  );

  test('bad call: a line of 50 MB is refused within the memory of the functions', async () => {
    await loop.upload('heart', 'line.csv', `${header}${'x'.repeat(50_000_000)}`);
    const run = await waitForRun(loop, 'heart', 'line.csv');
    const answer = await predict({ instances: rows });

    expect(run.state).toBe('failed');
    expect(run.error?.message).toMatch(/line|long|bytes/i);
    expect(answer.status).toBe(200);
    expect(loop.output()).not.toMatch(/Memory limit/);
  });

  test('a good file afterwards trains as if nothing had been', async () => {
    await loop.upload('heart', 'good.csv', heartCsv(700, 3));
    const run = await waitForRun(loop, 'heart', 'good.csv');

    expect(run).toMatchObject({ version: '3' });
    expect(['succeeded', 'kept']).toContain(run.state);
  });
});

test('an evaluation that was asked for is written, dated and counted once', async () => {
  const asked = await loop.api('POST', '/v1/models/heart/evaluations');
  const reports = await until(async () => {
    const { body } = await evaluations();
    const found = body.data.filter(({ reason }) => reason === 'request');
    return found.length > 0 && found;
  });

  expect(asked.status).toBe(202);
  expect(reports).toHaveLength(1);
  expect(reports[0]!.metrics.auc!.value).toBeGreaterThan(0.8);
});
