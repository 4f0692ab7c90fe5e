/** A training whose function has no time left is paused, and the next message goes on with it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { RunRecord } from '../../lib/contracts/records.ts';
import { trainNoticed } from '../../lib/pipeline/index.ts';
import { claimRun, getRun, maxPauses, pauseRun } from '../../lib/registry/index.ts';
import { createWorld, heartCsv, ingest, register, runsOf, trainRequested, type World } from './support.ts';

/** As good as nothing, once the reserve for the last checkpoint is taken off. */
const remainingMs = 60_001;

describe('a run whose function has no time left', () => {
  let world: World;
  let run: RunRecord;
  beforeEach(async () => {
    world = createWorld();
    await register(world);
    await ingest(world, heartCsv(300));
    run = (await runsOf(world))[0]!;
  });

  const train = (messageId: string) =>
    trainNoticed(world, { kind: 'spec', model: 'heart' }, { messageId, receiveCount: 1, remainingMs });

  it('goes back to the queue, asks for its training again and keeps its progress', async () => {
    await train('m1');

    const paused = await getRun(world, { model: 'heart', run: run.run });
    expect(paused).toMatchObject({ state: 'queued', attempts: 1, pauses: 1, lease: null, error: null });
    expect(paused.message).toMatch(
      /^Paused at \d+ %, as the time of the function is over; the next one goes on\.$/,
    );
    expect(await world.artifacts.head(artifactKeys.training('heart', run.run))).not.toBeNull();
  });

  it('is finished by the next one, which is not taken for the successor of a dead worker', async () => {
    await train('m1');

    await trainRequested(world);

    const done = await getRun(world, { model: 'heart', run: run.run });
    expect(done).toMatchObject({ state: 'running', version: '1', attempts: 2, pauses: 1 });
    expect(done.placement).toMatchObject({ on: 'function' });
    expect(done.placement!.reason).not.toContain('stopped before the end');
  });

  it('wakes the function at every pause, and fails at last with what to do', async () => {
    const key = { model: 'heart', run: run.run };
    const etags = new Set<string>();
    const attempts: RunRecord[] = [];
    for (let pause = 0; pause <= maxPauses; pause += 1) {
      world.advance(1000);
      const claim = await claimRun(world, key, { owner: `m${pause}`, leaseMs: 1000 });
      if (claim.outcome !== 'claimed') throw new Error(claim.outcome);
      attempts.push(await pauseRun(world, claim.lease));
      etags.add((await world.artifacts.head(artifactKeys.training('heart', run.run)))!.etag);
    }

    expect(attempts.slice(0, -1).every(({ state }) => state === 'queued')).toBe(true);
    expect(attempts.at(-1)).toMatchObject({ state: 'failed', error: { code: 'training_too_long' } });
    expect(etags.size).toBe(maxPauses);
  });

  it('leaves no checkpoints behind once it has ended', async () => {
    await world.artifacts.put(artifactKeys.checkpoint('heart', run.run, 'linear/fold-1.state'), 'kept');

    await trainNoticed(world, { kind: 'spec', model: 'heart' }, { messageId: 'm1', receiveCount: 1 });

    expect((await getRun(world, { model: 'heart', run: run.run })).version).toBe('1');
    expect(
      await world.artifacts.list(artifactKeys.checkpoints())[Symbol.asyncIterator]().next(),
    ).toMatchObject({ done: true });
  });
});
