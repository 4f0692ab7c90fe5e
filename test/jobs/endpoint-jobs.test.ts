import { describe, expect, it } from 'vitest';
import { notReady } from '../../lib/core/index.ts';
import {
  AnswerIsJob,
  acceptBodyCall,
  acceptCall,
  askThroughQueue,
  cancelJob,
  claimJob,
  createQueuedEndpoints,
  deleteJob,
  findJob,
  type JobUsage,
  jobViewOf,
  listJobs,
  settleJob,
} from '../../lib/jobs/index.ts';
import { crashingStore } from '../registry/faulty-store.ts';
import { keysIn, type QueueWorld, queued, queueWorld } from './queue.ts';

const call = { endpoint: queued.endpoint, contentType: 'application/json', body: '{"text":"hello"}' };
const hourMs = 3_600_000;

const asked = { caller: 'shop', method: 'POST', route: '/v1/models/{model}/predict' };

const accept = (world: QueueWorld, idempotencyKey?: string, body = call.body) =>
  acceptBodyCall(world, { model: queued, asked, idempotencyKey }, { ...call, body });

const endpointOf = (
  world: QueueWorld,
  more: { limitMs?: number; idempotencyKey?: string; answerBytes?: number } = {},
) => createQueuedEndpoints(world, { model: queued, asked, limitMs: 24_000, answerBytes: 1000, ...more });

const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

it('a request is stored, recorded and put into the queue, with the id of its job', async () => {
  const world = queueWorld();

  const job = await accept(world);

  expect(job).toMatchObject({ model: 'assistant', state: 'queued', input: { kind: 'body', size_bytes: 16 } });
  expect(world.calls).toEqual([
    {
      endpoint: 'assistant-endpoint',
      contentType: 'application/json',
      inferenceId: job.id,
      inputUri: `s3://artifacts-bucket/${job.input.key}`,
      queueSeconds: 21_600,
      invocationSeconds: 3_600,
    },
  ]);
  expect(textOf((await world.artifacts.get(job.input.key))?.body)).toBe('{"text":"hello"}');
});

it('a job waits until the answer is there, and then has it, with its type', async () => {
  const world = queueWorld();
  const job = await accept(world);
  const before = await settleJob(world, job);
  await world.answer(0, '{"label":"greeting"}', 'application/vnd.test+json');

  const after = await settleJob(world, before);
  const view = await jobViewOf(world, after);

  expect(before.state).toBe('queued');
  expect(after).toMatchObject({ state: 'succeeded', progress: 1, ended: '2026-11-22T12:00:00.000Z' });
  expect(view).toMatchObject({ version: null, output: null, options: null, status: 'succeeded' });
  expect(view.result).toEqual({
    url: expect.stringContaining('endpoint-answers'),
    size_bytes: 20,
    rows: null,
    content_type: 'application/vnd.test+json',
  });
  expect(view).not.toHaveProperty('endpoint');
});

it.each([
  [
    'Received client error (400) from primary with message "{"error":{"message":"no text","param":"text"}}". See the log.',
    { code: 'endpoint_refused_input', message: 'no text', param: 'text' },
  ],
  [
    'Received server error (500) from primary with message "out of memory". See the log.',
    {
      code: 'endpoint_failed',
      message: "The model's container failed with status 500: out of memory",
      param: null,
    },
  ],
  [
    'Received server error (0) from primary with message "Your invocation timed out while waiting for a response".',
    { code: 'endpoint_timed_out', message: expect.stringContaining('timed out'), param: null },
  ],
  [
    'Unable to download input.',
    { code: 'endpoint_failed', message: expect.stringContaining('Unable'), param: null },
  ],
])('expected failure: a job tells of %s', async (words, error) => {
  const world = queueWorld();
  const job = await accept(world);
  await world.fail(0, words);

  const settled = await settleJob(world, job);

  expect(settled).toMatchObject({ state: 'failed', error, result: null });
});

it('expected failure: a job that SageMaker has given up is over after its longest time', async () => {
  const world = queueWorld();
  const job = await accept(world);
  world.clock.timeMs += 7 * hourMs;
  const waiting = await settleJob(world, job);
  world.clock.timeMs += hourMs / 2;

  const settled = await settleJob(world, job);

  expect(waiting.state).toBe('queued');
  expect(settled).toMatchObject({ state: 'failed', error: { code: 'endpoint_timed_out' } });
});

