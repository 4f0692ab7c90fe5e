import { describe, expect, it } from 'vitest';
import {
  type Access,
  accessOf,
  authorizerContext,
  parseGrants,
  requireScope,
} from '../../lib/access/index.ts';

const limits = [
  { per: 'minute', calls: 60 },
  { per: 'month', tokens: 100_000, usd: 2.5 },
] as const;
const access: Access = { caller: 'shop', scopes: ['predict'], models: ['*'], limits };

const grants = (limitsText: string) =>
  parseGrants(`{"shop": {"scopes": ["predict"], "models": ["*"], "limits": ${limitsText}}}`, 'ONRAMP_GRANTS');

describe('limits of a grant', () => {
  it('are read with it', () => {
    expect(grants(JSON.stringify(limits)).get('shop')?.limits).toEqual(limits);
  });

  it.each([
    ['[]', 'must be a list such as'],
    ['{"per": "minute", "calls": 1}', 'must be a list such as'],
    ['[7]', 'must be a list of objects'],
    ['[{"calls": 1}]', '"per" must be "minute", "hour", "day", "month"'],
    ['[{"per": "second", "calls": 1}]', '"per" must be'],
    ['[{"per": "day"}]', 'the one per day needs "calls", "tokens", "usd"'],
    ['[{"per": "day", "rows": 1}]', '"rows" is not "calls", "tokens", "usd"'],
    ['[{"per": "day", "calls": 1.5}]', '"calls" per day must be a whole number from 0'],
    ['[{"per": "day", "calls": "9"}]', '"calls" per day must be a whole number'],
    ['[{"per": "day", "usd": -1}]', '"usd" per day must be a number from 0'],
    ['[{"per": "day", "calls": 1}, {"per": "day", "usd": 1}]', 'two entries per day'],
  ])('bad call: %s is refused with its key and what it may be', (text, problem) => {
    expect(() => grants(text)).toThrow('ONRAMP_GRANTS: key "shop"');
    expect(() => grants(text)).toThrow(problem);
  });
});

describe('limits in what the authorizer says', () => {
  it('come back as they were, for each of two keys that take turns', () => {
    const other: Access = { ...access, limits: [{ per: 'day', calls: 1 }] };
    const { limits: _, ...unlimited } = access;

    const read = [access, other, unlimited, access].map((one) =>
      accessOf({ authorizer: { ...authorizerContext(one) } }),
    );

    expect(read).toEqual([access, other, unlimited, access]);
  });

  it.each(['', 'none', '[]', '[{"per": "week", "calls": 1}]'])(
    'bad call: %o, which nobody can keep to, allows nothing',
    (text) => {
      const read = accessOf({ authorizer: { ...authorizerContext(access), limits: text } });

      expect(() => requireScope(read, 'predict')).toThrow('This key may do nothing');
    },
  );
});
