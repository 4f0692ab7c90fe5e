import { expect, it } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { acceptBody, cancelJob, deleteJob, type JobContext } from '../../lib/jobs/index.ts';
import { crashingStore } from '../registry/faulty-store.ts';
import { publishOne, testContext } from '../registry/records.ts';

const weekMs = 7 * 24 * 3_600_000;

async function makeWorld() {
  const context = testContext();
  await publishOne(context, 'first');
  let ids = 0;
  return { ...context, newId: () => `id-${++ids}` };
}

const ask = (context: JobContext, idempotencyKey: string) =>
  acceptBody(context, {
    model: 'heart',
    version: '1',
    body: '{"instances":[{"age":61}]}',
    options: { strict: false, non_finite: 'error' },
    ...{ caller: 'shop', idempotencyKey },
  });

it.each(
  [1, 2, 3, 4, 5].flatMap((atWrite) =>
    (['before', 'after'] as const).map((side) => [side, atWrite, { atWrite, side }] as const),
  ),
)(
  'a request whose making broke off %s write %i is a job that wakes a worker once it is sent again',
  async (_side, _write, crash) => {
    const world = await makeWorld();
    const store = crashingStore(world.artifacts, crash);
    await ask({ ...world, artifacts: store }, 'key').catch(() => {});

    const job = await ask(world, 'key');

    expect(store.crashed()).toBe(true);
    expect(job.state).toBe('queued');
    expect(await world.artifacts.head(artifactKeys.jobRequest(job.id))).not.toBeNull();
    expect(await world.artifacts.head(artifactKeys.modelJob('heart', job.id))).not.toBeNull();
  },
);

it('a job that is over wakes nobody when its request is sent again', async () => {
  const world = await makeWorld();
  const { id } = await ask(world, 'key');
  await cancelJob(world, id);
  await world.artifacts.delete(artifactKeys.jobRequest(id));

  const again = await ask(world, 'key');

  expect(again).toMatchObject({ id, state: 'cancelled' });
  expect(await world.artifacts.head(artifactKeys.jobRequest(id))).toBeNull();
});

it('deleting an old job leaves its key to the younger job that has it now', async () => {
  const world = await makeWorld();
  const old = await ask(world, 'key');
  world.clock.timeMs += weekMs;
  const young = await ask(world, 'key');
  await deleteJob(world, old.id);

  const again = await ask(world, 'key');

  expect(young.id).not.toBe(old.id);
  expect(again.id).toBe(young.id);
});
