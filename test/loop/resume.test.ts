/** A long training that is killed goes on from its checkpoint. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { artifactBucket, heartCsv, type Loop, runsOf, startLoop, until } from './support.ts';

const limitMs = 120_000;

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.remove());

/** The epoch that the run's message tells of; null while it tells of none. */
async function epochNow(): Promise<number | null> {
  const [run] = await runsOf(loop, 'long');
  const found = /^network: fold 1 of 5, epoch (\d+) of 100000, loss \S+, [\d,]+ rows\/s, .+ left$/.exec(
    run?.message ?? '',
  );
  return found && Number(found[1]);
}

const keptBytes = async (): Promise<number> => {
  const command = new ListObjectsV2Command({ Bucket: artifactBucket, Prefix: artifactKeys.checkpoints() });
  const { Contents = [] } = await loop.s3.send(command);
  return Contents.reduce((sum, { Size = 0 }) => sum + Size, 0);
};

test('kill -9 in the middle of a long training costs what was done since its last checkpoint', {
  timeout: limitMs,
}, async () => {
  await loop.api('PUT', '/v1/models/long', {
    dataset: 'long',
    target: 'disease',
    learner: 'network',
    parameters: { epochs: 100_000, patience: 0, hidden: [16] },
  });
  await loop.upload('long', 'rows.csv', heartCsv(300));
  await until(async () => (await keptBytes()) > 0);
  const before = await until(epochNow);

  await loop.killTree();
  await loop.start();
  const told = await until(epochNow);
  const after = await until(async () => {
    const epoch = await epochNow();
    return epoch !== told && epoch;
  });

  // The message is seconds older than the checkpoint or the other way round, so one of them may be somewhat behind.
  expect(after).toBeGreaterThan(before / 2);
  expect(await runsOf(loop, 'long')).toMatchObject([{ state: 'running' }]);
});

test('the same training, cancelled, ends with its next look and leaves nothing behind', {
  timeout: limitMs,
}, async () => {
  const [long] = await runsOf(loop, 'long');

  const cancelled = await loop.api('POST', `/v1/models/long/runs/${long!.run}/cancel`);
  await until(async () => (await keptBytes()) === 0);

  expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled', version: null } });
  expect(await runsOf(loop, 'long')).toEqual([cancelled.body]);
});