it.each(['targetVariant', 'targetModel', 'sessionId'])('bad call: a queue takes no %s', async (param) => {
  const world = queueWorld();

  const asking = endpointOf(world).invoke({ ...call, [param]: 'blue' });

  await expect(asking).rejects.toMatchObject({ code: 'endpoint_call_invalid', param });
  expect(await keysIn(world)).toEqual([]);
});

it('a job makes no model of the one that it is for, and is found by its name', async () => {
  const world = queueWorld();
  const { id } = await accept(world);

  const wanted = await listJobs(world, { isWanted: (model) => model === 'assistant' }, { limit: 10 });
  const others = await listJobs(world, { isWanted: (model) => model === 'heart' }, { limit: 10 });

  expect((await keysIn(world)).filter((key) => key.startsWith('models/'))).toEqual([]);
  expect(wanted.items.map((job) => job.id)).toEqual([id]);
  expect(others.items).toEqual([]);
});

it('the list of jobs tells of answers that are there', async () => {
  const world = queueWorld();
  await accept(world);
  await accept(world);
  await world.answer(1, '{}');

  const { items } = await listJobs(world, { model: 'assistant' }, { limit: 10 });

  expect(items.map(({ state }) => state).sort()).toEqual(['queued', 'succeeded']);
});

it('no worker of ours takes such a job', async () => {
  const world = queueWorld();
  const { id } = await accept(world);

  const claim = await claimJob(world, id, { owner: 'worker', leaseMs: 1000 });

  expect(claim).toEqual({ outcome: 'ended' });
});

it('a cancelled job loses its input, so that what waits is not worked on, and an answer changes nothing', async () => {
  const world = queueWorld();
  const job = await accept(world);

  const cancelled = await cancelJob(world, job.id);
  await world.answer(0, '{}');

  expect(cancelled).toMatchObject({ state: 'cancelled', message: expect.stringContaining('dropped') });
  expect(await world.artifacts.head(job.input.key)).toBeNull();
  expect(await settleJob(world, cancelled)).toMatchObject({ state: 'cancelled', result: null });
});

it('nothing is left of a job that is deleted, its late answer neither', async () => {
  const world = queueWorld();
  const job = await accept(world, 'key');
  await cancelJob(world, job.id);
  await world.answer(0, '{}');

  await deleteJob(world, job.id);

  expect(await keysIn(world)).toEqual([]);
});

it('the same request with the same key is one job and comes into the queue once', async () => {
  const world = queueWorld();

  const jobs = [await accept(world, 'key'), await accept(world, 'key')];

  expect(jobs[1]!.id).toBe(jobs[0]!.id);
  expect(world.calls).toHaveLength(1);
});

it('bad call: another request with the same key is refused', async () => {
  const world = queueWorld();
  await accept(world, 'key');

  await expect(accept(world, 'key', '{}')).rejects.toMatchObject({ code: 'idempotency_conflict' });
});

it('expected failure: a request that SageMaker refuses leaves no job, and can be sent again', async () => {
  let asked = 0;
  const world = queueWorld(() => {
    asked += 1;
    return Promise.reject(notReady('no', { code: 'endpoint_paused' }));
  });

  await expect(accept(world, 'key')).rejects.toMatchObject({ code: 'endpoint_paused' });
  await expect(accept(world, 'key')).rejects.toMatchObject({ code: 'endpoint_paused' });

  expect(asked).toBe(2);
  expect(await keysIn(world)).toEqual([]);
});

it('expected failure: a file that was uploaded stays for another job if SageMaker refuses this one', async () => {
  const world = queueWorld(() => Promise.reject(notReady('no', { code: 'endpoint_paused' })));
  const key = 'endpoint-inputs/assistant-endpoint/uploads/assistant/1/scan.tif';
  await world.artifacts.put(key, 'a scan');
  const input = {
    kind: 'file',
    bucket: 'artifacts',
    key,
    file: 'scan.tif',
    etag: '"e"',
    size_bytes: 6,
  } as const;

  const asking = acceptCall(world, {
    ...{ model: queued, contentType: 'image/tiff', asked },
    key: null,
    bringInput: async () => input,
  });

  await expect(asking).rejects.toMatchObject({ code: 'endpoint_paused' });
  expect(await keysIn(world)).toEqual([key]);
});

