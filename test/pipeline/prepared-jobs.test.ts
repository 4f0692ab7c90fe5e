import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fullAccess } from '../../lib/access/index.ts';
import type { EndpointInput, EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import type { EndpointJobRecord, JobRecord } from '../../lib/contracts/jobs.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { rateLimited } from '../../lib/core/index.ts';
import type { EndpointAsyncCall, EndpointTicket } from '../../lib/endpoint/index.ts';
import {
  acceptCall,
  cancelJob,
  deleteJob,
  getJob,
  type JobUsage,
  type QueueContext,
  settleJob,
} from '../../lib/jobs/index.ts';
import { type BatchContext, runJob } from '../../lib/pipeline/index.ts';
import { createModelCache, prepared } from '../../lib/serve/index.ts';
import { tinyFolder } from '../embedding-model.ts';
import { importFolder } from '../serve/openai/embedding-bucket.ts';
import { createWorld, heartCsv, linearSpec, register, upload, type World } from './support.ts';

type Jobs = World & BatchContext & QueueContext & { readonly cache: BatchContext['models'] };

const bucket = 'artifacts-bucket';
let base: World & Pick<Jobs, 'models' | 'cache'>;
beforeAll(async () => {
  const made = createWorld();
  await register(made, { ...linearSpec, learner: 'boosting' });
  await upload(made, heartCsv(300));
  await importFolder(made.artifacts, 'minilm', tinyFolder);
  const cache = createModelCache(made);
  base = { ...made, cache, models: cache };
});

let world: Jobs;
let calls: EndpointAsyncCall[];
let told: JobUsage[];
let enqueue: (call: EndpointAsyncCall) => Promise<EndpointTicket>;
let ids = 0;
beforeEach(() => {
  [calls, told] = [[], []];
  enqueue = async (call) => {
    calls.push(call);
    const place = `s3://${bucket}/endpoint-answers/large/${calls.length}-${ids}`;
    return { inferenceId: call.inferenceId ?? '', outputUri: place, failureUri: `${place}.failed` };
  };
  const endpoints = { enqueue: (call: EndpointAsyncCall) => enqueue(call) };
  world = {
    ...base,
    ...{ endpoints, artifactBucket: bucket, newId: () => `id-${++ids}` },
    openQueue: async () => ({ endpoints, artifactBucket: bucket }),
    meter: async (usage) => void told.push(usage),
  };
});

const declaredWith = (input: EndpointInput): EndpointModel => ({
  ...{ model: 'large', endpoint: 'large', kind: 'async', speaks: 'raw', input },
});

/** A job with an input of this content. */
async function jobOf(
  input: Exclude<EndpointInput, { readonly image: unknown }>,
  content: string,
  { type = 'application/json', file = 'rows' } = {},
): Promise<EndpointJobRecord> {
  return acceptCall(world, {
    ...{ model: declaredWith(input), contentType: type, key: null },
    asked: { caller: 'shop', method: 'POST', route: '/v1/models/{model}/jobs' },
    preparation: 'transform' in input ? { format: 'json', ...input } : input,
    bringInput: async (id) => {
      const key = artifactKeys.endpointUpload('large', 'large', { id, file });
      const stored = await world.artifacts.put(key, content);
      const size = Buffer.byteLength(content);
      return { kind: 'file', bucket: 'artifacts', key, file, etag: stored!.etag, size_bytes: size };
    },
  });
}

let messages = 0;
async function run({ id }: JobRecord, context = world): Promise<JobRecord> {
  await runJob(context, id, { messageId: `message-${++messages}`, receiveCount: 1 });
  return getJob(world, id);
}

const inputKey = (id: string): string => artifactKeys.endpointInput('large', id);
const storedFor = async (id: string) => {
  const found = await world.artifacts.get(inputKey(id));
  return found && { type: found.contentType, text: new TextDecoder().decode(found.body) };
};

/** What the container would be sent of a request with the same content. */
async function sentOf(input: EndpointInput, body: string) {
  const request = {
    ...{ method: 'POST', route: '/v1/models/{model}/predict', path: { model: 'large' }, query: {} },
    ...{ requestId: 'r', access: fullAccess('test') },
    body: { text: () => body, bytes: () => Buffer.from(body) },
    header: (name: string) => (name === 'content-type' ? 'application/json' : undefined),
  };
  const given = await prepared(world, request, declaredWith(input));
  return { type: given.header('content-type'), text: given.body.text() };
}

const instances = [
  { age: 71, sex: 'M', weight: 70 },
  { age: null, sex: 'F', weight: 50.25 },
  { age: 33.1, sex: 'F', weight: 1e-3 },
];
const rows = JSON.stringify({ instances });
const texts = JSON.stringify({ instances: ['the cat', 'the', 'a cat and the other cat'] });
const csv = 'sex,age,weight\nM,71,70\nF,,50.25\nF,33.1,0.001\n';

describe('the input of a job for an endpoint', () => {
  it.each<[string, Parameters<typeof jobOf>[0], string, string, string]>([
    ['rows in JSON', { transform: 'heart' }, rows, 'application/json', rows],
    ['columns', { transform: 'heart' }, columnsOf(instances), 'application/json', rows],
    ['rows of a table', { transform: 'heart' }, csv, 'text/csv', rows],
    ['rows that become CSV', { transform: 'heart', format: 'csv' }, csv, 'text/csv', rows],
    ['texts in JSON', { tokenizer: 'minilm' }, texts, 'application/json', texts],
    [
      'texts of a table',
      { tokenizer: 'minilm' },
      'n,text\n1,the cat\n2,the\n3,a cat and the other cat\n',
      'text/csv',
      texts,
    ],
  ])('becomes what that of a request does: %s', async (_, input, content, type, body) => {
    const job = await jobOf(input, content, { type });

    const waiting = await run(job);

    const wanted = await sentOf(input, body);
    expect(job).toMatchObject({ state: 'queued', endpoint: { ticket: null } });
    expect(await storedFor(job.id)).toEqual(wanted);
    expect(waiting).toMatchObject({ state: 'queued', rows: 3, input: { kind: 'body', file: 'rows' } });
    expect(waiting).not.toHaveProperty('endpoint.preparation');
    expect(calls).toMatchObject([
      { inferenceId: job.id, contentType: wanted.type, inputUri: `s3://${bucket}/${inputKey(job.id)}` },
    ]);
  });

  it('is prepared in parts where it has more rows than a request may have', async () => {
    const many = Array.from({ length: 10_007 }, (_, at) => instances[at % 3]);
    const job = await jobOf({ transform: 'heart', format: 'csv' }, JSON.stringify({ instances: many }));

    await run(job);

    const few = (await sentOf({ transform: 'heart', format: 'csv' }, rows)).text.trimEnd().split('\n');
    const lines = (await storedFor(job.id))!.text.split('\n');
    expect(lines).toEqual([...many.map((_, at) => few[at % 3]), '']);
  });

  it('waits for its worker as long as that takes, and then for its answer', async () => {
    const job = await jobOf({ transform: 'heart' }, rows);
    world.advance(3_600_000);
    const before = await settleJob(world, job);
    const waiting = await run(job);
    const { ticket } = (waiting as EndpointJobRecord).endpoint;
    await world.artifacts.put(ticket!.answer, '{"predictions":[1,2,3]}', { contentType: 'application/json' });

    const done = await settleJob(world, waiting);

    expect(before.state).toBe('queued');
    expect(done).toMatchObject({ state: 'succeeded', rows: 3 });
    // Only from the hand-over on the endpoint had anything to do with it.
    expect(told).toMatchObject([{ endpointMs: 0, counts: { rows: 3 } }]);
  });

  it('goes with its job when that is deleted, and so does the file that it was made of', async () => {
    const job = await jobOf({ transform: 'heart' }, rows);
    await run(job);

    await deleteJob(world, job.id);

    const left: string[] = [];
    for await (const { key } of world.artifacts.list('')) if (key.includes(job.id)) left.push(key);
    expect(left).toEqual([]);
  });

  it('is handed over by one of two messages, and by none after that', async () => {
    const job = await jobOf({ transform: 'heart' }, rows);

    await Promise.all([run(job), run(job)]);
    await run(job);

    expect(calls).toHaveLength(1);
  });
});

describe('bad call: a file', () => {
  it('with wrong rows fails with all of them in its error file, in the words of a request', async () => {
    const wrong = [instances[0], { ...instances[1], age: 'old' }, instances[2], 7];
    const job = await jobOf({ transform: 'heart' }, JSON.stringify({ instances: wrong }));
    const few = JSON.stringify({ instances: wrong.slice(0, 3) });
    const { code, message } = await sentOf({ transform: 'heart' }, few).catch((error) => error);

    const failed = await run(job);

    const lines = Buffer.from((await world.artifacts.get(failed.errors!.key))!.body)
      .toString()
      .trimEnd()
      .split('\n');
    const errors = lines.map((line) => JSON.parse(line));
    expect(errors).toMatchObject([{ row: 1, field: 'age', code, message }, { row: 3 }]);
    expect(failed).toMatchObject({ state: 'failed', rows: 4, rows_failed: 2, result: null });
    expect(failed.error).toMatchObject({
      code,
      param: 'age',
      message: expect.stringContaining('2 of 4 rows'),
    });
    expect([calls, await storedFor(job.id)]).toEqual([[], null]);
    expect(told).toMatchObject([{ record: { id: job.id }, failure: { kind: 'invalid_request' } }]);
  });

  it('with texts that are none, or too long, tells of each', async () => {
    const long = 'cat '.repeat(400_000);
    const job = await jobOf({ tokenizer: 'minilm' }, JSON.stringify({ instances: ['a', '', 7, long] }));

    const failed = await run(job);

    expect(failed).toMatchObject({ state: 'failed', rows: 4, error: { code: 'invalid_field' } });
    expect(failed.rows_failed).toBeGreaterThanOrEqual(2);
  });

  it.each<[string, Parameters<typeof jobOf>[0], string, string, string]>([
    ['no JSON', { transform: 'heart' }, '{', 'application/json', 'invalid_json'],
    ['no rows', { transform: 'heart' }, '{"rows":[]}', 'application/json', 'wrong_shape'],
    ['a missing column', { transform: 'heart' }, 'age,sex\n1,M\n', 'text/csv', 'missing_column'],
    ['no texts', { tokenizer: 'minilm' }, '{"instances":[]}', 'application/json', 'invalid_field'],
    ['no column of texts', { tokenizer: 'minilm' }, 'a,b\n1,2\n', 'text/csv', 'missing_column'],
    ['a model that is not there', { transform: 'gone' }, rows, 'application/json', 'model_not_found'],
    ['a model that takes no texts', { tokenizer: 'heart' }, texts, 'application/json', 'no_embedding_model'],
  ])('with %s fails and says so', async (_, input, content, type, code) => {
    const job = await jobOf(input, content, { type });

    const failed = await run(job);

    expect(failed).toMatchObject({ state: 'failed', error: { code } });
    expect(told).toMatchObject([{ failure: { code } }]);
    expect(calls).toEqual([]);
  });
});

describe('the worker that prepares', () => {
  it('leaves nothing to the endpoint where the job is cancelled meanwhile', async () => {
    const job = await jobOf({ transform: 'heart' }, rows);
    const taking = enqueue;
    enqueue = async (call) => {
      await cancelJob(world, job.id);
      return taking(call);
    };

    await run(job);

    expect(await getJob(world, job.id)).toMatchObject({ state: 'cancelled' });
    expect(await storedFor(job.id)).toBeNull();
    expect(told).toMatchObject([{ failure: { code: 'cancelled' } }]);
    await deleteJob(world, job.id);
  });

  it('expected failure: has its message come again where the endpoint has no room', async () => {
    const job = await jobOf({ transform: 'heart' }, rows);
    const taking = enqueue;
    enqueue = () => Promise.reject(rateLimited('full', { code: 'endpoint_busy' }));
    const notice = { messageId: 'the same', receiveCount: 1 };
    await expect(runJob(world, job.id, notice)).rejects.toMatchObject({ code: 'endpoint_busy' });
    enqueue = taking;

    await runJob(world, job.id, notice);

    expect(await getJob(world, job.id)).toMatchObject({ state: 'queued', endpoint: { ticket: {} } });
    expect(told).toEqual([]);
  });

  it('may die after the hand-over: the next one hands over once more, under the same id', async () => {
    const job = await jobOf({ transform: 'heart' }, rows);
    const taking = enqueue;
    enqueue = async (call) => {
      await taking(call);
      return new Promise(() => {});
    };
    void run(job);
    await expect.poll(() => calls.length).toBe(1);
    enqueue = taking;
    world.advance(31_000);

    const waiting = await run(job);

    expect(waiting).toMatchObject({ state: 'queued', attempts: 0 });
    expect(calls.map(({ inferenceId }) => inferenceId)).toEqual([job.id, job.id]);
  });
});

function columnsOf(all: readonly Readonly<Record<string, unknown>>[]): string {
  const names = Object.keys(all[0]!);
  return JSON.stringify({
    columns: Object.fromEntries(names.map((name) => [name, all.map((row) => row[name])])),
  });
}
