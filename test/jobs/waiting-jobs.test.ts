import { describe, expect, it } from 'vitest';
import { type CallJobRecord, parseTriggerKey } from '../../lib/contracts/index.ts';
import { invalidInput, notReady, rateLimited, silentLogger, upstream } from '../../lib/core/index.ts';
import type { EndpointAnswer, EndpointBodyCall } from '../../lib/endpoint/index.ts';
import {
  acceptWaiting,
  type CallContext,
  cancelJob,
  deleteJob,
  findJob,
  findWaiting,
  getJob,
  type JobUsage,
  jobViewOf,
  listJobs,
  settleJob,
  visitEndpoint,
  type WaitingDraft,
} from '../../lib/jobs/index.ts';
import { crashingStore } from '../registry/faulty-store.ts';
import { type TestContext, testContext } from '../registry/records.ts';

const encoder = new TextEncoder();
const asleep = () => notReady('starting', { code: 'endpoint_not_ready', retryAfterSeconds: 15 });

/** What an endpoint says to one request. */
type Reply = Partial<EndpointAnswer> | Error | (() => Promise<Partial<EndpointAnswer>>);

interface World extends TestContext, CallContext {
  readonly clock: TestContext['clock'];
  readonly calls: EndpointBodyCall[];
  readonly metered: JobUsage[];
  newId(): string;
}

/** An endpoint that gives these replies, one a request, and sleeps from then on. */
function worldOf(...replies: Reply[]): World {
  const calls: EndpointBodyCall[] = [];
  const metered: JobUsage[] = [];
  let ids = 0;
  const invoke = async (call: EndpointBodyCall): Promise<EndpointAnswer> => {
    const reply = replies[calls.length] ?? asleep();
    calls.push(call);
    if (reply instanceof Error) throw reply;
    const answer = typeof reply === 'function' ? await reply() : reply;
    return { contentType: 'application/json', attempts: 1, body: encoder.encode('{"n":1}'), ...answer };
  };
  const context = testContext();
  return {
    ...context,
    ...{ calls, metered, logger: silentLogger, endpoints: { invoke } },
    newId: () => `id-${++ids}`,
    now: () => context.clock.timeMs,
    meter: async (usage) => void metered.push(usage),
  };
}

const draft: WaitingDraft = {
  model: { model: 'ranker', endpoint: 'ranker-endpoint', kind: 'real-time', speaks: 'raw' },
  call: {
    ...{ endpoint: 'ranker-endpoint', inferenceComponent: 'ranker-component' },
    ...{ contentType: 'text/csv', accept: 'text/plain', targetVariant: 'blue', body: '1,2\n' },
  },
  answer: 'any',
  asked: { caller: 'shop', method: 'POST', route: '/v1/models/{model}/predict' },
};

const accept = (world: World, more: Partial<WaitingDraft> = {}): Promise<CallJobRecord> =>
  acceptWaiting(world, { ...draft, ...more });

/** The visits that were announced and not dealt with, oldest first. */
async function visitsOf(world: TestContext): Promise<{ readonly id: string; readonly visit: number }[]> {
  const visits: { id: string; visit: number }[] = [];
  for await (const { key } of world.artifacts.list('jobs/')) {
    const subject = parseTriggerKey(key);
    if (subject?.kind === 'job-visit') visits.push({ id: subject.id, visit: subject.visit });
  }
  return visits.sort((left, right) => left.visit - right.visit);
}

/** Makes the visit that is due, as the message about it would. */
async function visit(world: World, { id }: { readonly id: string }): Promise<CallJobRecord> {
  const { call } = (await getJob(world, id)) as CallJobRecord;
  await visitEndpoint(world, { id, visit: call.visits }, `message-${call.visits}`);
  return (await getJob(world, id)) as CallJobRecord;
}

const keysIn = async ({ artifacts }: TestContext): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of artifacts.list('')) keys.push(key);
  return keys;
};

const textAt = async (world: World, key: string | undefined): Promise<string> =>
  new TextDecoder().decode((await world.artifacts.get(key ?? ''))?.body);

