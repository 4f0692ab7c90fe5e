/** Runs that are cancelled on request, before they are trained, while they are, and in a training job. */
import { beforeEach, expect, it } from 'vitest';
import type { ModelSpec, RunRecord } from '../../lib/contracts/index.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { sha256 } from '../../lib/core/index.ts';
import { evaluateNoticed, trainInJob, trainNoticed } from '../../lib/pipeline/index.ts';
import { runCheckpoints } from '../../lib/pipeline/run-checkpoints.ts';
import {
  cancelRun,
  getRun,
  listVersionNumbers,
  maxAttempts,
  publishVersion,
} from '../../lib/registry/index.ts';
import { claim, versionDraft } from '../registry/records.ts';
import { createFakeTrainingJobs } from './fake-training-jobs.ts';
import {
  createWorld,
  heartCsv,
  ingest,
  linearSpec,
  liveVersion,
  register,
  runsOf,
  trainRequested,
  type World,
} from './support.ts';

const csv = heartCsv(300);
const notice = { kind: 'dataset-ready', dataset: 'heart', digest: sha256(csv) } as const;
const delivery = { messageId: 'm1', receiveCount: 1 };

let world: World;

async function queued(spec: ModelSpec): Promise<RunRecord> {
  await register(world, spec);
  await ingest(world, csv);
  return (await runsOf(world))[0]!;
}

const left = async (prefix: string): Promise<readonly string[]> => {
  const keys: string[] = [];
  for await (const { key } of world.artifacts.list(prefix)) keys.push(key);
  return keys;
};

beforeEach(() => {
  world = createWorld();
});

it('a run that waits is not trained, however often its events come, until its data are uploaded again', async () => {
  const run = await queued(linearSpec);
  // As a worker leaves it that died, or was paused.
  await world.artifacts.put(artifactKeys.checkpoint('heart', run.run, 'linear/fold-1.result'), 'kept');
  await cancelRun(world, run);

  await trainNoticed(world, notice, delivery);
  const kept = await left(artifactKeys.checkpoints());
  await trainNoticed(world, notice, { ...delivery, receiveCount: maxAttempts });
  const after = await runsOf(world);
  world.advance(60_000);
  await ingest(world, csv);
  await trainNoticed(world, notice, delivery);

  expect(after.map(({ state }) => state)).toEqual(['cancelled']);
  expect(kept).toEqual([]);
  expect((await runsOf(world)).map(({ state, version }) => `${state} ${version}`).sort()).toEqual([
    'cancelled null',
    'running 1',
  ]);
});

it('a run that is being trained ends within its next look, and nothing of it is left or published', async () => {
  const run = await queued({
    ...{ ...linearSpec, learner: 'network' },
    parameters: { hidden: [32], epochs: 10_000, patience: 0 },
  });
  await world.artifacts.put(artifactKeys.checkpoint('heart', run.run, 'network/fold-1.state'), 'kept');

  const training = trainNoticed(world, notice, delivery);
  while ((await getRun(world, run)).state !== 'running') await new Promise(setImmediate);
  await cancelRun(world, run);
  await training;

  expect(await getRun(world, run)).toMatchObject({ state: 'cancelled', lease: null, version: null });
  expect(await listVersionNumbers(world, 'heart')).toEqual([]);
  expect(await left(artifactKeys.checkpoints())).toEqual([]);
  expect(await left(artifactKeys.openRuns())).toEqual([]);
});

it('what a thread tells after its training was given up is not kept, and what is being written is waited for', async () => {
  const given = new AbortController();
  let finish = (): void => {};
  const written = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const put: World['artifacts']['put'] = async (key, body, options) => {
    await written;
    return world.artifacts.put(key, body, options);
  };
  const key = { model: 'heart', run: 'r' };
  const slow = { ...world, artifacts: { ...world.artifacts, put } };
  const kept = runCheckpoints(slow, key, given.signal);
  const saving = kept.save('early', new Uint8Array(1));
  given.abort();
  await kept.save('late', new Uint8Array(1));
  const settled = kept.settled();
  const before = await left(artifactKeys.checkpoints());

  finish();
  await settled;

  expect(before).toEqual([]);
  expect(await left(artifactKeys.checkpoints())).toEqual([artifactKeys.checkpoint('heart', 'r', 'early')]);
  await saving;
});

it('a version whose run was cancelled in the moment of its publishing does not go live', async () => {
  const run = await queued(linearSpec);
  const lease = await claim(world, run);
  const put: World['artifacts']['put'] = async (key, body, options) => {
    if (key === artifactKeys.versionManifest('heart', '1')) await cancelRun(world, run);
    return world.artifacts.put(key, body, options);
  };
  const artifact = new TextEncoder().encode('model');
  await publishVersion({ ...world, artifacts: { ...world.artifacts, put } }, lease, {
    ...{ draft: versionDraft(), artifact },
  });

  await evaluateNoticed(world, { kind: 'version', model: 'heart', version: '1' });

  expect(await listVersionNumbers(world, 'heart')).toEqual(['1']);
  expect(await liveVersion(world)).toBeNull();
  expect((await getRun(world, run)).state).toBe('cancelled');
});

it('the training job of a run is stopped, and one that starts all the same trains nothing', async () => {
  const jobs = createFakeTrainingJobs();
  const context = { ...world, jobs };
  const run = await queued({ ...linearSpec, train_on: 'job' });
  await trainNoticed(context, notice, delivery);
  await world.artifacts.put(artifactKeys.checkpoint('heart', run.run, 'linear/fold-1.result'), 'kept');
  await cancelRun(world, run);

  await trainRequested({ ...world, jobs } as World);
  const name = jobs.started[0]!.name;
  const late = await trainInJob(world, run, name);

  expect(jobs.stopped).toEqual([name]);
  expect(await left(artifactKeys.trainingJobs())).toEqual([]);
  expect(await left(artifactKeys.checkpoints())).toEqual([]);
  expect(late).toMatchObject({ state: 'cancelled', attempts: 0, version: null });
});
