import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type BodyOf,
  heartCsv,
  type Loop,
  linearSpec,
  runsOf,
  startLoop,
  until,
  waitForRun,
} from './support.ts';

// The functions give way to whatever else the machine is doing.
vi.setConfig({ testTimeout: 90_000 });

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.remove());

describe('a model that is trained in a training job', () => {
  test('goes from a file to predictions, and its run tells where it was trained and why', async () => {
    // A network brings a thread of its own along, which has to be in the image too.
    const learner = { learner: 'network', parameters: { hidden: [16], learning_rate: 0.01 } };
    await loop.api('PUT', '/v1/models/heart', { ...linearSpec, ...learner, train_on: 'job' });
    await loop.upload('heart', 'heart.csv', heartCsv(300));

    const run = await waitForRun(loop, 'heart', 'heart.csv');
    const answer = await loop.api<BodyOf<'predict'>>('POST', '/v1/models/heart/predict', {
      instances: [{ age: 72, sex: 'M', weight: 81.5 }],
    });

    expect(run).toMatchObject({
      state: 'succeeded',
      version: '1',
      placement: { on: 'job', reason: expect.stringContaining('"train_on": "job"') },
    });
    expect(run.placement!.job).toMatch(/^onramp-heart-[0-9a-f]{16}$/);
    expect(answer.body.predictions).toMatchObject([{ label: 'yes' }]);
  });

  test('goes on where every process was killed', async () => {
    await loop.api('PUT', '/v1/models/slow', {
      ...linearSpec,
      dataset: 'slow',
      learner: 'forest',
      train_on: 'job',
    });
    await loop.upload('slow', 'slow.csv', heartCsv(800));
    await until(async () => (await runsOf(loop, 'slow')).some(({ state }) => state === 'running'));

    await loop.killTree();
    await loop.start();
    const run = await waitForRun(loop, 'slow', 'slow.csv');

    expect(run).toMatchObject({ state: 'succeeded', version: '1' });
    expect(await runsOf(loop, 'slow')).toHaveLength(1);
  });
});
