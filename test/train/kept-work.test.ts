/** A training that is interrupted goes on with what an earlier process has kept. */
import { describe, expect, it } from 'vitest';
import { createRandom, silentLogger } from '../../lib/core/index.ts';
import { splitTable, type Table } from '../../lib/dataset/index.ts';
import { selectFeatures } from '../../lib/preprocess/index.ts';
import { type KeptWork, type TrainRequest, trainModel } from '../../lib/train/index.ts';

const random = createRandom(4);
const rows = 120;
const x = Float64Array.from({ length: rows }, () => random.normal());
const table: Table = {
  rows,
  columns: [
    { name: 'x', type: 'numeric', values: x },
    {
      name: 'y',
      type: 'category',
      values: Array.from(x, (value) => (value + random.normal() > 0 ? 'yes' : 'no')),
    },
  ],
};
const labels = table.columns[1]!.values as readonly string[];

const request: TrainRequest = {
  table,
  target: {
    task: 'classification',
    classes: ['no', 'yes'],
    codes: Int32Array.from(labels, (label) => (label === 'yes' ? 1 : 0)),
  },
  features: selectFeatures(table.columns, { target: 'y' }).features,
  spec: { dataset: 'd', target: 'y', learner: 'linear' },
  split: splitTable(table, { kind: 'random', seed: 1 }),
  judge: { metric: 'accuracy', higherIsBetter: true, score: () => 0.5, chooseThreshold: () => 0.5 },
  seed: 1,
};

/** Work kept in memory, and what was read and written, in order. */
function memory(
  worthMs: number,
): KeptWork & { readonly told: string[]; readonly objects: Map<string, Uint8Array> } {
  const told: string[] = [];
  const objects = new Map<string, Uint8Array>();
  return {
    told,
    objects,
    worthMs,
    load: async (name) => {
      told.push(`load ${name}`);
      return objects.get(name) ?? null;
    },
    save: async (name, bytes) => {
      told.push(`save ${name}`);
      objects.set(name, bytes);
    },
  };
}

const context = { threads: 1, logger: silentLogger };

describe('a training', () => {
  it('repeats no fold that was kept, and comes to the same model', async () => {
    const whole = await trainModel(request, context);
    const kept = memory(0);
    const pause = new AbortController();
    const interrupted = trainModel(request, {
      ...context,
      kept,
      pause: pause.signal,
      onProgress: (_fraction, message) => {
        if (message.startsWith('linear: fold 4')) pause.abort(new Error('no time left'));
      },
    });
    await expect(interrupted).rejects.toThrow('no time left');
    const saved = [...kept.objects.keys()];
    kept.told.length = 0;

    const resumed = await trainModel(request, { ...context, kept });

    expect(saved).toEqual(['linear/fold-1.result', 'linear/fold-2.result', 'linear/fold-3.result']);
    expect(kept.told.filter((line) => line.startsWith('save'))).toEqual([
      'save linear/fold-4.result',
      'save linear/fold-5.result',
    ]);
    expect(resumed.bytes).toEqual(whole.bytes);
    expect(resumed.outOfFold).toEqual(whole.outOfFold);
    expect(resumed.heldOut).toEqual(whole.heldOut);
  });

  it('fits a fold again that cannot be read', async () => {
    const kept = memory(0);
    kept.objects.set('linear/fold-1.result', Uint8Array.of(1, 2, 3));

    const trained = await trainModel(request, { ...context, kept });

    expect(trained.bytes).toEqual((await trainModel(request, context)).bytes);
    expect(kept.objects.get('linear/fold-1.result')!.length).toBeGreaterThan(3);
  });

  it('keeps nothing that is repeated as quickly', async () => {
    const kept = memory(60_000);

    await trainModel(request, { ...context, kept });

    expect(kept.objects.size).toBe(0);
  });
});