describe('a request for an endpoint without an instance', () => {
  it('is stored and recorded, and its first visit is announced', async () => {
    const world = worldOf();

    const job = await accept(world);

    expect(job).toMatchObject({ model: 'ranker', state: 'queued', input: { kind: 'body', size_bytes: 4 } });
    expect(await textAt(world, job.input.key)).toBe('1,2\n');
    expect(await visitsOf(world)).toEqual([{ id: job.id, visit: 0 }]);
    expect(world.calls).toEqual([]);
  });

  it('is sent as it was, under the id of its job, and the answer is the result with its type', async () => {
    const world = worldOf({ contentType: 'text/plain', body: encoder.encode('b,a') });
    const job = await accept(world);

    const done = await visit(world, job);

    const { signal, body, ...call } = world.calls[0]!;
    const { body: _, ...asked } = draft.call;
    expect(call).toEqual({ ...asked, inferenceId: job.id });
    expect(new TextDecoder().decode(body as Uint8Array)).toBe('1,2\n');
    expect(done).toMatchObject({ state: 'succeeded', progress: 1, message: 'The endpoint has answered.' });
    expect(await textAt(world, done.result?.key)).toBe('b,a');
    expect((await jobViewOf(world, done)).result).toMatchObject({
      size_bytes: 3,
      content_type: 'text/plain',
    });
    expect(await visitsOf(world)).toEqual([]);
  });

  it('waits through visits in vain, tells how long, and each announces the next', async () => {
    const world = worldOf(
      asleep(),
      notReady('paused', { code: 'endpoint_paused' }),
      rateLimited('busy', { code: 'endpoint_busy' }),
    );
    const job = await accept(world);
    const messages: string[] = [];
    for (let visits = 0; visits < 4; visits += 1) {
      world.clock.timeMs += 20_000;
      const { state, message } = await visit(world, job);
      messages.push(`${state}: ${message}`);
    }

    expect(messages).toEqual([
      'queued: Waiting for endpoint "ranker-endpoint" to start, 20 s.',
      'queued: Waiting for endpoint "ranker-endpoint" to recover from its failures, 40 s.',
      'queued: Waiting for endpoint "ranker-endpoint" to take more requests, 60 s.',
      'queued: Waiting for endpoint "ranker-endpoint" to start, 80 s.',
    ]);
    expect((await visitsOf(world)).map((one) => one.visit)).toEqual([0, 1, 2, 3, 4]);
  });

  it('is answered at the visit at which the endpoint is awake, and sent no more', async () => {
    const world = worldOf(asleep(), asleep(), {});
    const job = await accept(world);
    for (let visits = 0; visits < 3; visits += 1) await visit(world, job);

    await visitEndpoint(world, { id: job.id, visit: 2 }, 'again');

    expect((await getJob(world, job.id)).state).toBe('succeeded');
    expect(world.calls).toHaveLength(3);
  });

  it('is sent once by messages that come twice', async () => {
    const world = worldOf(async () => {
      // While the endpoint works, the same notice comes by another message.
      await visitEndpoint(world, { id: job.id, visit: 0 }, 'message-two');
      return {};
    });
    const job = await accept(world);

    await visitEndpoint(world, { id: job.id, visit: 0 }, 'message-one');

    expect((await getJob(world, job.id)).state).toBe('succeeded');
    expect(world.calls).toHaveLength(1);
  });

  it('expected failure: waits for an hour and then fails, with what to do', async () => {
    const world = worldOf();
    const job = await accept(world);
    world.clock.timeMs += 3_599_000;
    const before = await visit(world, job);
    world.clock.timeMs += 1_000;

    const after = await visit(world, job);

    expect(before.state).toBe('queued');
    expect(after).toMatchObject({ state: 'failed', error: { code: 'endpoint_not_ready' } });
    expect(after.message).toContain('60 minutes');
  });

  it('expected failure: ends for whoever looks though its message is lost', async () => {
    const world = worldOf();
    const job = await accept(world);
    world.clock.timeMs += 4_199_000;
    const before = await settleJob(world, job);
    world.clock.timeMs += 1_000;

    const { items } = await listJobs(world, { model: 'ranker' }, { limit: 10 });

    expect(before.state).toBe('queued');
    expect(items).toMatchObject([{ state: 'failed', error: { code: 'endpoint_not_ready' } }]);
  });

  it.each([
    ['the container', invalidInput('no comma', { code: 'bad_csv', param: 'row' }), 'bad_csv', 'no comma'],
    [
      'a failure',
      upstream('secret', { code: 'endpoint_failed' }),
      'endpoint_failed',
      expect.not.stringContaining('secret'),
    ],
    ['a fault of ours', new Error('secret'), 'internal', expect.not.stringContaining('secret')],
  ])('expected failure: is ended by %s, as the answer would have been', async (_, reply, code, message) => {
    const world = worldOf(reply);
    const job = await accept(world);

    const done = await visit(world, job);

    expect(done).toMatchObject({ state: 'failed', result: null, error: { code, message } });
    expect(world.metered).toMatchObject([{ failure: reply }]);
    expect(world.metered[0]).not.toHaveProperty('counts');
  });
});

