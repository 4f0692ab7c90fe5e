/** What every object store must do; run against each implementation. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../lib/storage/index.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/**
 * Runs the suite.
 *
 * @param makeStore gives an empty bucket each time; where listings come in pages, of 100 keys at most
 */
export function describeObjectStore(name: string, makeStore: () => Promise<ObjectStore>): void {
  describe(`object store: ${name}`, () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'object-store-'));
    });

    afterAll(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    it('gives back what was put, with its size, entity tag and date', async () => {
      const store = await makeStore();
      const before = Date.now();

      const written = await store.put('a/b.txt', 'grüße', { contentType: 'text/plain' });
      const found = await store.get('a/b.txt');

      expect(text(found?.body)).toBe('grüße');
      expect(found).toMatchObject({ key: 'a/b.txt', sizeBytes: 7, etag: written?.etag });
      expect([found?.contentType, (await store.head('a/b.txt'))?.contentType]).toEqual([
        'text/plain',
        'text/plain',
      ]);
      expect(found?.etag).toMatch(/^".+"$/);
      expect(found!.modifiedAt).toBeGreaterThan(before - 2000);
      expect(found!.modifiedAt).toBeLessThan(Date.now() + 2000);
    });

    it('keeps bytes exactly, none and many', async () => {
      const store = await makeStore();
      const many = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) % 256);

      await store.put('none', new Uint8Array());
      await store.put('many', many);

      expect((await store.get('none'))?.body).toHaveLength(0);
      expect(Buffer.compare((await store.get('many'))!.body, many)).toBe(0);
    });

    it('answers null for what is not there', async () => {
      const store = await makeStore();

      expect(await store.get('no')).toBeNull();
      expect(await store.get('no', { ifNoneMatch: '"x"' })).toBeNull();
      expect(await store.head('no')).toBeNull();
      expect(await store.getRange('no', 0, 1)).toBeNull();
      expect(await store.download('no', join(folder, 'no'))).toBeNull();
      expect(await readdir(folder)).not.toContain('no');
    });

    it('says that an object is unchanged instead of giving it again', async () => {
      const store = await makeStore();
      const first = await store.put('k', 'one');

      expect(await store.get('k', { ifNoneMatch: first!.etag })).toBe('unchanged');

      await store.put('k', 'two');
      const changed = await store.get('k', { ifNoneMatch: first!.etag });
      expect(changed).toMatchObject({ key: 'k', sizeBytes: 3 });
    });

    it('reads parts, both ends included and cut at the end of the object', async () => {
      const store = await makeStore();
      await store.put('k', '0123456789');

      expect(text((await store.getRange('k', 2, 4))!)).toBe('234');
      expect(text((await store.getRange('k', 0, 0))!)).toBe('0');
      expect(text((await store.getRange('k', 8, 99))!)).toBe('89');
    });

    it('bad call: a part beyond the end is a failure, as in S3', async () => {
      const store = await makeStore();
      await store.put('k', '0123456789');

      await expect(store.getRange('k', 10, 12)).rejects.toMatchObject({ kind: 'upstream' });
    });

    it('tells of an object without reading it', async () => {
      const store = await makeStore();
      const written = await store.put('k', 'four');

      expect(await store.head('k')).toMatchObject({ key: 'k', sizeBytes: 4, etag: written!.etag });
    });

    it('creates an object once only when asked to', async () => {
      const store = await makeStore();

      expect(await store.put('k', 'first', { ifAbsent: true })).not.toBeNull();
      expect(await store.put('k', 'second', { ifAbsent: true })).toBeNull();
      expect(text((await store.get('k'))!.body)).toBe('first');
    });

    it('replaces an object only in the state that is named', async () => {
      const store = await makeStore();
      const first = await store.put('k', 'one');

      const second = await store.put('k', 'two', { ifMatch: first!.etag });

      expect(second).not.toBeNull();
      expect(await store.put('k', 'three', { ifMatch: first!.etag })).toBeNull();
      expect(await store.put('absent', 'x', { ifMatch: first!.etag })).toBeNull();
      expect(text((await store.get('k'))!.body)).toBe('two');
      expect(await store.get('absent')).toBeNull();
    });

    it('lets exactly one of many creators through', async () => {
      const store = await makeStore();

      const writers = Array.from({ length: 10 }, (_, index) =>
        store.put('k', `writer ${index}`, { ifAbsent: true }),
      );
      const winners = (await Promise.all(writers)).map((answer, index) => (answer ? index : -1));

      const won = winners.filter((index) => index >= 0);
      expect(won).toHaveLength(1);
      expect(text((await store.get('k'))!.body)).toBe(`writer ${won[0]}`);
    });

    it('lets exactly one of many replacers of the same state through', async () => {
      const store = await makeStore();
      const start = await store.put('k', 'start');

      const writers = Array.from({ length: 10 }, (_, index) =>
        store.put('k', `writer ${index}`, { ifMatch: start!.etag }),
      );

      expect((await Promise.all(writers)).filter((answer) => answer !== null)).toHaveLength(1);
    });

    it('copies objects into files and files into objects', async () => {
      const store = await makeStore();
      const content = Buffer.alloc(1_200_000, 'row,of,values\n');
      const [from, to] = [join(folder, 'from.csv'), join(folder, 'to.csv')];
      await writeFile(from, content);

      const uploaded = await store.upload('f.csv', from, { contentType: 'text/csv' });
      const info = await store.download('f.csv', to);

      expect(info).toMatchObject({ key: 'f.csv', sizeBytes: content.length, etag: uploaded!.etag });
      expect(Buffer.compare(await readFile(to), content)).toBe(0);
      expect(await readdir(folder)).not.toContain('to.csv.partial');
    });

    it('uploads files under conditions too, and empty ones', async () => {
      const store = await makeStore();
      const path = join(folder, 'empty');
      await writeFile(path, '');

      expect(await store.upload('k', path, { ifAbsent: true })).not.toBeNull();
      expect(await store.upload('k', path, { ifAbsent: true })).toBeNull();
      expect(await store.head('k')).toMatchObject({ sizeBytes: 0 });
    });

    it('removes objects, also those that are gone already', async () => {
      const store = await makeStore();
      await store.put('k', 'x');

      await store.delete('k');
      await store.delete('k');

      expect(await store.get('k')).toBeNull();
    });

    it('lists keys below a prefix in the order of their bytes', async () => {
      const store = await makeStore();
      const keys = ['a/1', 'a/10', 'a/2', 'a/Z', 'a/b c+d&é', 'a/￿', 'a/😀', 'a/sub/x'];
      for (const key of [...keys, 'b/1', 'a']) await store.put(key, key);

      const listed = await collect(store.list('a/'));

      const sorted = keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(listed.map(({ key }) => key)).toEqual(sorted);
      expect(listed[0]).toMatchObject({ key: 'a/1', sizeBytes: 3, etag: (await store.head('a/1'))!.etag });
      expect(await collect(store.list('nothing/'))).toEqual([]);
    });

    it('lists the next path parts, each once, and no objects', async () => {
      const store = await makeStore();
      for (const key of ['a/x/1', 'a/x/2', 'a/y', 'a/z é/1/2', 'b/1']) await store.put(key, '');

      expect(await collect(store.listFolders('a/'))).toEqual(['x/', 'z é/']);
      expect(await collect(store.listFolders('none/'))).toEqual([]);
    });

    it('lists past the end of one page', async () => {
      const store = await makeStore();
      const keys = Array.from({ length: 120 }, (_, index) => `n/${String(index).padStart(4, '0')}/k`);
      for (let start = 0; start < keys.length; start += 50) {
        await Promise.all(keys.slice(start, start + 50).map((key) => store.put(key, '')));
      }

      expect((await collect(store.list('n/'))).map(({ key }) => key)).toEqual(keys);
      expect(await collect(store.listFolders('n/'))).toHaveLength(120);
    });

    it('is not changed through bytes it was given or has given', async () => {
      const store = await makeStore();
      const given = new TextEncoder().encode('original');
      await store.put('k', given);

      given.fill(0);
      (await store.get('k'))!.body.fill(0);

      expect(text((await store.get('k'))!.body)).toBe('original');
    });
  });
}
