import { describe, expect, it } from 'vitest';
import { sha256 } from '../../lib/core/index.ts';
import {
  type Claim,
  claimRun,
  concludeRun,
  enqueueRun,
  finishRun,
  getRun,
  heartbeat,
  listRuns,
  maxAttempts,
  publishVersion,
  runId,
  updateRun,
} from '../../lib/registry/index.ts';
import { crashingStore } from './faulty-store.ts';
import { claim, leaseMs, queueRun, testContext, uploadSource, versionDraft } from './records.ts';

const identity = { specDigest: sha256('spec'), dataDigest: sha256('data'), code: '1.0' };
const succeeded = { state: 'succeeded', version: '1', message: 'Live.' } as const;
const failed = { state: 'failed', error: { code: 'bad_data', message: 'No rows.', param: null } } as const;

describe('runId', () => {
  it('is the same for the same work and another for any other', () => {
    const ids = [
      runId(identity),
      runId({ ...identity, specDigest: sha256('x') }),
      runId({ ...identity, dataDigest: sha256('x') }),
      runId({ ...identity, code: '1.1' }),
      runId({ ...identity, retrain: 'a' }),
      runId({ ...identity, retrain: 'b' }),
    ];

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(runId({ ...identity })).toBe(ids[0]);
  });
});

describe('enqueueRun', () => {
  it('queues a run once, however often it is told', async () => {
    const context = testContext();
    const draft = {
      model: 'heart',
      run: runId(identity),
      dataset: 'heart',
      dataDigest: identity.dataDigest,
      specDigest: identity.specDigest,
      source: uploadSource(),
    };

    const told = await Promise.all(Array.from({ length: 5 }, () => enqueueRun(context, draft)));

    expect(told.filter(({ created }) => created)).toHaveLength(1);
    expect(told[0]!.record).toMatchObject({ state: 'queued', attempts: 0, progress: 0, lease: null });
    expect(new Set(told.map(({ record }) => JSON.stringify(record))).size).toBe(1);
  });

  it('leaves a run alone that is under way', async () => {
    const context = testContext();
    await claim(context, await queueRun(context));

    const record = await queueRun(context);

    expect(record).toMatchObject({ state: 'running', attempts: 1 });
  });
});

