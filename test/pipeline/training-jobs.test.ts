import { beforeEach, describe, expect, it } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { ModelSpec } from '../../lib/contracts/model-spec.ts';
import { sha256, upstream } from '../../lib/core/index.ts';
import {
  lookAfterJobs,
  type PipelineContext,
  trainInJob,
  trainingJobEnded,
  trainNoticed,
} from '../../lib/pipeline/index.ts';
import { claimRun, deleteModel, findTrainingJob } from '../../lib/registry/index.ts';
import { createFakeTrainingJobs, type FakeTrainingJobs } from './fake-training-jobs.ts';
import {
  createWorld,
  evaluateAll,
  heartCsv,
  ingest,
  linearSpec,
  liveVersion,
  register,
  runsOf,
  type World,
} from './support.ts';

const inJob: ModelSpec = { ...linearSpec, train_on: 'job' };
const csv = heartCsv(300);
const notice = { kind: 'dataset-ready', dataset: 'heart', digest: sha256(csv) } as const;

let world: World;
let jobs: FakeTrainingJobs;
let context: PipelineContext;

const announce = (messageId = 'm', receiveCount = 1, place: PipelineContext = context) =>
  trainNoticed(place, notice, { messageId, receiveCount });

const theRun = async () => (await runsOf(world))[0]!;

/** Tells of a job's end as SageMaker does. */
const ended = (name: string, more: { status: string; secondary?: string; reason?: string }) =>
  trainingJobEnded(context, { name, secondary: '', reason: '', ...more });

beforeEach(async () => {
  world = createWorld();
  jobs = createFakeTrainingJobs();
  context = { ...world, jobs };
  await register(world, inJob);
  await ingest(world, csv);
});

describe('a run that is trained in a job', () => {
  it('waits for the job, is trained by it and goes live', async () => {
    await announce();
    const waiting = await theRun();

    const trained = await trainInJob(world, waiting, jobs.started[0]!.name);
    await evaluateAll(world);
    await ended(jobs.started[0]!.name, { status: 'Completed' });

    expect(jobs.started).toEqual([{ name: waiting.placement!.job, model: 'heart', run: waiting.run }]);
    expect(waiting).toMatchObject({ state: 'queued', lease: null, attempts: 0, placement: { on: 'job' } });
    expect(waiting.placement!.reason).toContain('"train_on": "job"');
    expect(trained).toMatchObject({ state: 'running', version: '1', attempts: 1 });
    expect(await theRun()).toMatchObject({ state: 'succeeded', version: '1', error: null });
    expect(await liveVersion(world)).toBe('1');
    expect(await findTrainingJob(world, jobs.started[0]!.name)).toBeNull();
  });

  it('has one job, however often its events come, and is not trained in the function beside it', async () => {
    await Promise.all([announce('a'), announce('b'), announce('c')]);
    await announce('a', 2);

    expect(jobs.started).toHaveLength(1);
    expect(await theRun()).toMatchObject({ state: 'queued', attempts: 0 });
  });

  it('is left to its job while that is at work', async () => {
    await announce();
    const { placement, ...run } = await theRun();
    await claimRun(world, run, { owner: placement!.job!, leaseMs: 30_000 });

    await announce('another');

    expect(await theRun()).toMatchObject({ state: 'running', attempts: 1, lease: { owner: placement!.job } });
  });

  it('is taken back at once by a job that SageMaker starts again', async () => {
    await announce();
    const run = await theRun();
    await claimRun(world, run, { owner: run.placement!.job!, leaseMs: 30_000 });

    const trained = await trainInJob(world, run, run.placement!.job!);

    expect(trained).toMatchObject({ version: '1', attempts: 2 });
  });

  it('bad call: another worker than the one that holds the run is refused', async () => {
    await announce();
    const run = await theRun();
    await claimRun(world, run, { owner: 'somebody', leaseMs: 30_000 });

    const refused = trainInJob(world, run, 'onramp-another');

    await expect(refused).rejects.toMatchObject({ code: 'run_busy' });
  });
});

