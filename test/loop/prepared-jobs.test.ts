/** Files of rows and texts for models behind endpoints: prepared as requests are, and counted with what they took. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { JobView } from '../../lib/contracts/jobs.ts';
import type { UsageReport } from '../../lib/contracts/usage.ts';
import { archiveOf, tinyFolder } from '../embedding-model.ts';
import {
  type Answer,
  apiKey,
  type BodyOf,
  heartCsv,
  type Loop,
  linearSpec,
  startLoop,
  until,
  waitForRun,
} from './support.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const container = fileURLToPath(new URL('../endpoint/containers/echo.ts', import.meta.url));
const inputs = {
  rows: { transform: 'heart' },
  lines: { transform: 'heart', format: 'csv' },
  texts: { tokenizer: 'tiny' },
};

/** For each input a model with a queue, and one that answers at once. */
const endpoints = {
  ...Object.fromEntries(
    Object.entries(inputs).flatMap(([name, input]) =>
      (['async', 'real-time'] as const).map((kind) => [
        kind === 'async' ? name : `${name}-now`,
        { command: [process.execPath, container], speaks: 'raw', kind, input },
      ]),
    ),
  ),
  plain: { command: [process.execPath, container], speaks: 'raw', kind: 'async' },
};

/** Keys of two callers. */
const keys = {
  shop: { key: 'shop-key', scopes: ['predict'], models: ['*'] },
  till: { key: 'till-key', scopes: ['predict'], models: ['*'] },
};