describe('claimRun', () => {
  it('lets one of ten workers through', async () => {
    const context = testContext();
    const { model, run } = await queueRun(context);

    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        claimRun(context, { model, run }, { owner: `message-${index}`, leaseMs }),
      ),
    );

    const outcomes = claims.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'busy')).toHaveLength(9);
    expect(await getRun(context, { model, run })).toMatchObject({
      state: 'running',
      attempts: 1,
      started: '2026-11-22T12:00:00.000Z',
      lease: { owner: `message-${outcomes.indexOf('claimed')}`, expires: '2026-11-22T12:01:00.000Z' },
    });
  });

  it('says until when another worker is believed to be at it', async () => {
    const context = testContext();
    const { model, run } = await queueRun(context);
    await claim(context, { model, run }, 'message-1');

    const busy = await claimRun(context, { model, run }, { owner: 'message-2', leaseMs });

    expect(busy).toEqual({ outcome: 'busy', until: '2026-11-22T12:01:00.000Z' });
  });

  it('takes over once the lease has run out, not before', async () => {
    const context = testContext();
    const record = await queueRun(context);
    await claim(context, record, 'message-1');

    context.clock.timeMs += leaseMs - 1;
    const early = await claimRun(context, record, { owner: 'message-2', leaseMs });
    context.clock.timeMs += 1;
    const late = await claimRun(context, record, { owner: 'message-2', leaseMs });

    expect(early.outcome).toBe('busy');
    expect(late).toMatchObject({
      outcome: 'claimed',
      record: { attempts: 2, lease: { owner: 'message-2' } },
    });
  });

  it('takes over at once from the dead worker of the same message', async () => {
    const context = testContext();
    const record = await queueRun(context);
    await claim(context, record, 'message-1');

    const again = await claimRun(context, record, { owner: 'message-1', leaseMs });

    expect(again).toMatchObject({ outcome: 'claimed', lease: { attempt: 2 } });
  });

  it('has nothing to give once the run has ended', async () => {
    const context = testContext();
    const record = await queueRun(context);
    await finishRun(context, await claim(context, record), failed);

    const late = await claimRun(context, record, { owner: 'message-2', leaseMs });

    expect(late).toMatchObject({ outcome: 'ended', record: { state: 'failed', attempts: 1 } });
  });

  it('has nothing to give once the version is published, though not decided about', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);
    await publishVersion(context, lease, { draft: versionDraft(), artifact: new Uint8Array([1]) });
    context.clock.timeMs += 10 * leaseMs;

    const late = await claimRun(context, record, { owner: 'message-2', leaseMs });

    expect(late).toMatchObject({ outcome: 'ended', record: { state: 'running', version: '1' } });
  });

  it('counts the deliveries of the message where they are told, as a queue forgives those cut off from outside', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const options = { owner: 'message-1', leaseMs, deliveries: 1 };
    for (let restart = 0; restart <= maxAttempts; restart += 1) await claimRun(context, record, options);

    const forgiven = await claimRun(context, record, options);
    const spent = await claimRun(context, record, { ...options, deliveries: maxAttempts + 1 });

    expect(forgiven).toMatchObject({ outcome: 'claimed', lease: { attempt: maxAttempts + 2 } });
    expect(spent).toMatchObject({ outcome: 'ended', record: { error: { code: 'worker_died' } } });
  });

  it('gives the run up after its workers died as often as is allowed', async () => {
    const context = testContext();
    const record = await queueRun(context);
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      expect((await claim(context, record)).attempt).toBe(attempt);
    }

    const last = await claimRun(context, record, { owner: 'message-1', leaseMs });

    expect(last).toMatchObject({
      outcome: 'ended',
      record: { state: 'failed', attempts: maxAttempts, lease: null, error: { code: 'worker_died' } },
    });
    expect((last as Extract<Claim, { outcome: 'ended' }>).record.message).toMatch(/begun 3 times/);
    expect(await claimRun(context, record, { owner: 'message-1', leaseMs })).toMatchObject({
      outcome: 'ended',
    });
  });

  it('bad call: a run that does not exist', async () => {
    const missing = claimRun(testContext(), { model: 'heart', run: 'x' }, { owner: 'm', leaseMs });

    await expect(missing).rejects.toMatchObject({ kind: 'not_found', code: 'run_not_found' });
  });
});

describe('a worker', () => {
  it('prolongs its lease with every sign of life and keeps what it told before', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);
    const candidate = {
      learner: 'linear',
      metric: 'auc',
      score: 0.8,
      fold_scores: [0.8],
      fit_ms: 5,
    } as const;

    await updateRun(context, lease, {
      progress: 0.5,
      message: 'Half.',
      candidates: [{ ...candidate, fold_scores: [0.8] }],
    });
    context.clock.timeMs += leaseMs - 1;
    await heartbeat(context, lease);
    context.clock.timeMs += leaseMs - 1;

    expect(await getRun(context, record)).toMatchObject({
      progress: 0.5,
      message: 'Half.',
      candidates: [candidate],
    });
    expect((await claimRun(context, record, { owner: 'message-2', leaseMs })).outcome).toBe('busy');
  });

  it.each([
    ['another message', 'message-2', leaseMs],
    ['its own message, delivered again', 'message-1', 0],
  ])('learns that the run was taken over by %s', async (_who, owner, waitMs) => {
    const context = testContext();
    const record = await queueRun(context);
    const old = await claim(context, record, 'message-1');
    context.clock.timeMs += waitMs;
    const heir = await claim(context, record, owner);

    const told = [
      () => heartbeat(context, old),
      () => updateRun(context, old, { progress: 0.9 }),
      () => finishRun(context, old, succeeded),
      () => publishVersion(context, old, { draft: versionDraft(), artifact: new Uint8Array([1]) }),
    ];

    for (const tell of told)
      await expect(tell()).rejects.toMatchObject({ kind: 'conflict', code: 'lease_lost' });
    expect(await getRun(context, record)).toMatchObject({ state: 'running', progress: 0, version: null });
    await expect(finishRun(context, heir, failed)).resolves.toMatchObject({ state: 'failed' });
  });

  it('loses nothing when it tells several things at once', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);

    await Promise.all([
      heartbeat(context, lease),
      updateRun(context, lease, { message: 'Now.' }),
      heartbeat(context, lease),
      updateRun(context, lease, { progress: 0.3 }),
    ]);

    expect(await getRun(context, record)).toMatchObject({ progress: 0.3, message: 'Now.' });
  });

  it('learns that the model was deleted', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);
    await context.artifacts.delete(`models/heart/runs/${record.run}.json`);

    await expect(heartbeat(context, lease)).rejects.toMatchObject({ code: 'lease_lost' });
  });
});

