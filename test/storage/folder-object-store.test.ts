import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFolderObjectStore, type ObjectStore } from '../../lib/storage/index.ts';

let folder: string;
let directory: string;
let store: ObjectStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-folder-'));
  directory = join(folder, 'bucket');
  for (const [key, text] of Object.entries({ 'a/x/1': 'one', 'a/y': 'why', 'a/z/2': 'two', b: 'bee' })) {
    mkdirSync(dirname(join(directory, key)), { recursive: true });
    writeFileSync(join(directory, key), text);
  }
  writeFileSync(join(folder, 'secret'), 'outside');
  store = createFolderObjectStore({ directory });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const textOf = (bytes: Uint8Array | null | undefined) => bytes && new TextDecoder().decode(bytes);

test('a file is an object under its path, and what is not there is null', async () => {
  const found = await store.get('a/x/1');

  expect([textOf(found?.body), found?.sizeBytes, found?.key]).toEqual(['one', 3, 'a/x/1']);
  expect(await store.head('b')).toMatchObject({
    key: 'b',
    sizeBytes: 3,
    etag: expect.stringMatching(/^"\w+"$/),
  });
  expect([await store.get('c'), await store.head('a'), await store.get('b/c')]).toEqual([null, null, null]);
});

test('a file that has not changed is said to be unchanged, one that has is read again', async () => {
  const { etag } = (await store.head('b'))!;
  const same = await store.get('b', { ifNoneMatch: etag });
  writeFileSync(join(directory, 'b'), 'new');
  utimesSync(join(directory, 'b'), new Date(0), new Date(0));

  const other = await store.get('b', { ifNoneMatch: etag });

  expect(same).toBe('unchanged');
  expect(other).toMatchObject({ sizeBytes: 3 });
});

test('parts, copies, lists and folders are those of a bucket', async () => {
  const copy = join(folder, 'copy');

  const part = await store.getRange('a/x/1', 1, 9);
  await store.download('a/y', copy);
  const keys = (await all(store.list('a/'))).map(({ key }) => key);
  const within = (await all(store.list('a/x'))).map(({ key }) => key);
  const folders = await all(store.listFolders('a/'));

  expect(textOf(part)).toBe('ne');
  expect(await readFile(copy, 'utf8')).toBe('why');
  expect([keys, within, folders]).toEqual([['a/x/1', 'a/y', 'a/z/2'], ['a/x/1'], ['x/', 'z/']]);
  expect(await all(store.list('none/'))).toEqual([]);
});

test.each(['../secret', 'a/../../secret', '/b', 'a//y', '', './b'])(
  'bad call: the key "%s" leads nowhere',
  async (key) => {
    expect([await store.get(key), await store.head(key)]).toEqual([null, null]);
  },
);

test('bad call: what would change the folder is refused', async () => {
  await expect(store.put('b', 'x')).rejects.toMatchObject({ code: 'read_only' });
  await expect(store.delete('b')).rejects.toMatchObject({ code: 'read_only' });
});
