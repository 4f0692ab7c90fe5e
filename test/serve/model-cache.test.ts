import { beforeEach, describe, expect, it } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { sha256, systemClock } from '../../lib/core/index.ts';
import { attr, createGraphBuilder, encodeModel } from '../../lib/onnx/index.ts';
import { createModelCache, type ModelCache } from '../../lib/serve/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../lib/storage/index.ts';
import { ask as askService } from './ask.ts';

/** A model whose answer is its input times `factor`. */
function timesModel(factor: number): Uint8Array {
  const builder = createGraphBuilder('times');
  const numeric = builder.input('numeric', 'float32', ['N', 1]);
  const product = builder.op('Mul', [numeric, builder.floats([factor])]);
  builder.output('value', builder.op('Flatten', [product], { axis: attr.int(0) }), 'float32', ['N']);
  return encodeModel(builder.model());
}

describe('the model cache', () => {
  let store: ObjectStore;
  let reads: string[];
  let cache: ModelCache;
  let nowMs: number;
  let failing: boolean;

  beforeEach(async () => {
    const memory = createMemoryObjectStore();
    reads = [];
    failing = false;
    nowMs = 1_000_000;
    store = memory;
    const watched = {
      ...memory,
      get: (key: string, ...rest: never[]) => {
        reads.push(key);
        if (failing) return Promise.reject(new Error('the store is down'));
        return (memory.get as (key: string, ...rest: never[]) => Promise<never>)(key, ...rest);
      },
    } as ObjectStore;
    cache = createModelCache({ artifacts: watched, clock: { now: () => nowMs }, maxBytes: 1_000 });
    await store.put(artifactKeys.spec('m'), '{}');
    for (const version of ['1', '2', '3']) await publish(version);
    await setLive('1');
  });

  async function publish(version: string, factor = Number(version), model = 'm'): Promise<void> {
    const bytes = timesModel(factor);
    const artifact = { sha256: sha256(bytes), size_bytes: bytes.length };
    const features = [{ name: 'x', type: 'numeric', input: 'numeric', index: 0, missing: 0 }];
    const manifest = { model, version, artifact, schema: { features, ignored: [] } };
    await store.put(artifactKeys.artifact(artifact.sha256), bytes);
    await store.put(artifactKeys.versionManifest(model, version), JSON.stringify(manifest));
  }

  async function setLive(live: string): Promise<void> {
    await store.put(
      artifactKeys.aliases('m'),
      JSON.stringify({ live, previous: [], changed: `${nowMs}`, reason: '' }),
    );
  }

  const ask = async (version?: string): Promise<unknown> => {
    const { text } = await askService(
      { cache, clock: systemClock, artifacts: store },
      'POST /v1/models/{model}/predict',
      {
        path: { model: 'm' },
        body: { instances: [{ x: 10 }] },
        query: version === undefined ? {} : { version },
      },
    );
    const answer = JSON.parse(text!);
    return [answer.version, answer.predictions[0].value];
  };

  it('answers with the live version, and reads nothing more while it is fresh', async () => {
    const first = await ask();
    const readsOfFirst = reads.length;
    const second = await ask();

    expect([first, second]).toEqual([
      ['1', 10],
      ['1', 10],
    ]);
    expect(reads.length).toBe(readsOfFirst);
  });

  it('loads a model once when many ask at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask()));

    expect(reads.filter((key) => key.startsWith('artifacts/'))).toHaveLength(1);
    expect(reads.filter((key) => key.endsWith('aliases.json'))).toHaveLength(1);
  });

  it('answers with the old version while the new one loads, and with the new one after that', async () => {
    await ask();
    await setLive('2');
    nowMs += 2_000;

    const during = await ask();
    await expect.poll(() => ask()).toEqual(['2', 20]);

    expect(during).toEqual(['1', 10]);
  });

  it('asks first after a long sleep, so that yesterday’s version is not served', async () => {
    await ask();
    await setLive('2');
    nowMs += 60_000;

    expect(await ask()).toEqual(['2', 20]);
  });

  it('goes on with the version in hand while the store is down', async () => {
    await ask();
    failing = true;
    nowMs += 60_000;

    expect(await ask()).toEqual(['1', 10]);
  });

  it('does not answer with a deleted model for one that was made anew under its name', async () => {
    await Promise.all([ask(), ask('2')]);
    await publish('1', 7);
    await publish('2', 8);
    nowMs += 60_000;
    await setLive('1');

    const readsBefore = reads.length;
    const answers = await Promise.all([ask(), ask(), ask('2'), ask('2'), ask()]);

    expect(answers).toEqual([
      ['1', 70],
      ['1', 70],
      ['2', 80],
      ['2', 80],
      ['1', 70],
    ]);
    expect(reads.slice(readsBefore).filter((key) => key.startsWith('artifacts/'))).toHaveLength(2);
  });

  it('no longer answers with a version of a model that was deleted', async () => {
    await ask('2');
    await store.delete(artifactKeys.versionManifest('m', '2'));
    nowMs += 60_000;

    await expect(ask('2')).rejects.toMatchObject({ code: 'version_not_found' });
  });

  it('gives a version by number', async () => {
    expect(await ask('3')).toEqual(['3', 30]);
  });

  it('lets go of the model used longest ago when there are too many bytes', async () => {
    cache = createModelCache({
      artifacts: store,
      clock: { now: () => nowMs },
      maxBytes: 2 * timesModel(1).length,
    });
    await ask('1');
    const one = await cache.resolve('m', '1');
    await ask('2');
    await ask('3');

    expect(await cache.resolve('m', '1')).not.toBe(one);
    expect(await ask('1')).toEqual(['1', 10]);
  });

  const smallCache = (models: number): ModelCache =>
    createModelCache({
      artifacts: store,
      clock: { now: () => nowMs },
      maxBytes: models * timesModel(1).length,
    });
  const rows = { numeric: { type: 'float32', dims: [1, 1], data: Float32Array.of(10) } } as const;
  const isReleased = { code: 'session_released' };

  it('loads a file once for all versions and models that have it', async () => {
    await publish('4', 1);
    await publish('1', 1, 'twin');

    const models = await Promise.all([
      cache.resolve('m', '1'),
      cache.resolve('m', '4'),
      cache.resolve('twin', '1'),
    ]);

    expect(reads.filter((key) => key.startsWith('artifacts/'))).toHaveLength(1);
    expect(new Set(models.map(({ session }) => session)).size).toBe(1);
    expect(models.map(({ manifest }) => [manifest.model, manifest.version])).toEqual([
      ['m', '1'],
      ['m', '4'],
      ['twin', '1'],
    ]);
  });

  it('keeps what somebody works with until the work ends, however little room there is', async () => {
    const small = smallCache(1);

    const { session } = await small.hold(async (models) => {
      const held = await models.resolve('m', '1');
      for (const version of ['2', '3']) await small.resolve('m', version);
      expect((await held.session.run(rows)).value?.data).toEqual(Float32Array.of(10));
      return held;
    });

    await expect(session.run(rows)).rejects.toMatchObject(isReleased);
  });

  it('keeps a file while one of the versions that share it is worked with', async () => {
    const small = smallCache(1);
    await publish('4', 1);
    const [first, again] = await Promise.all([small.resolve('m', '1'), small.resolve('m', '4')]);

    await small.hold(async (models) => {
      await models.resolve('m', '4');
      await small.resolve('m', '2');
      expect((await first.session.run(rows)).value?.data).toEqual(Float32Array.of(10));
    });

    await expect(again.session.run(rows)).rejects.toMatchObject(isReleased);
  });

  it('lets go of what was made of a model together with it, once', async () => {
    const small = smallCache(1);
    const released: string[] = [];
    const { extras } = await small.resolve('m', '1');
    const extra = (name: string) => ({
      release: async () => {
        released.push(name);
      },
    });
    const failed = Promise.reject(new Error('it was not made'));
    failed.catch(() => {});
    extras.set('failed', failed);
    for (const name of ['plan', 'part']) extras.set(name, Promise.resolve(extra(name)));

    await small.hold(async (models) => {
      await models.resolve('m', '1');
      await small.resolve('m', '2');
      expect(released).toEqual([]);
    });
    await small.resolve('m', '3');

    await expect.poll(() => released).toEqual(['plan', 'part']);
  });

  it('evicts nothing that was used since, and keeps a file that is larger than all room', async () => {
    const [two, none] = [smallCache(2), smallCache(0)];
    const one = await two.resolve('m', '1');
    for (const version of ['2', '1', '3']) await two.resolve('m', version);
    const only = await none.resolve('m', '1');

    const kept = [await two.resolve('m', '1'), await none.resolve('m', '1')];

    expect(kept).toEqual([one, only]);
    expect(kept[0]).toBe(one);
    expect(kept[1]).toBe(only);
  });

  it('tries again what could not be loaded', async () => {
    failing = true;
    await expect(cache.resolve('m', '1')).rejects.toThrow('the store is down');
    failing = false;

    expect(await ask('1')).toEqual(['1', 10]);
  });

  it('does not keep a file that was damaged when it was read', async () => {
    const bytes = timesModel(3);
    const key = artifactKeys.artifact(sha256(bytes));
    await store.put(key, bytes.subarray(0, 50));
    await expect(cache.resolve('m', '3')).rejects.toMatchObject({ code: 'artifact_damaged' });

    await store.put(key, bytes);

    expect(await ask('3')).toEqual(['3', 30]);
  });

  it('answers while the alias is looked at behind it, and does not look twice at once', async () => {
    await ask();
    nowMs += 2_000;
    const before = reads.length;

    await Promise.all(Array.from({ length: 10 }, () => ask()));

    expect(reads.slice(before)).toEqual([artifactKeys.aliases('m')]);
  });

  it('bad call: an unknown model, an unknown version and a model without a live version are told apart', async () => {
    await store.put(artifactKeys.spec('young'), '{}');

    await expect(cache.resolve('nobody')).rejects.toMatchObject({
      kind: 'not_found',
      code: 'model_not_found',
    });
    await expect(cache.resolve('m', '9')).rejects.toMatchObject({
      kind: 'not_found',
      code: 'version_not_found',
    });
    await expect(cache.resolve('young')).rejects.toMatchObject({
      kind: 'not_ready',
      code: 'no_live_version',
    });
  });

  it('expected failure: a damaged file is not served', async () => {
    const bytes = timesModel(3);
    await store.put(artifactKeys.artifact(sha256(bytes)), bytes.subarray(0, 50));

    await expect(cache.resolve('m', '3')).rejects.toMatchObject({ code: 'artifact_damaged' });
  });
});
