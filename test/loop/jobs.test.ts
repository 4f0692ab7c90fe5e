import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JobView, jobView } from '../../lib/contracts/jobs.ts';
import { run } from '../cli/fake-service.ts';
import {
  type Answer,
  apiKey,
  artifactBucket,
  type BodyOf,
  errorOf,
  heartCsv,
  type Loop,
  linearSpec,
  refusalOf,
  startLoop,
  until,
  waitForRun,
} from './support.ts';

const limitMs = 120_000;

let loop: Loop;
let folder: string;
beforeAll(async () => {
  loop = await startLoop();
  folder = mkdtempSync(join(tmpdir(), 'onramp-jobs-'));
  await loop.api('PUT', '/v1/models/heart', linearSpec);
  await loop.upload('heart', 'heart.csv', heartCsv(400));
  await waitForRun(loop, 'heart', 'heart.csv');
}, limitMs);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await loop.remove();
});

/** Uploads a file for a job; gives its key. */
async function bring(content: string | Uint8Array<ArrayBuffer>, file = 'rows.csv'): Promise<string> {
  const uploads = '/v1/models/heart/jobs/uploads';
  const { body: ticket } = await loop.api<BodyOf<'create-job-upload'>>('POST', uploads, { file });
  const put = await fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: content });
  expect(put.status).toBe(200);
  return ticket.key;
}

const makeJob = (request: object): Promise<Answer<JobView>> =>
  loop.api('POST', '/v1/models/heart/jobs', request);
const jobOf = async (id: string): Promise<JobView> => (await loop.api<JobView>('GET', `/v1/jobs/${id}`)).body;
const ended = (id: string): Promise<JobView> =>
  until(async () => {
    const job = await jobOf(id);
    return job.ended !== null && job;
  });
const fetchText = async (url: string): Promise<string> => (await fetch(url)).text();