describe('the worker of a waiting request', () => {
  it.each(
    [1, 2, 3, 4, 5, 6].flatMap((n) => (['before', 'after'] as const).map((side) => [side, n] as const)),
  )(
    'may die %s write %i: the message comes again, the job is answered, and one visit follows another',
    async (side, atWrite) => {
      const world = worldOf(asleep(), asleep(), {}, {});
      const job = await accept(world);
      const store = crashingStore(world.artifacts, { atWrite, side });
      const frail = { ...world, artifacts: store } as World;
      await visit(frail, job)
        .then(() => visit(frail, job))
        .catch(() => {});

      for (let visits = 0; visits < 4; visits += 1) {
        // As queues do: whatever was announced is told, once more too, and under the id that the message had.
        for (const one of await visitsOf(world)) await visitEndpoint(world, one, `message-${one.visit}`);
      }

      const done = (await getJob(world, job.id)) as CallJobRecord;
      expect(store.crashed()).toBe(true);
      expect(done.state).toBe('succeeded');
      expect(world.calls.length).toBeLessThanOrEqual(4);
    },
  );

  it('expected failure: that dies three times while the endpoint works ends the job', async () => {
    const world = worldOf();
    const job = await accept(world);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await new Promise<void>((resolve) => {
        const invoke = () => {
          resolve();
          return new Promise<never>(() => {});
        };
        void visitEndpoint({ ...world, endpoints: { invoke } }, { id: job.id, visit: 0 }, 'message');
      });
    }

    await visitEndpoint(world, { id: job.id, visit: 0 }, 'message');

    expect(await getJob(world, job.id)).toMatchObject({ state: 'failed', error: { code: 'worker_died' } });
  });

  it('is told to leave a job that was cancelled, whose request and answer are dropped', async () => {
    const world = worldOf(async () => {
      await cancelJob(world, job.id);
      return {};
    });
    const job = await accept(world);

    await visitEndpoint(world, { id: job.id, visit: 0 }, 'message');

    expect(await findJob(world, job.id)).toMatchObject({ state: 'cancelled', result: null });
    await deleteJob(world, job.id);
    expect(await keysIn(world)).toEqual([]);
  });

  it('does nothing for a job that was deleted', async () => {
    const world = worldOf({});
    const job = await accept(world, { idempotencyKey: 'key' });
    await deleteJob(world, job.id);

    await visitEndpoint(world, { id: job.id, visit: 0 }, 'message');

    expect(world.calls).toEqual([]);
    expect(await keysIn(world)).toEqual([]);
  });
});

