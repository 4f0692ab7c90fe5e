import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ModelSpec } from '../../../lib/contracts/model-spec.ts';
import type { RunRecord } from '../../../lib/contracts/records.ts';
import { sha256 } from '../../../lib/core/index.ts';
import { ingestUpload, trainNoticed } from '../../../lib/pipeline/index.ts';
import { claimRun, deleteModel, getRun, getVersion } from '../../../lib/registry/index.ts';
import { until } from '../../loop/support.ts';
import { foldersOf, stripes } from '../../pictures.ts';
import { createFakeTrainingJobs } from '../../pipeline/fake-training-jobs.ts';
import { evaluateAll, heartCsv, linearSpec, liveVersion, register, runsOf } from '../../pipeline/support.ts';
import {
  type Container,
  createMlFolder,
  createSharedWorld,
  type MlFolder,
  type SharedWorld,
  startContainer,
  startServing,
} from './support.ts';

const inJob: ModelSpec = { ...linearSpec, train_on: 'job' };

let shared: SharedWorld;
let ml: MlFolder;
beforeAll(async () => {
  shared = await createSharedWorld();
});
afterAll(() => shared.close());
beforeEach(() => {
  ml = createMlFolder();
});
afterEach(() => ml.remove());

/** A run that waits for its job: data and spec are there, and SageMaker was asked. */
async function waitingRun(
  model: string,
  spec: ModelSpec,
  content: string | Uint8Array,
  file = 'a.csv',
): Promise<RunRecord> {
  const { world } = shared;
  const dataset = spec.dataset;
  await register(world, spec, model);
  await world.data.put(`datasets/${dataset}/uploads/${file}`, content);
  await ingestUpload(
    world,
    { dataset, file, sequencer: Date.now().toString(16) },
    { messageId: 'i', receiveCount: 1 },
  );
  await trainNoticed(
    { ...world, jobs: createFakeTrainingJobs() },
    { kind: 'dataset-ready', dataset, digest: sha256(content) },
    { messageId: 'm', receiveCount: 1 },
  );
  return (await runsOf(world, model))[0]!;
}

/** Starts `train` as SageMaker does for a run. */
function startTraining(run: Pick<RunRecord, 'model' | 'run' | 'placement'>): Container {
  ml.write(
    'input/config/hyperparameters.json',
    JSON.stringify({ model: run.model, run: run.run, added_by_sagemaker: 'x' }),
  );
  return startContainer(['train'], {
    ...shared.environment,
    SAGEMAKER_BASE_DIR: ml.path,
    TRAINING_JOB_NAME: run.placement?.job ?? 'onramp-none',
  });
}

/** Asks about an old man and a young woman. */
const ask = async (url: string): Promise<unknown> => {
  const body = 'age,sex,weight\n79,M,60\n21,F,60\n';
  const headers = { 'content-type': 'text/csv' };
  return (await fetch(`${url}/invocations`, { method: 'POST', headers, body })).json();
};
const predicted = { predictions: ['yes', 'no'] };

const reason = (): string => readFileSync(join(ml.path, 'output/failure'), 'utf8');

