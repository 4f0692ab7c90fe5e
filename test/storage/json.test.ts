import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  createMemoryObjectStore,
  mapConcurrent,
  type ObjectStore,
  readJson,
  rereadJson,
  updateJson,
  writeJson,
} from '../../lib/storage/index.ts';

const counter = z.strictObject({ n: z.int() });

describe('JSON documents', () => {
  it('are read with the schema and dated, or are null', async () => {
    const store = createMemoryObjectStore({ clock: { now: () => 7 } });
    const written = await writeJson(store, 'k', { value: { n: 1 } });

    expect(await readJson(store, 'k', counter)).toEqual({
      value: { n: 1 },
      etag: written!.etag,
      modifiedAt: 7,
    });
    expect(await readJson(store, 'absent', counter)).toBeNull();
  });

  it('are not read again while they are unchanged', async () => {
    const store = createMemoryObjectStore();
    const { etag } = (await writeJson(store, 'k', { value: { n: 1 } }))!;

    expect(await rereadJson(store, 'k', { schema: counter, etag })).toBe('unchanged');
    await writeJson(store, 'k', { value: { n: 2 } });
    expect(await rereadJson(store, 'k', { schema: counter, etag })).toMatchObject({ value: { n: 2 } });
  });

  it.each([
    ['text that is not JSON', '{'],
    ['another shape', '{"m":1}'],
  ])('bad call: %s is named by its key', async (_what, content) => {
    const store = createMemoryObjectStore();
    await store.put('models/x/spec.json', content);

    await expect(readJson(store, 'models/x/spec.json', counter)).rejects.toMatchObject({
      kind: 'internal',
      code: 'stored_document_invalid',
      message: expect.stringContaining('models/x/spec.json'),
    });
  });
});

describe('updateJson', () => {
  it('loses no change of many at once', async () => {
    const store = createMemoryObjectStore();
    const add = () =>
      updateJson(store, 'k', { schema: counter, change: (now) => ({ n: (now?.n ?? 0) + 1 }), attempts: 50 });

    await Promise.all(Array.from({ length: 20 }, add));

    expect((await readJson(store, 'k', counter))?.value).toEqual({ n: 20 });
  });

  it('writes nothing when the change gives back what it got', async () => {
    const store = createMemoryObjectStore({ clock: { now: () => 1 } });
    await writeJson(store, 'k', { value: { n: 1 } });
    const puts: string[] = [];
    const watched: ObjectStore = {
      ...store,
      put: async (key) => {
        puts.push(key);
        return null;
      },
    };

    expect(await updateJson(watched, 'k', { schema: counter, change: (now) => now })).toEqual({ n: 1 });
    expect(await updateJson(watched, 'absent', { schema: counter, change: (now) => now })).toBeNull();
    expect(puts).toEqual([]);
  });

  it('pauses after each lost race and gives up with a conflict', async () => {
    const store = createMemoryObjectStore();
    const pauses: number[] = [];
    const losing = { ...store, put: async () => null };

    const update = updateJson(losing, 'k', {
      schema: counter,
      change: () => ({ n: 1 }),
      attempts: 3,
      pause: async (attempt) => void pauses.push(attempt),
    });

    await expect(update).rejects.toMatchObject({ kind: 'conflict', code: 'too_much_contention' });
    expect(pauses).toEqual([1, 2, 3]);
  });

  it('throws on what the change throws and leaves the document', async () => {
    const store = createMemoryObjectStore();
    await writeJson(store, 'k', { value: { n: 1 } });

    const update = updateJson(store, 'k', {
      schema: counter,
      change: () => {
        throw new Error('no');
      },
    });

    await expect(update).rejects.toThrow('no');
    expect((await readJson(store, 'k', counter))?.value).toEqual({ n: 1 });
  });
});

describe('mapConcurrent', () => {
  it('keeps the order and never runs more than the limit', async () => {
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 30 }, (_, index) => index);

    const doubled = await mapConcurrent(
      items,
      async (item) => {
        running += 1;
        most = Math.max(most, running);
        for (let turn = item % 3; turn >= 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return item * 2;
      },
      4,
    );

    expect(doubled).toEqual(items.map((item) => item * 2));
    expect(most).toBe(4);
  });

  it('throws the first failure and starts nothing after it', async () => {
    const started: number[] = [];

    const mapping = mapConcurrent(
      [1, 2, 3, 4],
      async (item) => {
        started.push(item);
        if (item === 2) throw new Error('two');
      },
      1,
    );

    await expect(mapping).rejects.toThrow('two');
    expect(started).toEqual([1, 2]);
  });

  it('takes an empty list', async () => {
    expect(await mapConcurrent([], async () => 1)).toEqual([]);
  });
});