it.each(
  [1, 2, 3, 4, 5].flatMap((atWrite) =>
    (['before', 'after'] as const).map((side) => [side, atWrite] as const),
  ),
)(
  'a request whose making broke off %s write %i is in the queue once it is sent again after a minute',
  async (side, atWrite) => {
    const world = queueWorld();
    const store = crashingStore(world.artifacts, { atWrite, side });
    await accept({ ...world, artifacts: store } as QueueWorld, 'key').catch(() => {});
    world.clock.timeMs += 61_000;

    const job = await accept(world, 'key');

    expect(store.crashed()).toBe(true);
    expect(job).toMatchObject({ state: 'queued', endpoint: { ticket: { answer: expect.any(String) } } });
    expect(world.calls.length).toBeGreaterThanOrEqual(1);
  },
);

it('expected failure: a job that never came to SageMaker says so after two minutes', async () => {
  const world = queueWorld();
  const hangs = { enqueue: () => new Promise<never>(() => {}) };
  void accept({ ...world, endpoints: hangs } as QueueWorld);
  await new Promise(setImmediate);
  const { items } = await listJobs(world, { all: true }, { limit: 1 });
  world.clock.timeMs += 120_000;

  const settled = await settleJob(world, items[0]!);

  expect(items[0]).toMatchObject({ state: 'queued', endpoint: { ticket: null } });
  expect(settled).toMatchObject({ state: 'failed', error: { code: 'endpoint_not_asked' } });
});

it('whoever can wait gets the answer itself, and nothing of it is left', async () => {
  const world = queueWorld();
  world.onPause = () => world.answer(0, '{"n":1}');

  const answer = await endpointOf(world).invoke(call);

  expect([answer.contentType, textOf(answer.body)]).toEqual(['application/json', '{"n":1}']);
  expect(await keysIn(world)).toEqual([]);
});

it('with an idempotency key the answer is kept, and is the answer to the same request', async () => {
  const world = queueWorld();
  world.onPause = () => world.answer(0, '{"n":1}');
  const endpoint = endpointOf(world, { idempotencyKey: 'key' });

  const answers = [await endpoint.invoke(call), await endpoint.invoke(call)];

  expect(answers.map(({ body }) => textOf(body))).toEqual(['{"n":1}', '{"n":1}']);
  expect(world.calls).toHaveLength(1);
});

it('an answer that does not come soon, and one too long for a function, is a job', async () => {
  const world = queueWorld();
  const late = await endpointOf(world)
    .invoke(call)
    .catch((error: unknown) => error);
  await world.answer(1, 'x'.repeat(1001));
  const long = await endpointOf(world)
    .invoke(call)
    .catch((error: unknown) => error);
  const unwaited = await endpointOf(world, { limitMs: 0 })
    .invoke(call)
    .catch((error: unknown) => error);

  expect(late).toBeInstanceOf(AnswerIsJob);
  expect((late as AnswerIsJob).record.state).toBe('queued');
  expect((long as AnswerIsJob).record).toMatchObject({ state: 'succeeded', result: { size_bytes: 1001 } });
  expect((unwaited as AnswerIsJob).record.state).toBe('queued');
});

it('expected failure: a failure within the wait is the container’s own refusal, and no job', async () => {
  const world = queueWorld();
  world.onPause = () =>
    world.fail(0, 'Received client error (422) from primary with message "too loud". See the log.');

  await expect(endpointOf(world).invoke(call)).rejects.toMatchObject({
    kind: 'invalid_request',
    message: 'too loud',
  });

  expect(await keysIn(world)).toEqual([]);
});

it('waiting looks often at first, then every five seconds, and not beyond the limit', async () => {
  const world = queueWorld();
  const pauses: number[] = [];
  world.onPause = (ms) => void pauses.push(ms);

  await endpointOf(world)
    .invoke(call)
    .catch(() => {});

  expect(pauses.slice(0, 3).map(Math.round)).toEqual([200, 280, 392]);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000);
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(24_000, 2);
});