describe('a job that ends without its run', () => {
  const ends = [
    [
      { status: 'Failed', secondary: 'Failed', reason: 'AlgorithmError: out of memory, exit code: 137' },
      'training_job_failed',
      'out of memory, exit code: 137',
    ],
    [{ status: 'Stopped', secondary: 'Stopped' }, 'training_job_stopped', 'was stopped'],
    [{ status: 'Stopped', secondary: 'MaxRuntimeExceeded' }, 'training_job_timeout', 'took longer'],
    [{ status: 'Completed', secondary: 'Completed' }, 'training_job_failed', 'without a version'],
  ] as const;

  it.each(ends)('%o fails the run', async (state, code, words) => {
    await announce();
    const { placement } = await theRun();

    await ended(placement!.job!, state);

    const run = await theRun();
    expect(run).toMatchObject({ state: 'failed', lease: null, error: { code } });
    expect(run.error!.message).toContain(words);
    expect(run.message).toContain(placement!.job);
  });

  it('told twice changes nothing the second time, nor after a retrain', async () => {
    await announce();
    const { placement } = await theRun();
    await ended(placement!.job!, { status: 'Failed', reason: 'first' });
    const failed = await theRun();

    await ended(placement!.job!, { status: 'Failed', reason: 'second' });

    expect(await theRun()).toEqual(failed);
  });

  it('says nothing while the job is on its way, and nothing of jobs of others', async () => {
    await announce();
    const before = await theRun();

    await ended(before.placement!.job!, { status: 'Stopping' });
    await ended('onramp-heart-of-another', { status: 'Failed' });

    expect(await theRun()).toEqual(before);
  });

  it('leaves a version that is published and waits for its comparison', async () => {
    await announce();
    const run = await theRun();
    await trainInJob(world, run, run.placement!.job!);

    await ended(run.placement!.job!, { status: 'Failed', reason: 'InternalServerError' });

    expect(await theRun()).toMatchObject({ state: 'running', version: '1', error: null });
  });
});

describe('looking after jobs', () => {
  it('finds the end of a job whose event was lost', async () => {
    await announce();
    const { placement } = await theRun();
    jobs.set(placement!.job!, { status: 'Failed', reason: 'CapacityError' });

    await lookAfterJobs(context);

    expect(await theRun()).toMatchObject({ state: 'failed', error: { code: 'training_job_failed' } });
    expect(await findTrainingJob(world, placement!.job!)).toBeNull();
  });

  it('starts a job that its function could not start any more', async () => {
    await announce();
    const { placement } = await theRun();
    jobs.set(placement!.job!, null);

    await lookAfterJobs(context);

    expect(jobs.started.map(({ name }) => name)).toEqual([placement!.job, placement!.job]);
    expect(await theRun()).toMatchObject({ state: 'queued' });
  });

  it('stops a job whose model was deleted, and whose spec was changed', async () => {
    await announce();
    const first = (await theRun()).placement!.job!;
    await deleteModel(world, 'heart');
    world.advance(60_000);
    await register(world, inJob);
    await announce();
    const second = (await theRun()).placement!.job!;
    world.advance(60_000);
    await register(world, { ...inJob, seed: 8 });

    await trainNoticed(context, { kind: 'spec', model: 'heart' }, { messageId: 's', receiveCount: 1 });
    await lookAfterJobs(context);

    expect(new Set(jobs.stopped)).toEqual(new Set([first, second]));
    expect(await findTrainingJob(world, first)).toBeNull();
    const states = (await runsOf(world)).map(({ state }) => state).sort();
    expect(states).toEqual(['cancelled', 'queued']);
  });

  it('goes on with the other jobs when one cannot be looked at', async () => {
    await announce();
    const { placement } = await theRun();
    jobs.set(placement!.job!, { status: 'Failed' });
    await world.artifacts.put(
      artifactKeys.trainingJob('onramp-a'),
      '{"name":"onramp-a","model":"heart","run":"0"}',
    );
    const describeJob = jobs.describe;
    const flaky = {
      ...jobs,
      describe: async (name: string) => {
        if (name === 'onramp-a') throw upstream('SageMaker: throttled');
        return describeJob(name);
      },
    };

    await lookAfterJobs({ ...context, jobs: flaky });

    expect(await theRun()).toMatchObject({ state: 'failed' });
  });
});