describe('a request that no endpoint would be sent', () => {
  it.each([
    ['a content type', { contentType: 'téxt/csv' }, 'endpoint_call_invalid'],
    ['a session', { sessionId: '-bad-' }, 'endpoint_call_invalid'],
    ['a body', { body: new Uint8Array(6_291_457) }, 'endpoint_body_too_large'],
  ])('bad call: is refused for %s, and no job', async (_, said, code) => {
    const world = worldOf();

    const accepting = accept(world, { call: { ...draft.call, ...said } });

    await expect(accepting).rejects.toMatchObject({ code });
    expect(await keysIn(world)).toEqual([]);
  });
});

describe('the same request with the same key', () => {
  it('is the same job, whatever has become of it', async () => {
    const world = worldOf({});
    const job = await accept(world, { idempotencyKey: 'key' });
    const again = await accept(world, { idempotencyKey: 'key' });
    await visit(world, job);

    const found = await findWaiting(world, { ...draft, idempotencyKey: 'key' });

    expect(again.id).toBe(job.id);
    expect(found).toMatchObject({ id: job.id, state: 'succeeded' });
    expect(await findWaiting(world, draft)).toBeNull();
  });

  it('bad call: is refused with another body', async () => {
    const world = worldOf();
    await accept(world, { idempotencyKey: 'key' });

    const other = accept(world, { idempotencyKey: 'key', call: { ...draft.call, body: '3,4\n' } });

    await expect(other).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  it.each([1, 2, 3, 4, 5].flatMap((n) => (['before', 'after'] as const).map((side) => [side, n] as const)))(
    'is announced though its making broke off %s write %i',
    async (side, atWrite) => {
      const world = worldOf();
      const store = crashingStore(world.artifacts, { atWrite, side });
      await accept({ ...world, artifacts: store } as World, { idempotencyKey: 'key' }).catch(() => {});

      const job = await accept(world, { idempotencyKey: 'key' });

      expect(store.crashed()).toBe(true);
      expect(await visitsOf(world)).toEqual([{ id: job.id, visit: 0 }]);
    },
  );
});

describe('what a job took', () => {
  it('is noted once it is answered, for whoever asked, with the rows of vectors and their tokens', async () => {
    const content = { data: [{}, {}], model: 'inner', usage: { prompt_tokens: 7, total_tokens: 7 } };
    const world = worldOf(asleep(), { body: encoder.encode(JSON.stringify(content)) });
    const job = await accept(world, { answer: 'vectors' });
    await visit(world, job);
    const before = [...world.metered];

    const done = await visit(world, job);

    expect(before).toEqual([]);
    expect(world.metered).toMatchObject([
      { record: { id: job.id, call: { caller: 'shop' } }, counts: { rows: 2, input_tokens: 7 } },
    ]);
    expect(JSON.parse(await textAt(world, done.result?.key))).toEqual({ ...content, model: 'ranker' });
  });

  it('is noted as well when the job is cancelled while the endpoint works', async () => {
    const world = worldOf();
    const job = await accept(world);
    const invoke = async ({ signal }: EndpointBodyCall): Promise<never> => {
      await cancelJob(world, job.id);
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    };

    await visitEndpoint({ ...world, endpoints: { invoke } }, { id: job.id, visit: 0 }, 'message');

    expect(world.metered).toMatchObject([{ record: { id: job.id }, failure: { code: 'lease_lost' } }]);
    expect(await getJob(world, job.id)).toMatchObject({ state: 'cancelled' });
  });

  it('has the tokens of a text as the container counted them', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 5 };
    const world = worldOf({ body: encoder.encode(JSON.stringify({ choices: [], usage })) });
    const job = await accept(world, { answer: 'text' });

    await visit(world, job);

    expect(world.metered).toMatchObject([{ counts: { input_tokens: 3, output_tokens: 5 } }]);
  });

  it('says in its type how long the JSON before tensors is, as there is no header for it', async () => {
    const customAttributes = 'onramp-call=POST+%2Fv2&json=42';
    const world = worldOf({ contentType: 'application/octet-stream', customAttributes });
    const job = await accept(world);

    const done = await visit(world, job);

    expect(done.result?.content_type).toBe(
      'application/vnd.sagemaker-triton.binary+json;json-header-size=42',
    );
  });
});