it('asked through the queue, an endpoint answers as if there were none', async () => {
  const world = queueWorld();
  world.onPause = () => world.answer(0, '{"choices":[]}');

  const answer = await askThroughQueue(world, queued, call);

  expect(textOf(answer.body)).toBe('{"choices":[]}');
  expect(await keysIn(world)).toEqual([]);
});

it('expected failure: an answer is given though nothing can be removed after it', async () => {
  const world = queueWorld();
  world.onPause = () => world.answer(0, '{"choices":[]}');
  const artifacts = { ...world.artifacts, delete: () => Promise.reject(new Error('no room')) };

  const answer = await askThroughQueue({ ...world, artifacts }, queued, call);

  expect(textOf(answer.body)).toBe('{"choices":[]}');
});

it('expected failure: whoever leaves takes the request along, unless the container has it already', async () => {
  const world = queueWorld();
  const leave = new AbortController();
  world.onPause = () => leave.abort(new Error('the client left'));

  await expect(askThroughQueue(world, queued, { ...call, signal: leave.signal })).rejects.toThrow(
    'the client left',
  );

  expect(await keysIn(world)).toEqual([]);
});

it('expected failure: an answer that takes longer than is waited for is not ready', async () => {
  const world = queueWorld();

  await expect(askThroughQueue(world, queued, { ...call, timeoutMs: 60_000 })).rejects.toMatchObject({
    kind: 'not_ready',
    code: 'endpoint_not_ready',
  });
});

it('a record from before endpoints had jobs is still read', async () => {
  const world = queueWorld();
  const job = await accept(world);
  const { endpoint: _, ...common } = job;
  const old = {
    ...common,
    ...{ version: '1', artifact: 'a'.repeat(64), output: { format: 'csv', keep: [] } },
    options: { strict: false, non_finite: 'error', on_error: 'skip' },
  };
  await world.artifacts.put(`jobs/${job.id}/job.json`, JSON.stringify(old));

  expect(await findJob(world, job.id)).toEqual(old);
});

