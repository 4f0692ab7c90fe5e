import { describe, expect, it } from 'vitest';
import { createKeyDirectory, type ListedKey, parseGrants, presentedKey } from '../../lib/access/index.ts';

const grants = parseGrants(
  JSON.stringify({
    'team-a': { scopes: ['predict'], models: ['a-*'] },
    'team-b': { scopes: ['read'], models: ['b'] },
  }),
  'grants',
);
const keyA: ListedKey = { name: 'team-a', value: 'value-of-a' };
const keyB: ListedKey = { name: 'team-b', value: 'value-of-b' };

function makeDirectory(first: readonly ListedKey[]) {
  let now = 1_000_000;
  const keeper = { keys: first, fails: false, readings: 0 };
  const directory = createKeyDirectory({
    grants,
    clock: { now: () => now },
    listKeys: async () => {
      keeper.readings += 1;
      await Promise.resolve();
      if (keeper.fails) throw new Error('the list cannot be read');
      return keeper.keys;
    },
  });
  return { directory, keeper, wait: (ms: number) => (now += ms) };
}

describe('a directory of keys', () => {
  it('finds what a key may do by the grant of its name', async () => {
    const { directory } = makeDirectory([keyA, keyB]);

    expect(await directory.find('value-of-a')).toEqual({
      caller: 'team-a',
      scopes: ['predict'],
      models: ['a-*'],
    });
    expect(await directory.find('value-of-b')).toMatchObject({ caller: 'team-b' });
  });

  it('reads the list once for many requests at the same time, and not again for five minutes', async () => {
    const { directory, keeper, wait } = makeDirectory([keyA]);

    await Promise.all(Array.from({ length: 20 }, () => directory.find('value-of-a')));
    wait(299_999);
    await directory.find('value-of-a');
    const before = keeper.readings;
    wait(1);
    await directory.find('value-of-a');

    expect(before).toBe(1);
    expect(keeper.readings).toBe(2);
  });

  it('forgets a key that was removed after five minutes', async () => {
    const { directory, keeper, wait } = makeDirectory([keyA]);
    await directory.find('value-of-a');

    keeper.keys = [];
    wait(300_000);

    expect(await directory.find('value-of-a')).toBeNull();
  });

  it('finds a new key at once, by reading the list early', async () => {
    const { directory, keeper, wait } = makeDirectory([keyA]);
    await directory.find('value-of-a');

    keeper.keys = [keyA, keyB];
    wait(10_000);

    expect(await directory.find('value-of-b')).toMatchObject({ caller: 'team-b' });
  });

  it('reads early no more often than every ten seconds, however many unknown keys come', async () => {
    const { directory, keeper, wait } = makeDirectory([keyA]);

    for (let second = 0; second < 60; second += 1) {
      for (let attempt = 0; attempt < 5; attempt += 1) {
        expect(await directory.find(`guess-${second}-${attempt}`)).toBeNull();
      }
      wait(1000);
    }

    expect(keeper.readings).toBe(6);
  });

  it.each([
    ['a key without a grant', [{ name: 'team-c', value: 'value-of-c' }], 'value-of-c'],
    ['the name of a key', [keyA], 'team-a'],
    ['the beginning of a key', [keyA], 'value-of-'],
    ['a name that every object has', [keyA], 'constructor'],
  ])('bad call: %s', async (_, keys, given) => {
    const { directory } = makeDirectory(keys);

    expect(await directory.find(given)).toBeNull();
  });

  it('goes on with the list at hand for a while if it cannot be read anew, and asks seldom', async () => {
    const { directory, keeper, wait } = makeDirectory([keyA]);
    await directory.find('value-of-a');
    keeper.fails = true;

    wait(300_000);
    const found = await Promise.all([1, 2, 3].map(() => directory.find('value-of-a')));
    await directory.find('value-of-a');

    expect(found.map((access) => access?.caller)).toEqual(['team-a', 'team-a', 'team-a']);
    expect(keeper.readings).toBe(2);
  });

  it('expected failure: lets nobody in when the list at hand is a quarter of an hour old', async () => {
    const { directory, keeper, wait } = makeDirectory([keyA]);
    await directory.find('value-of-a');
    keeper.fails = true;

    wait(900_000);

    await expect(directory.find('value-of-a')).rejects.toThrow('cannot be read');
    keeper.fails = false;
    expect(await directory.find('value-of-a')).toMatchObject({ caller: 'team-a' });
  });

  it('expected failure: lets nobody in when no list could ever be read', async () => {
    const { directory, keeper } = makeDirectory([keyA]);
    keeper.fails = true;

    await expect(directory.find('value-of-a')).rejects.toThrow('cannot be read');
  });
});

describe('the key of a request', () => {
  it.each([
    ['k', undefined, 'k'],
    [undefined, 'Bearer k', 'k'],
    [undefined, 'bearer  k', 'k'],
    ['k', 'Bearer other', 'k'],
  ])('x-api-key %s, authorization %s', (apiKey, authorization, key) => {
    expect(presentedKey(apiKey, authorization)).toBe(key);
  });

  it.each([
    [undefined, undefined],
    ['', 'Bearer k'],
    [undefined, 'k'],
    [undefined, 'Basic azpr'],
    [undefined, 'Bearer '],
    ['a b', undefined],
    ['é', undefined],
    ['x'.repeat(257), undefined],
  ])('bad call: x-api-key %s, authorization %s', (apiKey, authorization) => {
    expect(presentedKey(apiKey, authorization)).toBeNull();
  });
});
