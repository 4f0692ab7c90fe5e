import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { artifactKeys } from '../../lib/contracts/index.ts';
import {
  cancelRun,
  claimRun,
  concludeRun,
  enqueueRun,
  finishRun,
  getRun,
  handRunToJob,
  keepAlive,
  pauseRun,
  publishVersion,
  requireOwnRun,
  updateRun,
} from '../../lib/registry/index.ts';
import { claim, leaseMs, publishOne, queueRun, testContext, versionDraft } from './records.ts';

const artifact = new TextEncoder().encode('model');
const publication = { draft: versionDraft(), artifact };
const cancelled = {
  state: 'cancelled',
  message: 'Cancelled on request.',
  lease: null,
  version: null,
  error: null,
};

describe('cancelRun', () => {
  it('ends a run that waits, which nobody begins any more', async () => {
    const context = testContext();
    const run = await queueRun(context);

    const record = await cancelRun(context, run);

    const { outcome } = await claimRun(context, run, { owner: 'message-1', leaseMs });
    expect(record).toMatchObject({ ...cancelled, ended: '2026-11-22T12:00:00.000Z' });
    expect(outcome).toBe('ended');
  });

  it('takes a run away from its worker, who can neither tell nor publish anything any more', async () => {
    const context = testContext();
    const run = await queueRun(context);
    const lease = await claim(context, run);
    await requireOwnRun(context, lease);
    await updateRun(context, lease, { progress: 0.4 });

    const record = await cancelRun(context, run);

    expect(record).toMatchObject({ ...cancelled, progress: 0.4 });
    const lost = { code: 'lease_lost' };
    await expect(requireOwnRun(context, lease)).rejects.toMatchObject(lost);
    await expect(updateRun(context, lease, {})).rejects.toMatchObject(lost);
    await expect(publishVersion(context, lease, publication)).rejects.toMatchObject(lost);
    await expect(finishRun(context, lease, { state: 'failed', error: failure })).rejects.toMatchObject(lost);
  });

  it('leaves a run as it is that has ended, however often it is asked', async () => {
    const context = testContext();
    const run = await queueRun(context);
    await finishRun(context, await claim(context, run), { state: 'failed', error: failure });
    const failed = await getRun(context, run);
    const other = await queueRun(context, 'second');
    const once = await cancelRun(context, other);
    context.clock.timeMs += 1000;

    expect(await cancelRun(context, run)).toEqual(failed);
    expect(await cancelRun(context, other)).toEqual(once);
  });

  it('bad call: a run that there is not, and one whose version is published', async () => {
    const context = testContext();
    await publishOne(context, 'first');
    const run = await queueRun(context, 'first');

    await expect(cancelRun(context, { model: 'heart', run: '0'.repeat(16) })).rejects.toMatchObject({
      code: 'run_not_found',
    });
    await expect(cancelRun(context, run)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'already_published',
      message: expect.stringContaining('version 1'),
    });
    expect((await getRun(context, run)).state).toBe('running');
  });

  it('gives way to a version that is decided about all the same', async () => {
    const context = testContext();
    const run = await queueRun(context);
    const lease = await claim(context, run);
    const put: typeof context.artifacts.put = async (key, body, options) => {
      // Between the number and the manifest: nothing is published yet, and the worker does not look again.
      if (key === artifactKeys.versionManifest('heart', '1')) await cancelRun(context, run);
      return context.artifacts.put(key, body, options);
    };
    await publishVersion({ ...context, artifacts: { ...context.artifacts, put } }, lease, publication);

    const record = await concludeRun(context, run, { state: 'succeeded', version: '1', message: 'Live.' });

    expect(record).toMatchObject({ state: 'succeeded', version: '1' });
  });

  it('wakes the function for a run that was handed to a training job, and for no other', async () => {
    const context = testContext();
    const [first, second] = [await queueRun(context), await queueRun(context, 'second')];
    const estimate = { seconds: 1, memory_bytes: 1 };
    const placement = { on: 'job', reason: '', estimate, job: 'onramp-1' } as const;
    await handRunToJob(context, first, { owner: 'm', placement });

    await cancelRun(context, first);
    await cancelRun(context, second);

    const keys = [first, second].map(({ model, run }) => artifactKeys.training(model, run));
    const woken = await Promise.all(keys.map((key) => context.artifacts.head(key)));
    expect(woken.map((info) => info !== null)).toEqual([true, false]);
  });
});

const failure = { code: 'bad_data', message: 'No rows.', param: null };

describe('the mark of a run that has not ended', () => {
  const marks = async (context: ReturnType<typeof testContext>): Promise<readonly string[]> => {
    const keys: string[] = [];
    for await (const { key } of context.artifacts.list(artifactKeys.openRuns())) keys.push(key);
    return keys;
  };

  it('is there from its queueing to its end, whoever ends it, and comes back for no repetition', async () => {
    const context = testContext();
    const run = await queueRun(context);
    const queued = await marks(context);
    const lease = await claim(context, run);
    await pauseRun(context, lease);
    const paused = await marks(context);

    await cancelRun(context, run);
    const { record } = await enqueueRun(context, {
      ...{ model: run.model, run: run.run, dataset: run.dataset, source: run.source },
      ...{ dataDigest: run.data_digest, specDigest: run.spec_digest },
    });

    expect(queued).toEqual([`open-runs/${String(context.clock.now()).padStart(15, '0')}/heart/${run.run}`]);
    expect(paused).toEqual(queued);
    expect(record.state).toBe('cancelled');
    expect(await marks(context)).toEqual([]);
  });
});

describe('keepAlive', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('looks between signs of life whether the lease is held, and ends the work once it is lost', async () => {
    const told: string[] = [];
    let isHeld = true;
    const { signal, stop } = keepAlive({
      ...{ first: 'news', everyMs: 5_000 },
      write: async (news) => void told.push(news),
      look: {
        everyMs: 1_500,
        read: async () => {
          told.push('look');
          if (!isHeld) throw Object.assign(new Error('gone'), { code: 'lease_lost' });
        },
      },
      onUnheard: () => told.push('unheard'),
    });
    await vi.advanceTimersByTimeAsync(5_000);
    const before = [...told];
    isHeld = false;

    await vi.advanceTimersByTimeAsync(1_500);
    const isAborted = signal.aborted;
    stop();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(before).toEqual(['look', 'look', 'look', 'news']);
    expect(isAborted).toBe(true);
    expect(told).toEqual([...before, 'look']);
  });
});