describe('what a job in a queue took', () => {
  const answer = JSON.stringify({
    predictions: [1, 2, 3],
    usage: { prompt_tokens: 7, completion_tokens: 5 },
  });

  /** A world that notes what is told of jobs. */
  function meteredWorld() {
    const told: JobUsage[] = [];
    return {
      told,
      world: Object.assign(queueWorld(), { meter: async (usage: JobUsage) => void told.push(usage) }),
    };
  }

  it('is told when its answer is first seen, as the answer tells it, and no more after that', async () => {
    const { told, world } = meteredWorld();
    const job = await accept(world);
    await settleJob(world, job);
    world.clock.timeMs += 4_000;
    await world.answer(0, answer);

    const settled = await settleJob(world, job);
    await settleJob(world, settled);
    await deleteJob(world, job.id);

    expect(settled).toMatchObject({ state: 'succeeded', rows: 3, result: { rows: 3 } });
    expect(told).toEqual([
      {
        ...{ record: job, ms: 0, endpointMs: 4_000, bytesOut: answer.length },
        counts: { rows: 3, input_tokens: 7, output_tokens: 5 },
      },
    ]);
  });

  it('is the same of all that see the answer at once, under one id and one time', async () => {
    const { told, world } = meteredWorld();
    const job = await accept(world);
    await world.answer(0, answer);

    await Promise.all(
      [1, 2, 3].map(async (ms) => {
        world.clock.timeMs += ms;
        await settleJob(world, job);
      }),
    );

    expect(told).toHaveLength(3);
    expect(new Set(told.map((usage) => JSON.stringify(usage))).size).toBe(1);
  });

  it.each(['before', 'after'] as const)(
    'is told also where whoever saw the answer died %s noting so',
    async (side) => {
      const { told, world } = meteredWorld();
      const job = await accept(world);
      await world.answer(0, answer);
      const store = crashingStore(world.artifacts, { atWrite: 1, side });
      await settleJob({ ...world, artifacts: store }, job).catch(() => {});

      const settled = await settleJob(world, (await findJob(world, job.id))!);

      expect(store.crashed()).toBe(true);
      expect(settled.state).toBe('succeeded');
      expect(told.map(({ record: { id, created } }) => [id, created])).toEqual(
        told.map(() => [job.id, job.created]),
      );
      expect(told.length).toBeGreaterThan(0);
    },
  );

  it('is told of whoever waited for the answer, though nothing else is left of the job', async () => {
    const { told, world } = meteredWorld();
    world.onPause = () => world.answer(0, answer);

    await endpointOf(world).invoke(call);

    expect(told).toMatchObject([{ counts: { rows: 3 }, bytesOut: answer.length }]);
    expect(await keysIn(world)).toEqual([]);
  });

  it('is a refusal where the container failed, SageMaker gave up, or the job was cancelled', async () => {
    const { told, world } = meteredWorld();
    const [failed, late, cancelled] = [await accept(world), await accept(world), await accept(world)];
    world.clock.timeMs += 1_000;
    await world.fail(0, 'Received server error (500) from primary with message "x".');
    await settleJob(world, failed);
    await cancelJob(world, cancelled.id);
    world.clock.timeMs += 8 * hourMs;
    await settleJob(world, late);

    expect(told).toMatchObject([
      { record: { id: failed.id }, endpointMs: 1_000, failure: { code: 'endpoint_failed' } },
      { record: { id: cancelled.id }, endpointMs: 0, failure: { code: 'cancelled' } },
      { record: { id: late.id }, endpointMs: 0, failure: { code: 'endpoint_timed_out' } },
    ]);
  });

  it('is told before a job is over, and of a cancelled one again with each attempt: who dies before loses nothing', async () => {
    const { world } = meteredWorld();
    const [answered, cancelled] = [await accept(world), await accept(world)];
    await world.answer(0, answer);
    const dying = { ...world, meter: () => Promise.reject(new Error('died')) };

    await expect(settleJob(dying, answered)).rejects.toThrow('died');
    await expect(cancelJob(dying, cancelled.id)).rejects.toThrow('died');
    const told: JobUsage[] = [];
    const living = { ...world, meter: async (usage: JobUsage) => void told.push(usage) };
    await settleJob(living, (await findJob(world, answered.id))!);
    await cancelJob(living, cancelled.id);

    expect(told).toMatchObject([
      { record: { id: answered.id }, counts: { rows: 3 } },
      { record: { id: cancelled.id }, failure: { code: 'cancelled' } },
    ]);
  });

  it('is that of the answer where the job is cancelled after it came and before anybody looked', async () => {
    const { told, world } = meteredWorld();
    const job = await accept(world);
    await world.answer(0, answer);

    const ended = await cancelJob(world, job.id);

    expect(ended.state).toBe('succeeded');
    expect(told).toMatchObject([{ counts: { rows: 3 } }]);
  });

  it('is nothing that is told of a job that SageMaker refused: its request was refused', async () => {
    const { told, world } = meteredWorld();
    const refusing = { ...world, endpoints: { enqueue: () => Promise.reject(notReady('no')) } };

    await expect(accept(refusing)).rejects.toMatchObject({ kind: 'not_ready' });

    expect(told).toEqual([]);
  });

  it.each([
    ['no JSON', 'text/csv', '1,2', {}],
    ['JSON without a word of it', 'application/json', '{"label":"x"}', {}],
    [
      'vectors',
      'application/json',
      '{"data":[{},{}],"usage":{"prompt_tokens":3}}',
      { rows: 2, input_tokens: 3 },
    ],
  ])('is nothing that an answer does not say: %s', async (_, type, body, counts) => {
    const { told, world } = meteredWorld();
    const job = await accept(world);
    await world.answer(0, body, type);

    await settleJob(world, job);

    expect(told).toMatchObject([{ counts }]);
    expect(Object.keys(told[0]!.counts!).filter((name) => told[0]!.counts![name] !== undefined)).toEqual(
      Object.keys(counts),
    );
  });
});

it('another caller with the same key gets a job of its own', async () => {
  const world = queueWorld();
  const first = await accept(world, 'key');

  const other = await acceptBodyCall(
    world,
    { model: queued, asked: { ...asked, caller: 'till' }, idempotencyKey: 'key' },
    { ...call, body: '{}' },
  );

  expect(other.id).not.toBe(first.id);
});
