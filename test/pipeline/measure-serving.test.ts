import { expect, test } from 'vitest';
import { getModel, getVersion, readModelCard } from '../../lib/registry/index.ts';
import { createWorld, heartCsv, linearSpec, register, upload, type World } from './support.ts';

const description = { processor: 'test', architecture: 'arm64', processors: 2, memory_mb: 4096 };

/** A world whose machine's clock goes on by `stepMs` each time it is looked at. */
function measuredWorld(stepMs: number): World {
  let time = 0;
  const now = (): number => {
    time += stepMs;
    return time;
  };
  return { ...createWorld(), machine: { description, now } };
}

async function publish(world: World) {
  await register(world, linearSpec);
  await upload(world, heartCsv(300));
  return getVersion(world, 'heart', '1');
}

test('a new version says how long its predictions take, and its card what they cost', async () => {
  const world = measuredWorld(0.5);
  const version = await publish(world);

  const card = await readModelCard(world, await getModel(world, 'heart'));

  // Each call takes one look at the clock; 300 rows leave about 60 held out for the calls with many rows.
  expect(version.serving).toEqual({
    ms_per_call: 0.5,
    rows_per_second: expect.any(Number),
    calls: 200,
    measured_on: description,
  });
  const heldOut = 'held_out' in version ? version.held_out.rows : 0;
  expect(version.serving?.rows_per_second).toBeCloseTo(heldOut * 2000, -4);
  expect(card.cost).toMatchObject({
    per_call: 3.5e-6 + 2e-7 + 0.001 * 0.0000133334,
    assumptions: { memory_mb: 1024, billed_ms: 1, region: 'us-east-1' },
  });
});

test('a slow version is timed by few calls', async () => {
  const version = await publish(measuredWorld(1000));

  expect(version.serving).toMatchObject({ ms_per_call: 1000, calls: 5 });
});

test('where nobody can measure, nothing is said', async () => {
  const world = createWorld();
  const version = await publish(world);

  const card = await readModelCard(world, await getModel(world, 'heart'));

  expect(version.serving).toBeUndefined();
  expect(card).not.toHaveProperty('cost');
});

test('the time is no part of the run, whose id is the same on a slower machine', async () => {
  const [quick, slow] = await Promise.all([publish(measuredWorld(0.01)), publish(measuredWorld(7))]);

  expect('run' in quick && 'run' in slow && quick.run === slow.run).toBe(true);
  expect(quick.artifact).toEqual(slow.artifact);
});
