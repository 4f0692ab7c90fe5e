import { beforeEach, describe, expect, it } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { isImported } from '../../lib/contracts/records.ts';
import { sha256 } from '../../lib/core/index.ts';
import { createSession } from '../../lib/onnx/index.ts';
import { evaluateNoticed, ingestUpload, trainNoticed } from '../../lib/pipeline/index.ts';
import {
  claimRun,
  deleteModel,
  findTrainedVersion,
  listReports,
  listVersions,
  loadArtifact,
} from '../../lib/registry/index.ts';
import { writeJson } from '../../lib/storage/index.ts';
import {
  createWorld,
  evaluateAll,
  heartCsv,
  ingest,
  linearSpec,
  liveVersion,
  register,
  runsOf,
  trainRequested,
  upload,
  type World,
} from './support.ts';

describe('the circle from upload to live version', () => {
  let world: World;
  beforeEach(async () => {
    world = createWorld();
    await register(world);
  });

  const versions = async (): Promise<string[]> =>
    (await listVersions(world, 'heart', { limit: 100 })).items.map(({ version }) => version);

  it('makes an upload a live model whose one file takes raw columns', async () => {
    await upload(world, heartCsv(300));

    const manifest = (await findTrainedVersion(world, 'heart', '1'))!;
    const session = await createSession(await loadArtifact(world, manifest));
    const answer = await session.run({
      numeric: { type: 'float32', dims: [2, 2], data: Float32Array.of(79, 60, 21, 60) },
      text: { type: 'string', dims: [2, 1], data: ['M', 'F'] },
    });

    expect(await liveVersion(world)).toBe('1');
    expect(answer.label?.data).toEqual(['yes', 'no']);
    expect(manifest.schema.features.map(({ name, input, index }) => [name, input, index])).toEqual([
      ['age', 'numeric', 0],
      ['sex', 'text', 0],
      ['weight', 'numeric', 1],
    ]);
    expect(manifest.metrics.auc!.value).toBeGreaterThan(0.9);
    expect(manifest.metrics.auc!.low).toBeLessThan(manifest.metrics.auc!.value);
    expect(manifest.metrics.auc!.baseline).toBe(0.5);
    expect(await runsOf(world)).toMatchObject([
      { state: 'succeeded', version: '1', progress: 1, error: null },
    ]);
  });

  it('makes one version of the same upload, however often its events come', async () => {
    await upload(world, heartCsv(100));
    for (let repeat = 0; repeat < 4; repeat += 1) await upload(world, heartCsv(100));

    expect(await versions()).toEqual(['1']);
    expect(await runsOf(world)).toHaveLength(1);
  });

  it('replaces the live version when new data come, and holds the same rows out from both', async () => {
    await upload(world, heartCsv(300));
    await upload(world, heartCsv(400));

    const reports = (await listReports(world, 'heart', { limit: 10 })).items;

    expect(await liveVersion(world)).toBe('2');
    expect(
      reports.map(({ version, decision }) => [version, decision?.verdict, decision?.compared_with]),
    ).toEqual([
      ['2', 'live', '1'],
      ['1', 'live', null],
    ]);
    expect(reports[0]?.decision?.low).toBeTypeOf('number');
  });

  it('trains every model of a data set, and one anew when its spec changes', async () => {
    await register(world, { ...linearSpec, target: 'sex' }, 'sex');
    await upload(world, heartCsv(100));
    await register(world, { ...linearSpec, seed: 8 });
    await trainNoticed(world, { kind: 'spec', model: 'heart' }, { messageId: 'x', receiveCount: 1 });

    expect(await runsOf(world, 'sex')).toHaveLength(1);
    expect(await versions()).toEqual(['1', '2']);
  });

  it('keeps a version that is no better than guessing, and says so', async () => {
    const noise = heartCsv(400).replaceAll(/(yes|no)$/gm, () => 'no');
    const lines = noise
      .trim()
      .split('\n')
      .map((line, row) => (row > 0 && (row * 7919) % 13 < 6 ? line.replace(/no$/, 'yes') : line));
    await register(world, { ...linearSpec, metric: 'accuracy', features: { include: ['weight'] } });
    await upload(world, `${lines.join('\n')}\n`);

    const [run] = await runsOf(world);

    expect(await liveVersion(world)).toBeNull();
    expect(run).toMatchObject({
      state: 'kept',
      version: '1',
      message: expect.stringMatching(/trivial baseline/),
    });
  });

  it('keeps a version that loses to the live one on the same held-out rows, and says by how much', async () => {
    await upload(world, heartCsv(600));
    const spoiled = heartCsv(601)
      .trim()
      .split('\n')
      .map((line, row) => (row > 0 && row % 5 < 2 ? line.replace(/^\d+/, '50') : line));
    await register(world, { ...linearSpec, features: { include: ['weight', 'sex'] } });
    await upload(world, `${spoiled.join('\n')}\n`);

    const last = (await runsOf(world))[0];

    expect(await liveVersion(world)).toBe('1');
    expect(last).toMatchObject({
      state: 'kept',
      version: '2',
      message: expect.stringMatching(/loses to the live version 1/),
    });
  });

  it('waits for promotion when the gate is manual', async () => {
    await register(world, { ...linearSpec, gate: { promote: 'manual' } });
    await upload(world, heartCsv(200));

    expect(await liveVersion(world)).toBeNull();
    expect(await runsOf(world)).toMatchObject([{ state: 'kept', message: expect.stringMatching(/promote/) }]);
  });

  it('does not train on data that a later upload has replaced', async () => {
    await world.data.put('datasets/heart/uploads/old.csv', heartCsv(100, 1));
    world.advance(1_000);
    await world.data.put('datasets/heart/uploads/new.csv', heartCsv(100, 2));
    const delivery = { messageId: 'm', receiveCount: 1 };
    await ingestUpload(world, { dataset: 'heart', file: 'new.csv', sequencer: '02' }, delivery);
    await ingestUpload(world, { dataset: 'heart', file: 'old.csv', sequencer: '01' }, delivery);

    for (const run of await runsOf(world)) {
      await trainNoticed(
        world,
        { kind: 'dataset-ready', dataset: 'heart', digest: run.data_digest },
        { messageId: run.run, receiveCount: 1 },
      );
    }
    await evaluateAll(world);

    const states = (await runsOf(world)).map(({ source, state }) => [source.file, state]);
    expect(states.sort()).toEqual([
      ['new.csv', 'succeeded'],
      ['old.csv', 'cancelled'],
    ]);
  });

  it('leaves a run alone that another worker is at, and takes over when that one is dead', async () => {
    await ingest(world, heartCsv(100));
    const [run] = await runsOf(world);
    const key = { model: 'heart', run: run!.run };
    const notice = { kind: 'dataset-ready', dataset: 'heart', digest: run!.data_digest } as const;
    await claimRun(world, key, { owner: 'first', leaseMs: 30_000 });

    await trainNoticed(world, notice, { messageId: 'second', receiveCount: 1 });
    const while1 = await versions();
    await trainNoticed(world, notice, { messageId: 'first', receiveCount: 2 });

    expect(while1).toEqual([]);
    expect(await versions()).toEqual(['1']);
    expect((await runsOf(world))[0]).toMatchObject({ attempts: 2, state: 'running' });
  });

  it('fails a run whose worker keeps dying instead of starting it for ever', async () => {
    await ingest(world, heartCsv(100));
    const [run] = await runsOf(world);
    const key = { model: 'heart', run: run!.run };
    for (let death = 0; death < 3; death += 1)
      await claimRun(world, key, { owner: 'worker', leaseMs: 30_000 });

    await trainNoticed(
      world,
      { kind: 'dataset-ready', dataset: 'heart', digest: run!.data_digest },
      { messageId: 'worker', receiveCount: 4 },
    );

    expect(await runsOf(world)).toMatchObject([{ state: 'failed', error: { code: 'worker_died' } }]);
  });

  it('writes a dated report of the live version when its schedule is due, once however often it is told', async () => {
    await upload(world, heartCsv(200));
    const notice = { kind: 'schedule', model: 'heart', id: '2026-03-02T06:00:00.000Z-schedule' } as const;
    await evaluateNoticed(world, notice);
    await evaluateNoticed(world, notice);

    const reports = (await listReports(world, 'heart', { limit: 10 })).items.filter(
      ({ reason }) => reason === 'schedule',
    );

    expect(reports).toMatchObject([{ id: notice.id, version: '1', decision: null }]);
    expect(reports[0]!.metrics.auc!.value).toBeGreaterThan(0.85);
  });

  it('goes live with new data that lack a column the live version needs, and says why', async () => {
    await upload(world, heartCsv(200));
    await upload(world, heartCsv(220).replaceAll(/^([^,]*),([^,]*),[^,]*,/gm, '$1,$2,'));

    const [report] = (await listReports(world, 'heart', { limit: 1 })).items;

    expect(await liveVersion(world)).toBe('2');
    expect(report?.decision?.reason).toMatch(/"weight"/);
  });

  it('stays repeatable: the same data and spec give the same file', async () => {
    const other = createWorld();
    await register(other);
    await upload(world, heartCsv(150));
    await upload(other, heartCsv(150));

    const [first, second] = [
      (await findTrainedVersion(world, 'heart', '1'))!,
      (await findTrainedVersion(other, 'heart', '1'))!,
    ];

    expect(second.artifact.sha256).toBe(first.artifact.sha256);
    expect(second.metrics).toEqual(first.metrics);
  });

  it('does nothing for an upload that is gone', async () => {
    await ingestUpload(
      world,
      { dataset: 'heart', file: 'gone.csv', sequencer: '01' },
      { messageId: 'm', receiveCount: 1 },
    );

    expect(await runsOf(world)).toEqual([]);
  });

  it('trains a model that is registered after its data came', async () => {
    const late = createWorld();
    await upload(late, heartCsv(100));
    await register(late);
    await trainNoticed(late, { kind: 'spec', model: 'heart' }, { messageId: 'm', receiveCount: 1 });

    expect(await runsOf(late)).toHaveLength(1);
  });

  it('makes a new version of data that come back after others went live, one however often they are told', async () => {
    await upload(world, heartCsv(100));
    await upload(world, heartCsv(200));
    await upload(world, heartCsv(100));
    const again = { dataset: 'heart', file: 'heart.csv', sequencer: world.clock.now().toString(16) };
    const digest = sha256(heartCsv(100));
    for (let repeat = 0; repeat < 4; repeat += 1) {
      await ingestUpload(world, again, { messageId: `again${repeat}`, receiveCount: 1 });
      const ready = { kind: 'dataset-ready', dataset: 'heart', digest } as const;
      await trainNoticed(world, ready, { messageId: `ready${repeat}`, receiveCount: 1 });
    }
    await evaluateAll(world);

    expect(await versions()).toEqual(['1', '2', '3']);
    expect((await runsOf(world)).map(({ state }) => state)).not.toContain('queued');
    expect((await findTrainedVersion(world, 'heart', '3'))!.lineage).toMatchObject({ data_digest: digest });
    expect(await liveVersion(world)).toBe('3');
  });

  it('makes a new version of a spec that comes back after another one went live', async () => {
    const put = async (seed: number): Promise<void> => {
      world.advance(60_000);
      await register(world, { ...linearSpec, seed });
      for (let repeat = 0; repeat < 2; repeat += 1) {
        await trainNoticed(world, { kind: 'spec', model: 'heart' }, { messageId: 's', receiveCount: 1 });
      }
      await evaluateAll(world);
    };
    await upload(world, heartCsv(100));
    for (const seed of [8, 9, 8]) await put(seed);

    const seeds = (await listVersions(world, 'heart', { limit: 9 })).items.map(
      (one) => !isImported(one) && one.lineage.seed,
    );

    expect(seeds).toEqual([7, 8, 9, 8]);
    expect(await liveVersion(world)).toBe('4');
  });

  it('trains again on bytes that are uploaded again after their run failed', async () => {
    await register(world, { ...linearSpec, target: 'sex', features: { include: ['illness'] } });
    await upload(world, heartCsv(100));
    await upload(world, heartCsv(100));

    const runs = await runsOf(world);

    expect(runs.map(({ state }) => state)).toEqual(['failed', 'failed']);
  });

  it('ends a run that waits for a worker when the spec is changed', async () => {
    await ingest(world, heartCsv(100));
    const [waiting] = await runsOf(world);
    world.advance(1_000);
    await register(world, { ...linearSpec, seed: 8 });
    await trainNoticed(world, { kind: 'spec', model: 'heart' }, { messageId: 's', receiveCount: 1 });

    const ended = (await runsOf(world)).find(({ run }) => run === waiting?.run);

    expect(ended).toMatchObject({ state: 'cancelled', message: expect.stringMatching(/spec.*changed/) });
    expect(await versions()).toEqual(['1']);
  });

  it('queues nothing for an upload that is told again after the spec was changed', async () => {
    await upload(world, heartCsv(100));
    await register(world, { ...linearSpec, seed: 8 });
    const notice = { dataset: 'heart', file: 'heart.csv', sequencer: world.clock.now().toString(16) };
    await ingestUpload(world, notice, { messageId: 'late', receiveCount: 1 });

    expect((await runsOf(world)).map(({ state }) => state)).toEqual(['succeeded']);
  });

  it('gives each model of a data set its own message, so that one that dies takes no other with it', async () => {
    await register(world, { ...linearSpec, target: 'sex' }, 'sex');
    await ingest(world, heartCsv(100));
    const ready = { kind: 'dataset-ready', dataset: 'heart', digest: sha256(heartCsv(100)) } as const;
    for (const receiveCount of [1, 2]) await trainNoticed(world, ready, { messageId: 'm', receiveCount });
    const waiting = [...(await runsOf(world)), ...(await runsOf(world, 'sex'))];
    await trainRequested(world);

    expect(waiting.map(({ state }) => state)).toEqual(['queued', 'queued']);
    expect((await runsOf(world, 'sex')).map(({ state }) => state)).toEqual(['running']);
    expect(await versions()).toEqual(['1']);
  });

  it('keeps a version whose spec was changed while it was trained', async () => {
    await upload(world, heartCsv(100));
    world.advance(1_000);
    const retrain = { kind: 'retrain', model: 'heart', id: 'r' } as const;
    await trainNoticed(world, retrain, { messageId: 'r', receiveCount: 1 });
    await register(world, { ...linearSpec, target: 'sex' });
    await evaluateAll(world);

    expect(await liveVersion(world)).toBe('1');
    expect((await runsOf(world))[0]).toMatchObject({
      state: 'kept',
      version: '2',
      message: expect.stringMatching(/spec was changed/),
    });
  });

  it('goes live with another data set than the live version’s, even if that one is younger', async () => {
    await ingest(world, heartCsv(200, 2), { dataset: 'other' });
    await upload(world, heartCsv(200));
    await register(world, { ...linearSpec, dataset: 'other' });
    await trainNoticed(world, { kind: 'spec', model: 'heart' }, { messageId: 's', receiveCount: 1 });
    await evaluateAll(world);

    const [report] = (await listReports(world, 'heart', { limit: 1 })).items;

    expect(report?.decision).toMatchObject({ verdict: 'live', compared_with: '1' });
    expect(report?.decision?.difference).toBeTypeOf('number');
  });

  it('ends the run of a version whose comparison never ends', async () => {
    await upload(world, heartCsv(100));
    world.advance(1_000);
    const retrain = { kind: 'retrain', model: 'heart', id: 'r' } as const;
    await trainNoticed(world, retrain, { messageId: 'r', receiveCount: 1 });
    await evaluateNoticed(world, { kind: 'version', model: 'heart', version: '2' }, 4);

    expect((await runsOf(world))[0]).toMatchObject({
      state: 'kept',
      message: expect.stringMatching(/begun 3 times.*promote/),
    });
  });

  it('lets nothing go live of a model that was deleted while its version was published', async () => {
    await upload(world, heartCsv(100));
    const manifest = (await findTrainedVersion(world, 'heart', '1'))!;
    await deleteModel(world, 'heart');
    await writeJson(world.artifacts, artifactKeys.versionManifest('heart', '1'), { value: manifest });
    await evaluateAll(world);

    expect(await liveVersion(world)).toBeNull();
  });
});