const folder = mkdtempSync(join(tmpdir(), 'onramp-prepared-'));
let loop: Loop;
beforeAll(async () => {
  const [endpointsFile, keysFile] = [join(folder, 'endpoints.json'), join(folder, 'keys.json')];
  writeFileSync(endpointsFile, JSON.stringify(endpoints));
  writeFileSync(keysFile, JSON.stringify(keys));
  loop = await startLoop('--endpoints', endpointsFile, '--keys', keysFile);
  await loop.api('PUT', '/v1/models/heart', linearSpec);
  await loop.upload('heart', 'heart.csv', heartCsv(200));
  const brought = await fetch(`${loop.url}/v1/models/tiny/versions`, {
    method: 'PUT',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/x-tar' },
    body: archiveOf(tinyFolder),
  });
  expect(brought.status).toBe(201);
  expect(await waitForRun(loop, 'heart', 'heart.csv')).toMatchObject({ state: 'succeeded' });
});
afterAll(async () => {
  await loop?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function send<Body = JobView>(
  path: string,
  body: unknown,
  { key = apiKey, ...headers }: Record<string, string> = {},
): Promise<Answer<Body>> {
  const response = await fetch(`${loop.url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

const json = 'application/json';

/** Uploads a file and makes a job of it. */
async function jobOf(
  model: string,
  [file, content]: readonly [name: string, content: string],
  { type = json, key = apiKey }: { readonly type?: string; readonly key?: string } = {},
): Promise<JobView> {
  const address = await send<BodyOf<'create-job-upload'>>(
    `/v1/models/${model}/jobs/uploads`,
    { file },
    { key },
  );
  const { url, headers, method, key: place } = address.body;
  await fetch(url, { method, headers, body: content });
  const made = await send(`/v1/models/${model}/jobs`, { input: { key: place }, content_type: type }, { key });
  expect(made.status).toBe(202);
  return made.body;
}

const lookAt = async (id: string): Promise<JobView> =>
  (await loop.api<JobView>('GET', `/v1/jobs/${id}`)).body;
const ended = (id: string): Promise<JobView> =>
  until(async () => {
    const job = await lookAt(id);
    return job.ended !== null && job;
  });

/** What the container was sent. */
interface Told {
  readonly type: string;
  readonly body: string;
}
const toldBy = async ({ result }: JobView): Promise<Told> =>
  (await fetch(result!.url)).json() as Promise<Told>;

const rows = [
  { age: 61, sex: 'F', weight: 70.5 },
  { age: null, sex: 'M', weight: 80 },
  { age: 30, sex: 'F', weight: 55.25 },
];
const table = 'weight,sex,age,note\n70.5,F,61,a\n80,M,NA,b\n55.25,F,30,c\n';
const rowsBody = { instances: rows };
const textsBody = { instances: ['the cat', 'the', 'a longer text than these two'] };

// First, while no worker has been started.
test('a file of rows whose worker is killed with everything is prepared and answered after the next start', async () => {
  const many = JSON.stringify({
    instances: Array.from({ length: 12_000 }, (_, at) => rows[at % rows.length]),
  });
  const job = await jobOf('rows', ['rows.json', many]);
  await loop.killTree();
  await loop.start();

  const done = await ended(job.id);

  const sent = JSON.parse((await toldBy(done)).body).instances as readonly unknown[];
  const { body } = await send<Told>('/v1/models/rows-now/predict', rowsBody);
  const wanted = JSON.parse(body.body).instances as readonly unknown[];
  expect(done).toMatchObject({ status: 'succeeded', rows: 12_000, errors: null });
  expect(sent).toHaveLength(12_000);
  expect(sent.every((row, at) => JSON.stringify(row) === JSON.stringify(wanted[at % rows.length]))).toBe(
    true,
  );
});

test.each([
  ['rows', ['rows.json', JSON.stringify(rowsBody)], json, rowsBody],
  ['rows', ['rows.csv', table], 'text/csv', rowsBody],
  [
    'lines',
    ['rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')],
    'application/x-ndjson',
    rowsBody,
  ],
  ['texts', ['texts.json', JSON.stringify(textsBody)], json, textsBody],
  ['texts', ['texts.csv', `text\n${textsBody.instances.join('\n')}\n`], 'text/csv', textsBody],
] as const)(
  'to a container with %s goes of a file %j what goes of a request',
  async (model, file, type, body) => {
    const job = await jobOf(model, file, { type });
    const request = await send<Told>(`/v1/models/${model}-now/predict`, body);

    const done = await ended(job.id);

    expect(request.status).toBe(200);
    expect(done).toMatchObject({ status: 'succeeded', input: { kind: 'body', file: file[0] }, rows: 3 });
    const { type: sentType, body: sent } = await toldBy(done);
    expect({ type: sentType, body: sent }).toEqual({ type: request.body.type, body: request.body.body });
  },
);

test('a file that is neither rows nor texts goes to the container as it is', async () => {
  const done = await ended((await jobOf('rows', ['matrix.bin', '0.5,1\n'], { type: 'text/x-matrix' })).id);

  expect(await toldBy(done)).toMatchObject({ type: 'text/x-matrix', body: '0.5,1\n' });
});

test('bad call: a file with rows that are wrong fails with each of them, and the container is not asked', async () => {
  const wrong = { instances: [rows[0], { ...rows[0], age: 'old' }, rows[1], { ...rows[0], weight: true }] };
  const request = await send<{ error: { code: string; message: string; param: string } }>(
    '/v1/models/rows-now/predict',
    { instances: wrong.instances.slice(0, 2) },
  );
  const [json, texts] = await Promise.all([
    jobOf('rows', ['rows.json', JSON.stringify(wrong)]),
    jobOf('texts', ['texts.json', JSON.stringify({ instances: ['a', '', 7] })]),
  ]);

  const [rowsJob, textsJob] = await Promise.all([ended(json.id), ended(texts.id)]);

  const lines = (await (await fetch(rowsJob.errors!.url)).text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ row, field, code }) => [row, field, code])).toEqual([
    [1, 'age', request.body.error.code],
    [3, 'weight', request.body.error.code],
  ]);
  expect(lines[0].message).toBe(request.body.error.message);
  expect(rowsJob).toMatchObject({
    status: 'failed',
    result: null,
    rows: 4,
    rows_failed: 2,
    error: { param: 'age' },
  });
  expect(textsJob).toMatchObject({ status: 'failed', rows_failed: 2, error: { code: 'invalid_field' } });
});

const figuresOf = async (model: string) => {
  const { body } = await loop.api<UsageReport>('GET', '/v1/usage?group_by=model');
  const found = body.data.find((figures) => figures.model === model);
  const {
    calls = 0,
    refused = 0,
    rows: count = 0,
    input_tokens: tokens = 0,
    output_tokens: said = 0,
  } = found ?? {};
  return { calls, refused, rows: count, input_tokens: tokens, output_tokens: said };
};

test('each request in a queue counts once, with what its answer tells, however many look and whatever is killed', async () => {
  const later = { prefer: 'respond-async' };
  const path = '/v1/models/plain/predict';
  const nothing = { calls: 0, refused: 0, rows: 0, input_tokens: 0, output_tokens: 0 };
  const asked = await Promise.all([1, 2, 3].map(() => send(path, rowsBody, later)));
  await until(async () => (await figuresOf('plain')).calls === 3);
  const before = await figuresOf('plain');
  const fault = await send(path, { fault: true }, later);
  const cancelled = await send(path, { hang: true }, later);
  await send(`/v1/jobs/${cancelled.body.id}/cancel`, {});

  // Many see each answer at once; in the middle of it everything is killed.
  const looks = Promise.allSettled(asked.flatMap(({ body }) => [1, 2, 3, 4].map(() => lookAt(body.id))));
  await loop.killTree();
  await looks;
  await loop.start();
  await Promise.all(
    [...asked, fault].flatMap(({ body }) => [1, 2, 3, 4, 5, 6, 7, 8].map(() => ended(body.id))),
  );
  const kept = { 'idempotency-key': 'kept' };
  await Promise.all([send(path, rowsBody, kept), send(path, rowsBody, kept)]);
  await send(path, rowsBody, kept);

  const bytes = JSON.stringify(rowsBody).length;
  const answered = { calls: 4, rows: 12, input_tokens: 4 * bytes, output_tokens: 12 };
  await until(async () => {
    const { rows: counted, refused } = await figuresOf('plain');
    return counted >= 12 && refused >= 2;
  });
  // Anything counted twice would come with the next batch.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const { refused, ...after } = await figuresOf('plain');
  expect(before).toEqual({ ...nothing, calls: 3 });
  expect(after).toEqual(answered);
  expect(refused).toBe(2);
  expect(await ended(fault.body.id)).toMatchObject({
    status: 'failed',
    error: {
      code: 'endpoint_failed',
      message: "The model's container failed with status 500: out of memory",
    },
  });
});

test('another caller with the same idempotency key is not given the answer of the first', async () => {
  const own = { prefer: 'respond-async', 'idempotency-key': 'same' };
  const [shop, again, till] = [
    await send('/v1/models/plain/predict', rowsBody, { ...own, key: 'shop-key' }),
    await send('/v1/models/plain/predict', rowsBody, { ...own, key: 'shop-key' }),
    await send('/v1/models/plain/predict', { instances: rows.slice(1) }, { ...own, key: 'till-key' }),
  ];

  expect([shop.status, again.status, till.status]).toEqual([202, 202, 202]);
  expect(again.body.id).toBe(shop.body.id);
  expect(till.body.id).not.toBe(shop.body.id);
});
