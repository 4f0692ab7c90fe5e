import { describe, expect, it } from 'vitest';
import {
  type Access,
  accessOf,
  authorizerContext,
  coversAll,
  coversName,
  fullAccess,
  hasScope,
  nobody,
  requireName,
  requireScope,
} from '../../lib/access/index.ts';

const teamA: Access = { caller: 'team-a', scopes: ['predict'], models: ['heart', 'team-a-*'] };

describe('scopes', () => {
  it.each([
    ['predict', { predict: true, read: false, manage: false }],
    ['read', { predict: false, read: true, manage: false }],
    ['manage', { predict: false, read: true, manage: true }],
  ] as const)('%s allows itself, and manage to read', (scope, allowed) => {
    const access: Access = { ...teamA, scopes: [scope] };

    const found = {
      predict: hasScope(access, 'predict'),
      read: hasScope(access, 'read'),
      manage: hasScope(access, 'manage'),
    };

    expect(found).toEqual(allowed);
  });

  it('bad call: a scope that the key has not', () => {
    expect(() => requireScope(teamA, 'manage')).toThrow(
      expect.objectContaining({ kind: 'forbidden', code: 'scope_missing' }),
    );
  });

  it('bad call: a request whose caller nobody checked', () => {
    expect(() => requireScope(nobody, 'predict')).toThrow(expect.objectContaining({ kind: 'unauthorized' }));
  });
});

describe('names', () => {
  it.each(['heart', 'team-a-1', 'team-a-'])('"%s" is covered', (name) => {
    expect(coversName(teamA, name)).toBe(true);
  });

  it.each(['hear', 'heart2', 'Heart', 'team-a', 'team-b-1', 'x-team-a-1', '', '*', 'team-a*'])(
    '"%s" is not covered',
    (name) => {
      expect(coversName(teamA, name)).toBe(false);
    },
  );

  it('are all covered by a star alone', () => {
    expect(coversName(fullAccess('operator'), 'anything')).toBe(true);
    expect(coversAll(fullAccess('operator'))).toBe(true);
    expect(coversAll(teamA)).toBe(false);
  });

  it.each([
    ['model', undefined, 'model_not_allowed', 'model'],
    ['dataset', 'input.key', 'dataset_not_allowed', 'input.key'],
  ] as const)('bad call: a %s that is not covered', (thing, param, code, said) => {
    expect(() => requireName(teamA, thing, 'other', param)).toThrow(
      expect.objectContaining({ kind: 'forbidden', code, param: said }),
    );
  });
});

describe('who asks', () => {
  it('is told by the authorizer in texts, and read back', () => {
    const context = authorizerContext(teamA);

    expect(context).toEqual({ key: 'team-a', scopes: 'predict', models: 'heart team-a-*' });
    expect(accessOf({ authorizer: { ...context, principalId: 'team-a' } })).toEqual(teamA);
  });

  it('is told by the scopes of a token that are for this service', () => {
    const scope =
      'onramp/predict onramp/models:team-a-* openid manage other/manage other/models:* onramp/x/read';
    const claims = { scope, client_id: 'app', sub: 'x' };

    expect(accessOf({ authorizer: { claims } })).toEqual({
      caller: 'app',
      scopes: ['predict'],
      models: ['team-a-*'],
    });
    expect(accessOf({ authorizer: { claims } }, 'other')).toMatchObject({
      scopes: ['manage'],
      models: ['*'],
    });
  });

  it('gets no model by a token that names none', () => {
    const access = accessOf({ authorizer: { claims: { scope: 'onramp/predict', sub: 'somebody' } } });

    expect(access).toEqual({ caller: 'somebody', scopes: ['predict'], models: [] });
  });

  it('may do everything after IAM has checked the signature, since policies name methods and paths', () => {
    const userArn = 'arn:aws:sts::123456789012:assumed-role/app/session';

    expect(accessOf({ authorizer: null, identity: { userArn } })).toEqual(fullAccess(userArn));
  });

  it.each([
    ['nothing is said', {}],
    ['the authorizer said nothing', { authorizer: null, identity: { userArn: null } }],
    ['the authorizer said something else', { authorizer: { principalId: 'x', scopes: ['manage'] } }],
  ])('is unknown if %s', (_, context) => {
    expect(accessOf(context)).toBe(nobody);
  });

  it('may do nothing by words that are no scopes and no names', () => {
    const access = accessOf({ authorizer: { key: 'k', scopes: 'admin Manage', models: '../* a/* **' } });

    expect(access).toEqual({ caller: 'k', scopes: [], models: [] });
  });
});
