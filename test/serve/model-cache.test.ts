import { beforeEach, describe, expect, it } from 'vitest';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { sha256 } from '../../lib/core/index.ts';
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

  async function publish(version: string, factor = Number(version)): Promise<void> {
    const bytes = timesModel(factor);
    const artifact = { sha256: sha256(bytes), size_bytes: bytes.length };
    const features = [{ name: 'x', type: 'numeric', input: 'numeric', index: 0, missing: 0 }];
    const manifest = { model: 'm', version, artifact, schema: { features, ignored: [] } };
    await store.put(artifactKeys.artifact(artifact.sha256), bytes);
    await store.put(artifactKeys.versionManifest('m', version), JSON.stringify(manifest));
  }

  async function setLive(live: string): Promise<void> {
    await store.put(
      artifactKeys.aliases('m'),
      JSON.stringify({ live, previous: [], changed: `${nowMs}`, reason: '' }),
    );
  }

  const ask = async (version?: string): Promise<unknown> => {
    const { text } = await askService({ cache, artifacts: store }, 'POST /v1/models/{model}/predict', {
      path: { model: 'm' },
      body: { instances: [{ x: 10 }] },
      query: version === undefined ? {} : { version },
    });
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

    await expect(ask('2')).rejects.toMatchObject({ code: 'unknown_version' });
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

  it('bad call: an unknown model, an unknown version and a model without a live version are told apart', async () => {
    await store.put(artifactKeys.spec('young'), '{}');

    await expect(cache.resolve('nobody')).rejects.toMatchObject({ kind: 'not_found', code: 'unknown_model' });
    await expect(cache.resolve('m', '9')).rejects.toMatchObject({
      kind: 'not_found',
      code: 'unknown_version',
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