describe('the end of a run', () => {
  it('is written once; told again it stays as it is', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);

    const first = await finishRun(context, lease, succeeded);
    context.clock.timeMs += 5000;
    const again = await finishRun(context, lease, succeeded);

    expect(first).toMatchObject({
      state: 'succeeded',
      progress: 1,
      version: '1',
      message: 'Live.',
      lease: null,
    });
    expect(first.ended).toBe('2026-11-22T12:00:00.000Z');
    expect(again).toEqual(first);
  });

  it('bad call: another ending than the first', async () => {
    const context = testContext();
    const lease = await claim(context, await queueRun(context));
    await finishRun(context, lease, succeeded);

    await expect(finishRun(context, lease, failed)).rejects.toMatchObject({ code: 'lease_lost' });
    await expect(heartbeat(context, lease)).rejects.toMatchObject({ code: 'lease_lost' });
  });

  it('keeps how far a failed run got, and why it failed', async () => {
    const context = testContext();
    const lease = await claim(context, await queueRun(context));
    await updateRun(context, lease, { progress: 0.4 });

    const record = await finishRun(context, lease, failed);

    expect(record).toMatchObject({
      state: 'failed',
      progress: 0.4,
      message: 'No rows.',
      error: failed.error,
    });
  });

  it('names no version if the worker failed before it was published', async () => {
    const context = testContext();
    const lease = await claim(context, await queueRun(context));
    const artifacts = crashingStore(context.artifacts, { atWrite: 3, side: 'before' });
    const publication = { draft: versionDraft(), artifact: new Uint8Array([1]) };
    await expect(publishVersion({ ...context, artifacts }, lease, publication)).rejects.toThrow('crash');
    expect((await getRun(context, lease)).version).toBe('1');

    const record = await finishRun(context, lease, failed);

    expect(record.version).toBeNull();
  });

  it('is told by whoever decides about the published version, once', async () => {
    const context = testContext();
    const record = await queueRun(context);
    const lease = await claim(context, record);
    const { version } = await publishVersion(context, lease, {
      draft: versionDraft(),
      artifact: new Uint8Array([1]),
    });

    const kept = await concludeRun(context, record, { state: 'kept', version, message: 'Not better.' });
    const again = await concludeRun(context, record, { state: 'succeeded', version, message: 'Live.' });

    expect(kept).toMatchObject({ state: 'kept', version: '1', lease: null, progress: 1 });
    expect(again).toEqual(kept);
  });

  it('bad call: a decision about a version the run has not published', async () => {
    const context = testContext();
    const record = await queueRun(context);
    await claim(context, record);

    await expect(concludeRun(context, record, succeeded)).rejects.toMatchObject({ code: 'not_published' });
  });
});

describe('listRuns', () => {
  it('gives the runs that changed last, newest first, and tells that there are more', async () => {
    const context = testContext();
    const runs: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      runs.push((await queueRun(context, `run ${index}`)).run);
      context.clock.timeMs += 1000;
    }

    const two = await listRuns(context, 'heart', { limit: 2 });
    const all = await listRuns(context, 'heart', { limit: 5 });

    expect(two.items.map(({ run }) => run)).toEqual([runs[4], runs[3]]);
    expect(two.hasMore).toBe(true);
    expect(all.items.map(({ run }) => run)).toEqual(runs.toReversed());
    expect(all.hasMore).toBe(false);
    expect(await listRuns(context, 'none', { limit: 5 })).toEqual({ items: [], hasMore: false });
  });
});