/** Asks as a client does that sets headers of its own. */
async function ask(path: string, headers: Record<string, string>, body: unknown): Promise<Answer<JobView>> {
  const response = await fetch(`${loop.url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answered = (await response.json()) as JobView;
  return { status: response.status, headers: response.headers, body: answered };
}

/** Reads a result with DuckDB itself: label and probability of yes, row by row. */
async function readResult(
  { url }: { readonly url: string },
  format: 'csv' | 'jsonl' | 'parquet',
): Promise<readonly unknown[]> {
  const path = join(folder, `${randomUUID()}.${format}`);
  writeFileSync(path, Buffer.from(await (await fetch(url)).arrayBuffer()));
  const sources = {
    csv: `read_csv('${path}', all_varchar = true)`,
    jsonl: `read_json('${path}')`,
    parquet: `read_parquet('${path}')`,
  };
  const yes = format === 'jsonl' ? 'probabilities.yes' : 'probability_yes';
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(
    `SELECT row::INTEGER, label, ${yes}::FLOAT FROM ${sources[format]} ORDER BY row::INTEGER`,
  );
  connection.closeSync();
  return reader.getRows();
}

const rows = heartCsv(60, 9).trimEnd().split('\n').slice(1);
const instances = rows.map((line) => {
  const [age, sex, weight] = line.split(',');
  return { age: Number(age), sex, weight: Number(weight) };
});

/** What HTTP answers to these rows. */
async function httpAnswers(): Promise<readonly unknown[]> {
  const { body } = await loop.api<BodyOf<'predict'>>('POST', '/v1/models/heart/predict', { instances });
  return body.predictions.map((prediction, row) => {
    if (!('label' in prediction)) throw new Error(`no label: ${JSON.stringify(prediction)}`);
    return [row, prediction.label, Math.fround(prediction.probabilities.yes!)];
  });
}

describe('a file is predicted for', () => {
  test.each(['csv', 'jsonl', 'parquet'] as const)('as %s, row by row as HTTP answers', async (format) => {
    const content = gzipSync(
      `age,sex,weight\n${rows.map((row) => row.slice(0, row.lastIndexOf(','))).join('\n')}\n`,
    );
    const key = await bring(content, 'rows.csv.gz');

    const made = await makeJob({ input: { key }, output: { format } });
    const job = await ended(made.body.id);

    expect(made.status).toBe(202);
    expect(made.headers.get('location')).toBe(`/v1/jobs/${made.body.id}`);
    expect(jobView.parse(job)).toEqual(job);
    expect(made.body).toMatchObject({ object: 'job', status: 'queued', model: 'heart', version: '1' });
    expect(job).toMatchObject({ status: 'succeeded', progress: 1, rows: 60, rows_done: 60, rows_failed: 0 });
    expect(await readResult(job.result!, format)).toEqual(await httpAnswers());
  });

  test('from the data bucket by its address, and from Parquet that another job has written', async () => {
    const first = await makeJob({
      input: { s3: 's3://onramp-data/datasets/heart/uploads/heart.csv' },
      output: { format: 'parquet', keep: ['age', 'sex', 'weight'] },
    });
    const { result } = await ended(first.body.id);
    const parquet = new Uint8Array(await (await fetch(result!.url)).arrayBuffer());
    const second = await makeJob({
      input: { key: await bring(parquet, 'rows.parquet') },
      output: { format: 'parquet' },
    });

    const job = await ended(second.body.id);

    expect(job).toMatchObject({ status: 'succeeded', rows: 400, rows_failed: 0 });
    expect(await readResult(job.result!, 'parquet')).toEqual(await readResult(result!, 'parquet'));
  });

  test('with the rows that cannot be read told in the error file', async () => {
    const job = await ended(
      (await makeJob({ input: { key: await bring('age,sex,weight\n61,F,70\nold,F,70\n') } })).body.id,
    );

    expect(job).toMatchObject({ status: 'succeeded', rows: 2, rows_failed: 1, errors: { rows: 1 } });
    expect(JSON.parse(await fetchText(job.errors!.url))).toMatchObject({
      row: 1,
      field: 'age',
      code: 'not_a_number',
    });
  });
});

test('a job is made once though it is asked for twenty times at once with one key', async () => {
  const key = await bring('age,sex,weight\n61,F,70\n');
  const make = (format: string) =>
    ask('/v1/models/heart/jobs', { 'idempotency-key': 'file-17' }, { input: { key }, output: { format } });

  const answers = await Promise.all(Array.from({ length: 20 }, () => make('csv')));
  const other = await make('parquet');

  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(refusalOf(other)).toEqual([409, 'idempotency_conflict']);
});

describe('a request is not waited for', () => {
  const later = (headers: Record<string, string> = {}, body: unknown = { instances }) =>
    ask('/v1/models/heart/predict', { prefer: 'respond-async', ...headers }, body);

  test('and its job answers as HTTP would have', async () => {
    const accepted = await later();
    const job = await ended(accepted.body.id);

    expect(accepted.status).toBe(202);
    expect(jobView.safeParse(accepted.body)).toEqual({ success: true, data: accepted.body });
    expect(accepted.headers.get('preference-applied')).toBe('respond-async');
    expect(accepted.headers.get('location')).toBe(`/v1/jobs/${accepted.body.id}`);
    expect(await readResult(job.result!, 'jsonl')).toEqual(await httpAnswers());
  });

  test('and is one job though it is sent twenty times at once with one key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => later({ 'idempotency-key': 'order-17' })),
    );

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const conflict = await later({ 'idempotency-key': 'order-17' }, { instances: instances.slice(1) });
    expect(refusalOf(conflict)).toEqual([409, 'idempotency_conflict']);
  });
});

describe('the command', () => {
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const onramp = (...args: readonly string[]) => run([...args, '--url', loop.url, '--key', apiKey]);

  test('uploads a file, follows its job and brings result and error file', async () => {
    const file = write('visits.csv', 'id,age,sex,weight\na,61,F,70\nb,old,F,70\n');

    const { code, stdout, stderr } = await onramp('batch', 'heart', file, '--keep', 'id');

    const output = join(folder, 'visits-predictions.csv');
    expect(code).toBe(0);
    expect(stdout).toBe(`1 row answered by heart version 1: ${output}\n`);
    expect(stderr).toContain(`1 row could not be answered: ${output}.errors.jsonl`);
    const [head, first, second] = readFileSync(output, 'utf8').split('\n');
    expect(head).toBe('row,id,label,probability_no,probability_yes,warnings,error');
    expect(first).toMatch(/^0,a,(yes|no),/);
    expect(second).toBe('1,b,,,,0,not_a_number');
    expect(JSON.parse(readFileSync(`${output}.errors.jsonl`, 'utf8'))).toMatchObject({
      row: 1,
      field: 'age',
    });
  });

  test('takes the format from the name of the output, also as predict --async, and tells all as JSON', async () => {
    const file = write('more.csv', 'age,sex,weight\n61,F,70\n');
    const output = join(folder, 'more.parquet');

    const { code, stdout } = await onramp(
      'predict',
      'heart',
      '--file',
      file,
      '--async',
      '--output',
      output,
      '--json',
    );

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      job: { status: 'succeeded', output: { format: 'parquet' } },
      output,
      errors: null,
    });
    expect(readFileSync(output, 'latin1').slice(0, 4)).toBe('PAR1');
  });

  test('tells why a job failed, lists jobs, and leaves one that has ended as it is', async () => {
    const failed = await onramp('batch', 'heart', write('few.csv', 'age,sex\n61,F\n'));
    const detached = await onramp(
      'batch',
      'heart',
      write('one.csv', 'age,sex,weight\n61,F,70\n'),
      '--detach',
    );
    const id = detached.stdout.trim();
    await ended(id);
    const cancelled = await onramp('cancel', id);
    const listed = await onramp('jobs', 'heart', '--limit', '2');

    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('the job failed: few.csv: There is no column "weight"');
    expect(cancelled.stdout).toBe('The job is succeeded: 1 row answered.\n');
    expect(listed.stdout).toMatch(new RegExp(`${id} +heart +1 +succeeded .* one.csv +1 row answered`));
    expect(listed.stdout.trim().split('\n')).toHaveLength(3);
  });
});

test('the lines of the documentation work as they stand', async () => {
  const document = readFileSync(new URL('../../docs/jobs.md', import.meta.url), 'utf8');
  const blocks = [...document.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);
  const script = blocks.filter((block) => block.includes('curl ')).join('\n');
  writeFileSync(join(folder, 'patients.csv'), 'id,age,sex,weight\na,61,F,70\nb,30,M,80\n');

  const bash = spawn('bash', ['-e', '-c', script.replace('http://127.0.0.1:8787', loop.url)], {
    cwd: folder,
  });
  const output = text(bash.stdout);
  const [code] = await once(bash, 'close');

  expect(code).toBe(0);
  expect(readFileSync(join(folder, 'answers.csv'), 'utf8')).toMatch(/^row,id,label,.*\n0,a,.*\n1,b,.*\n$/);
  expect(JSON.parse(await output)).toMatchObject({ object: 'job', status: 'queued' });
});

describe('bad call', () => {
  test.each([
    ['an input that is not there', { input: { key: 'job-uploads/heart/x/no.csv' } }, 400, 'input_not_found'],
    ['another bucket', { input: { s3: 's3://elsewhere/rows.csv' } }, 400, 'input_not_allowed'],
    [
      'a key of the artifacts',
      { input: { s3: 's3://onramp-artifacts/models/heart/spec.json' } },
      400,
      'input_not_allowed',
    ],
    ['no input', {}, 400, 'invalid_field'],
    ['two inputs', { input: { key: 'a', s3: 's3://b/c' } }, 400, 'invalid_field'],
    ['an unknown format', { input: { key: 'a' }, output: { format: 'xlsx' } }, 400, 'invalid_field'],
    ['an unknown field', { input: { key: 'a' }, priority: 1 }, 400, 'unknown_field'],
    ['an unknown version', { input: { key: 'a' }, version: '9' }, 404, 'version_not_found'],
  ])('%s', async (_what, request, status, code) => {
    const answer = await makeJob(request);

    expect(refusalOf(answer)).toEqual([status, code]);
  });

  test.each([
    ['GET', `/v1/jobs/${'0'.repeat(32)}`, 404, 'job_not_found'],
    ['POST', `/v1/jobs/${'0'.repeat(32)}/cancel`, 404, 'job_not_found'],
    ['DELETE', `/v1/jobs/${'0'.repeat(32)}`, 404, 'job_not_found'],
    ['GET', '/v1/jobs/..%2Fx', 400, 'invalid_field'],
    ['GET', '/v1/jobs?limit=0', 400, 'invalid_field'],
    ['POST', '/v1/models/nothing/jobs/uploads', 404, 'model_not_found'],
  ])('%s %s', async (method, path, status, code) => {
    const answer = await loop.api(method, path, method === 'POST' ? { file: 'a.csv' } : undefined);

    expect(refusalOf(answer)).toEqual([status, code]);
  });
});

test.each([
  ['rows', { instances: Array(10_001).fill(instances[0]) }],
  ['bytes for a function', { text: 'x'.repeat(7_000_000) }],
  ['bytes for the gateway', { text: 'x'.repeat(11_000_000) }],
])('bad call: a request of too many %s is told of jobs', async (_what, body) => {
  const answer = await loop.api('POST', '/v1/models/heart/predict', body);

  expect(answer.status).toBe(413);
  expect(errorOf(answer).message).toContain('upload them as a file and POST /v1/models/{model}/jobs');
});

/** Enough rows for a job to be met at work. */
const manyRows = 250_000;
const many = heartCsv(manyRows, 4);

const atWork = (id: string): Promise<JobView> =>
  until(async () => {
    const job = await jobOf(id);
    return job.status === 'running' && job;
  }, 10);

test('a job is cancelled while it runs, and what is there is removed', { timeout: limitMs }, async () => {
  const { body } = await makeJob({ input: { key: await bring(many) } });
  await atWork(body.id);

  const cancelled = await loop.api('POST', `/v1/jobs/${body.id}/cancel`);
  const again = await loop.api('POST', `/v1/jobs/${body.id}/cancel`);
  const next = await makeJob({ input: { key: await bring('age,sex,weight\n61,F,70\n') } });

  expect(cancelled.body).toMatchObject({
    status: 'cancelled',
    result: null,
    message: 'Cancelled on request.',
  });
  expect(again.body).toEqual(cancelled.body);
  expect((await ended(next.body.id)).status).toBe('succeeded');
  expect(await jobOf(body.id)).toEqual(cancelled.body);
});

test('kill -9 at work, and its event three times more: the job ends once, whole', {
  timeout: limitMs,
}, async () => {
  const { body } = await makeJob({ input: { key: await bring(many) } });
  await atWork(body.id);
  await loop.killTree();
  const again = announceAgain(body.id, 3);
  await loop.start();

  const job = await ended(body.id);

  expect(job).toMatchObject({ status: 'succeeded', rows: manyRows, rows_done: manyRows, rows_failed: 0 });
  const lines = (await fetchText(job.result!.url)).trimEnd().split('\n');
  expect(lines).toHaveLength(manyRows + 1);
  expect(lines.slice(1).every((line, row) => line.startsWith(`${row},`))).toBe(true);
  await until(() => again.every((message) => batchLog().includes(`"message_id":"${message}"`)));
  expect(await jobOf(body.id)).toMatchObject({ ended: job.ended, result: { rows: manyRows } });
  const { body: deleted } = await loop.api('DELETE', `/v1/jobs/${body.id}`);
  expect(deleted).toEqual({ id: body.id, object: 'job', deleted: true });
  expect((await loop.api('GET', `/v1/jobs/${body.id}`)).status).toBe(404);
});

/** Puts a job's event on the queue again; gives the ids of the messages. The platform must not run. */
function announceAgain(id: string, times: number): readonly string[] {
  const database = new DatabaseSync(join(loop.home, 'state.db'));
  const event = {
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: new Date().toISOString(),
    detail: {
      bucket: { name: artifactBucket },
      object: { key: `jobs/${id}/request.json`, sequencer: '00' },
    },
  };
  const insert = database.prepare(
    'INSERT INTO messages (id, queue, body, sent_at, visible_at) VALUES (?, ?, ?, ?, ?)',
  );
  const ids = Array.from({ length: times }, () => randomUUID());
  for (const message of ids) insert.run(message, 'batch', JSON.stringify(event), Date.now(), Date.now());
  database.close();
  return ids;
}

const batchLog = (): string => readFileSync(join(loop.home, 'logs', 'batch.log'), 'utf8');

test('jobs are listed newest first, by model, within a limit', async () => {
  const { body: first } = await makeJob({ input: { key: await bring('age,sex,weight\n61,F,70\n') } });
  const { body: second } = await makeJob({ input: { key: await bring('age,sex,weight\n61,F,70\n') } });

  const two = await loop.api<BodyOf<'list-jobs'>>('GET', '/v1/jobs?model=heart&limit=2');
  const others = await loop.api('GET', '/v1/jobs?model=other');

  expect(two.body.data.map(({ id }) => id)).toEqual([second.id, first.id]);
  expect(two.body.has_more).toBe(true);
  expect(others.body).toEqual({ object: 'list', data: [], has_more: false });
});
