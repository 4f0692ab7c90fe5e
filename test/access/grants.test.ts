import { describe, expect, it } from 'vitest';
import { parseGrants } from '../../lib/access/index.ts';

const parse = (grants: unknown) =>
  parseGrants(typeof grants === 'string' ? grants : JSON.stringify(grants), 'ONRAMP_GRANTS');

describe('grants', () => {
  it('are read by the names of the keys', () => {
    const grants = parse({
      'team-a': { scopes: ['predict', 'read'], models: ['heart', 'team-a-*'] },
      operator: { scopes: ['manage'], models: ['*'] },
    });

    expect([...grants.keys()]).toEqual(['team-a', 'operator']);
    expect(grants.get('team-a')).toEqual({ scopes: ['predict', 'read'], models: ['heart', 'team-a-*'] });
  });

  it('may be none: then no key opens anything', () => {
    expect(parse({}).size).toBe(0);
  });

  it.each([
    ['no text', '', /ONRAMP_GRANTS: is not valid JSON/],
    ['a list', [], /must be a JSON object/],
    ['a key without a name', { '': { scopes: ['read'], models: ['*'] } }, /without a name/],
    ['a grant that is a text', { a: 'predict' }, /key "a": must be an object/],
    [
      'a grant without scopes',
      { a: { models: ['*'] } },
      /"scopes" must be a list of "predict", "read", "manage"/,
    ],
    ['no scope at all', { a: { scopes: [], models: ['*'] } }, /"scopes"/],
    ['a scope that there is not', { a: { scopes: ['admin'], models: ['*'] } }, /"scopes"/],
    ['a grant without models', { a: { scopes: ['read'] } }, /"models" must be a list/],
    ['a star in the middle', { a: { scopes: ['read'], models: ['a*b'] } }, /"models"/],
    ['two stars', { a: { scopes: ['read'], models: ['**'] } }, /"models"/],
    ['a name that no model can have', { a: { scopes: ['read'], models: ['../b'] } }, /"models"/],
    ['more names than travel well', { a: { scopes: ['read'], models: Array(51).fill('b') } }, /1 to 50/],
    ['a misspelt field', { a: { scopes: ['read'], models: ['*'], model: 'x' } }, /"model" is not a field/],
  ])('bad call: %s', (_, grants, message) => {
    expect(() => parse(grants)).toThrow(message);
  });
});