describe('a job that SageMaker will not start', () => {
  it('is tried again, and in the end its words are the reason of the run', async () => {
    jobs.refuse(upstream('SageMaker: ResourceLimitExceeded: 0 Instances', { code: 'training_job_delayed' }));

    await expect(announce('m', 1)).rejects.toThrow('ResourceLimitExceeded');
    const between = await theRun();
    await expect(announce('m', 2)).rejects.toThrow('ResourceLimitExceeded');
    await announce('m', 3);

    expect(between).toMatchObject({ state: 'queued', error: null });
    expect(between.message).toContain('not started yet. SageMaker: ResourceLimitExceeded');
    expect(await theRun()).toMatchObject({ state: 'failed', error: { code: 'training_job_refused' } });
    expect((await theRun()).message).toContain('0 Instances');
  });

  it('bad call: what SageMaker refuses for good fails the run at once', async () => {
    jobs.refuse(upstream('SageMaker: AccessDeniedException', { code: 'training_job_refused' }));

    await announce('m', 1);

    expect(await theRun()).toMatchObject({ state: 'failed', error: { code: 'training_job_refused' } });
  });
});

describe('where a run is trained', () => {
  const limits = { seconds: 900, memoryBytes: 2 * 2 ** 30, processors: 1 };
  const small = { seconds: 1, memoryBytes: 2 ** 20, processors: 1 };
  const tight = { seconds: 10, memoryBytes: 150 * 2 ** 20, processors: 1 };
  const auto = (more: Partial<PipelineContext>) => announce('m', 1, { ...world, ...more });
  const respec = (spec: ModelSpec) => {
    world.advance(60_000);
    return register(world, spec);
  };
  beforeEach(() => respec(linearSpec));

  it('is the function for what fits, and the run says so', async () => {
    await auto({ jobs, limits });

    const { placement, version } = await theRun();
    expect(version).toBe('1');
    expect(placement).toMatchObject({ on: 'function', estimate: { seconds: expect.any(Number) } });
    expect(placement!.reason).toMatch(
      /^It is expected to need \d+ s and 0\.\d GB; the function has 15 min and 2\.0 GB\.$/,
    );
    expect(jobs.started).toEqual([]);
  });

  it('is a job for what outgrows the function', async () => {
    await auto({ jobs, limits: small });

    expect(jobs.started).toHaveLength(1);
    expect((await theRun()).placement!.reason).toContain('the function has only 1 s and 0.0 GB');
  });

  it('is a job once a worker of the function has stopped before the end', async () => {
    const broken = { ...world.artifacts, download: () => Promise.reject(upstream('gone')) };
    const first = announce('m', 1, { ...world, limits, jobs, artifacts: broken });
    await expect(first).rejects.toThrow('gone');

    await announce('m', 2, { ...world, limits, jobs });

    const { run, attempts, placement } = await theRun();
    expect(attempts).toBe(1);
    expect(jobs.started).toEqual([{ name: placement!.job, model: 'heart', run }]);
    expect(placement!.reason).toContain('stopped before the end');
  });

  it('is the function, with a warning, for what may not fit while there are no jobs', async () => {
    await auto({ limits: tight });

    const { placement } = await theRun();
    expect(placement).toMatchObject({ on: 'function' });
    expect(placement!.reason).toContain('may not come to its end');
  });

  it('is the function, one after the other, for what only takes longer than it has while there are no jobs', async () => {
    await auto({ limits: { ...limits, seconds: 1 } });

    const { placement } = await theRun();
    expect(placement).toMatchObject({ on: 'function' });
    expect(placement!.reason).toContain('is paused when the time is over, and goes on in the next one');
  });

  it('bad call: what can be trained nowhere fails at once and says what to do', async () => {
    await auto({ limits: small });

    const run = await theRun();
    expect(run).toMatchObject({ state: 'failed', attempts: 0, error: { code: 'training_too_large' } });
    expect(run.message).toContain('fewer rows');
  });

  it('is tried in the function if the spec says so', async () => {
    await respec({ ...linearSpec, train_on: 'function' });

    await auto({ jobs, limits: small });

    expect(await theRun()).toMatchObject({ version: '1', placement: { on: 'function' } });
  });

  it('bad call: a spec that asks for a job where there are none fails its run', async () => {
    await respec(inJob);

    await auto({ limits });

    expect(await theRun()).toMatchObject({ state: 'failed', error: { code: 'no_training_jobs' } });
  });
});
