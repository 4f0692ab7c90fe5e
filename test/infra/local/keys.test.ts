import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { identifier, readKeys } from '../../../infra/local/keys.ts';
import { fullAccess } from '../../../lib/access/index.ts';
import { sha256 } from '../../../lib/core/index.ts';
import { temporaryFolder } from './support.ts';

const readFrom = (content: unknown) => {
  const keysFile = join(temporaryFolder(), 'keys.json');
  writeFileSync(keysFile, typeof content === 'string' ? content : JSON.stringify(content));
  return readKeys({ apiKey: 'all', keysFile });
};
const grant = { scopes: ['predict'], models: ['team-a-*'] } as const;

describe('the keys of a machine', () => {
  test('are the one that may do everything and those of a file, given plain or as a digest', () => {
    const keys = readFrom({
      'team-a': { key: 'key-of-a', ...grant },
      'team-b': { sha256: sha256('key-of-b'), ...grant, models: ['b'] },
    });

    const identify = identifier(keys);
    const whoSends = (headers: Record<string, string>) => identify({ headers } as unknown as IncomingMessage);
    expect(whoSends({ 'x-api-key': 'all' })).toEqual(fullAccess('local'));
    expect(whoSends({ authorization: 'Bearer key-of-a' })).toEqual({ caller: 'team-a', ...grant });
    expect(whoSends({ 'x-api-key': 'key-of-b' })).toMatchObject({ caller: 'team-b', models: ['b'] });
    expect(whoSends({ 'x-api-key': sha256('key-of-b') })).toBeNull();
    expect(whoSends({})).toBeNull();
    expect(JSON.stringify(keys)).not.toContain('key-of-a');
  });

  test.each([
    ['no JSON', '{', /keys\.json: is not valid JSON/],
    ['a list', [], /must hold an object/],
    ['a key without a value', { a: grant }, /key "a": give it either/],
    ['both a key and a digest', { a: { key: 'x', sha256: sha256('x'), ...grant } }, /give it either/],
    ['a digest that is none', { a: { sha256: 'abc', ...grant } }, /give it either/],
    ['a key with a space', { a: { key: 'x y', ...grant } }, /give it either/],
    ['a grant that is wrong', { a: { key: 'x', scopes: ['all'], models: ['*'] } }, /key "a": "scopes"/],
    ['nothing under a name', { a: null }, /key "a": "scopes"/],
    ['two names of one key', { a: { key: 'x', ...grant }, b: { key: 'x', ...grant } }, /the same key/],
    ['the key that may do everything', { a: { key: 'all', ...grant } }, /the same key/],
  ])('bad call: a file that holds %s', (_, content, message) => {
    expect(() => readFrom(content)).toThrow(message);
  });

  test('bad call: more keys than can be handed on', () => {
    const many = Array.from({ length: 1000 }, (_, index) => [`k${index}`, { key: `key-${index}`, ...grant }]);

    expect(() => readFrom(Object.fromEntries(many))).toThrow(/take \d+ bytes, 120000 fit/);
  });

  test('bad call: a file that is not there', () => {
    expect(() => readKeys({ apiKey: 'all', keysFile: '/nowhere/keys.json' })).toThrow(
      /\/nowhere\/keys\.json: is not there/,
    );
  });
});
