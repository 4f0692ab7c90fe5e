import { beforeEach, describe, expect, it } from 'vitest';
import { artifactKeys, type RunRecord } from '../../lib/contracts/index.ts';
import {
  cancelRun,
  describeWaiting,
  getRun,
  handRunToJob,
  pauseRun,
  putDatasetManifest,
} from '../../lib/registry/index.ts';
import { claim, datasetManifest, publishOne, queueRun, type TestContext, testContext } from './records.ts';

let context: TestContext;
beforeEach(async () => {
  context = testContext();
  await putDatasetManifest(context, datasetManifest());
});

/** Queues a run a second after the one before. */
async function queue(label: string, model = 'heart'): Promise<RunRecord> {
  context.clock.timeMs += 1000;
  return queueRun(context, label, model);
}

/** What a reader is told of a run who may see all models, or only these. */
async function view(run: RunRecord, models?: readonly string[]) {
  const now = await getRun(context, run);
  const views = await describeWaiting(context, [now], (model) => models?.includes(model) ?? true);
  return views.get(run.run);
}

describe('a run that waits for a worker', () => {
  it('alone says no more than that', async () => {
    const run = await queue('a');

    expect(await view(run)).toEqual({
      message: 'Waiting for a worker.',
      waiting: { for: 'worker', since: '2026-11-22T12:00:01.000Z', position: 1, behind: [] },
    });
  });

  it('says which run is being trained and which wait in front of it', async () => {
    const [first, second, third] = [await queue('a', 'wine'), await queue('b', 'iris'), await queue('c')];
    context.clock.timeMs += 500;
    await claim(context, first);

    const [next, last] = [await view(second), await view(third)];

    const atWork = { model: 'wine', run: first.run, state: 'running', since: '2026-11-22T12:00:03.500Z' };
    expect(next?.message).toBe(
      `Next in the queue: "wine" is being trained since 12:00:03 UTC (run ${first.run}).`,
    );
    expect(next?.waiting).toMatchObject({ position: 1, behind: [atWork] });
    expect(last?.message).toContain('Number 2 in the queue: "wine" is');
    expect(last?.waiting).toMatchObject({
      position: 2,
      behind: [atWork, { model: 'iris', run: second.run, state: 'queued', since: second.created }],
    });
  });

  it('names nothing of models that the reader may not see, but counts it', async () => {
    const [first, second, third] = [await queue('a', 'wine'), await queue('b', 'iris'), await queue('c')];
    await claim(context, first);
    const one = await view(third, ['heart']);
    await claim(context, second);

    const two = await view(third, ['heart']);
    const some = await view(third, ['heart', 'iris']);

    expect(one?.message).toBe('Number 2 in the queue: another model is being trained.');
    expect(one?.waiting).toMatchObject({ position: 2, behind: [] });
    expect(two?.message).toBe('Next in the queue: 2 other models are being trained.');
    expect(some?.message).toBe('Next in the queue: "iris" and another model are being trained.');
  });

  it('is not behind runs that have ended, are as good as done or have a job of their own', async () => {
    await publishOne(context, 'a', 'published');
    await cancelRun(context, await queue('b', 'cancelled'));
    const estimate = { seconds: 1, memory_bytes: 1 };
    const placement = { on: 'job', reason: '', estimate, job: 'onramp-1' } as const;
    const inJob = await queue('c', 'large');
    await handRunToJob(context, inJob, { owner: 'm', placement });
    const run = await queue('d');
    // What is left of a run whose model was removed.
    const leftOver = artifactKeys.openRun({ ...run, model: 'gone', created: '2026-11-22T12:00:00.000Z' });
    await context.artifacts.put(leftOver, '');

    const views = await describeWaiting(context, [await getRun(context, inJob)], () => true);

    expect(views.size).toBe(0);
    expect(await view(run)).toMatchObject({
      message: 'Waiting for a worker.',
      waiting: { position: 1, behind: [] },
    });
    expect(await context.artifacts.head(leftOver)).toBeNull();
  });

  it('that was paused keeps what it has to say', async () => {
    const run = await queue('a');
    await pauseRun(context, await claim(context, run));

    const paused = await view(run);

    expect(paused?.message).toMatch(/^Paused at 0 %/);
    expect(paused?.waiting).toMatchObject({ for: 'worker', position: 1 });
  });

  it('says its number behind hundreds, of which only the first are read', async () => {
    for (let index = 0; index < 150; index += 1) await queue(`r${index}`, `model-${index}`);
    const run = await queue('last');

    expect(await view(run)).toMatchObject({
      message: 'Number 151 in the queue for a worker.',
      waiting: { position: 151, behind: { length: 20 } },
    });
  });
});

it('a run whose data are not read says that it waits for them', async () => {
  await context.artifacts.delete(artifactKeys.datasetManifest('heart', datasetManifest().digest));
  const run = await queue('a');

  expect(await view(run)).toEqual({
    message: 'Waiting until "heart.csv" is read.',
    waiting: { for: 'data', since: run.created },
  });
});