describe('a container that trains', () => {
  test('publishes the version of its run, which is served from the archive it leaves and from the bucket', async () => {
    const { world } = shared;
    const run = await waitingRun('heart', inJob, heartCsv(300));

    const container = startTraining(run);
    const code = await container.ended;
    await evaluateAll(world);
    const served = await startServing(ml);
    const answer = await ask(served.url);
    served.child.kill('SIGKILL');
    const empty = createMlFolder();
    const live = await startServing(empty, { ...shared.environment, ONRAMP_MODEL: 'heart' });
    const liveAnswer = await ask(live.url);
    live.child.kill('SIGKILL');
    empty.remove();

    expect([code, container.output()]).toEqual([0, expect.stringContaining('training job done')]);
    expect(await liveVersion(world)).toBe('1');
    expect(await getRun(world, run)).toMatchObject({ state: 'succeeded', attempts: 1, version: '1' });
    expect([answer, liveAnswer]).toEqual([predicted, predicted]);
    expect(existsSync(join(ml.path, 'output/failure'))).toBe(false);
    expect(await getVersion(world, 'heart', '1')).toMatchObject({ run: run.run });
  });

  test('trains a network on pictures, which has the runtime in threads of its own and decodes with machine code', async () => {
    const { world } = shared;
    const parameters = { hidden: [8], epochs: 300, learning_rate: 0.01, patience: 0 };
    const spec: ModelSpec = { ...inJob, dataset: 'stripes', target: 'label', learner: 'network', parameters };
    const pictures = await stripes(150);
    const run = await waitingRun('stripes', spec, foldersOf(pictures), 'stripes.tar');

    const code = await startTraining(run).ended;
    const served = await startServing(ml);
    const instances = pictures.slice(0, 4).map(({ png }) => ({ image: png.toString('base64') }));
    const answer = await fetch(`${served.url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataframe_records: instances }),
    });
    served.child.kill('SIGKILL');

    expect(code).toBe(0);
    expect(await getRun(world, run)).toMatchObject({ version: '1', error: null });
    expect(await answer.json()).toEqual({ predictions: ['across', 'down', 'across', 'down'] });
  }, 60_000);

  test('bad call: a spec that cannot be learnt ends with 1, the reason in the run and in the failure file', async () => {
    const spec: ModelSpec = { ...inJob, dataset: 'other', target: 'no_such_column' };
    const run = await waitingRun('wrong', spec, heartCsv(100));

    const code = await startTraining(run).ended;

    const record = await getRun(shared.world, run);
    expect(code).toBe(1);
    expect(record).toMatchObject({ state: 'failed', error: { code: 'unknown_target' } });
    expect(reason()).toBe(record.error!.message);
  });

  test('ends with 0 when its run was deleted while it waited', async () => {
    const run = await waitingRun('gone', { ...inJob, dataset: 'gone' }, heartCsv(100));
    await deleteModel(shared.world, 'gone');

    const container = startTraining(run);

    expect([await container.ended, container.output()]).toEqual([0, expect.stringContaining('"deleted"')]);
  });

  test('stops with 1 on SIGTERM, and the same job, started again, finishes the run', async () => {
    const spec: ModelSpec = { ...inJob, dataset: 'long' };
    const run = await waitingRun('long', spec, heartCsv(3_000));
    const first = startTraining(run);
    await until(async () => (await getRun(shared.world, run)).state === 'running');

    first.child.kill('SIGTERM');
    const code = await first.ended;
    const told = reason();
    const between = await getRun(shared.world, run);
    const again = await startTraining(run).ended;

    expect([code, again]).toEqual([1, 0]);
    expect(told).toContain('SIGTERM');
    expect(between).toMatchObject({ state: 'running', attempts: 1, version: null });
    expect(await getRun(shared.world, run)).toMatchObject({ attempts: 2, version: '1' });
  });

  test('bad call: a run that somebody else works on is left alone', async () => {
    const run = await waitingRun('busy', { ...inJob, dataset: 'busy' }, heartCsv(100));
    await claimRun(shared.world, run, { owner: 'another', leaseMs: 600_000 });

    const code = await startTraining(run).ended;

    expect(code).toBe(1);
    expect(reason()).toContain("another worker's");
    expect(await getRun(shared.world, run)).toMatchObject({ state: 'running', lease: { owner: 'another' } });
  });

  test('bad call: hyperparameters that are missing, no JSON or without a run end it with the reason', async () => {
    const start = () =>
      startContainer(['train'], {
        ...shared.environment,
        SAGEMAKER_BASE_DIR: ml.path,
        TRAINING_JOB_NAME: 'onramp-none',
      });
    const codes = [await start().ended];
    const reasons = [reason()];
    for (const text of ['{', '{"model": "heart"}', '{"model": "../x", "run": "0123456789abcdef"}']) {
      ml.write('input/config/hyperparameters.json', text);
      codes.push(await start().ended);
      reasons.push(reason());
    }

    expect(codes).toEqual([1, 1, 1, 1]);
    expect(reasons.map((text) => /cannot be read|not valid JSON|must name a model/.exec(text)?.[0])).toEqual([
      'cannot be read',
      'not valid JSON',
      'must name a model',
      'must name a model',
    ]);
  });

  test('bad call: without its settings it says which are missing', async () => {
    const container = startContainer(['train'], { SAGEMAKER_BASE_DIR: ml.path });

    expect(await container.ended).toBe(1);
    expect(reason()).toContain('ONRAMP_ARTIFACT_BUCKET is not set');
  });

  test('exits with its code even where it may leave no reason', async () => {
    writeFileSync(join(ml.path, 'output'), 'a file where the folder should be');

    const container = startContainer(['train'], { ...shared.environment, SAGEMAKER_BASE_DIR: ml.path });

    expect([await container.ended, container.output()]).toEqual([
      1,
      expect.stringContaining('no reason could be left'),
    ]);
  });
});
