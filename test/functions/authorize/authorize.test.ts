import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createAuthorize } from '../../../functions/authorize/authorize.ts';
import { accessOf } from '../../../lib/access/index.ts';

const access = { caller: 'team-a', scopes: ['predict', 'read'], models: ['heart', 'team-a-*'] } as const;
const authorize = createAuthorize({ find: async (key) => (key === 'the-key' ? access : null) });

/** The event as the developer guide shows it, as far as authorizers look at it. */
const eventWith = (headers: Record<string, string>, path = 'POST/v1/models/heart/predict') =>
  ({
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/${path}`,
    resource: '/v1/models/{model}/predict',
    headers,
  }) as unknown as APIGatewayRequestAuthorizerEvent;

describe('the authorizer', () => {
  it('answers for the whole stage, as its answer may be used for every other request of the key', async () => {
    const answer = await authorize(eventWith({ 'x-api-key': 'the-key' }));

    expect(answer).toEqual({
      principalId: 'team-a',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'execute-api:Invoke',
            Effect: 'Allow',
            Resource: 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/*',
          },
        ],
      },
      context: { key: 'team-a', scopes: 'predict read', models: 'heart team-a-*' },
      usageIdentifierKey: 'the-key',
    });
  });

  it('gives functions what they read back as the same access', async () => {
    const { context, principalId } = await authorize(eventWith({ 'x-api-key': 'the-key' }));

    expect(accessOf({ authorizer: { principalId, integrationLatency: 3, ...context } })).toEqual(access);
  });

  it.each([
    [{ 'X-API-Key': 'the-key' }],
    [{ Authorization: 'Bearer the-key' }],
    [{ AUTHORIZATION: 'bearer the-key' }],
  ])('takes the key from %o', async (headers: Record<string, string>) => {
    expect(await authorize(eventWith(headers))).toMatchObject({ usageIdentifierKey: 'the-key' });
  });

  it('is not led to another stage or API by the path of a request', async () => {
    const answer = await authorize(eventWith({ 'x-api-key': 'the-key' }, 'GET/*/x:y/../../other/prod/*'));

    expect(answer.policyDocument.Statement).toMatchObject([
      { Resource: 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/*' },
    ]);
  });

  it.each([
    ['no key', {}],
    ['an unknown key', { 'x-api-key': 'the-key2' }],
    ['a key that no header may have', { 'x-api-key': 'the key' }],
    ['a key after another scheme', { Authorization: 'Basic the-key' }],
    ['a wrong key beside a right one', { 'x-api-key': 'wrong', Authorization: 'Bearer the-key' }],
  ])('bad call: %s gives the error that API Gateway turns into 401', async (_, headers) => {
    await expect(authorize(eventWith(headers as Record<string, string>))).rejects.toThrow(/^Unauthorized$/);
  });

  it('expected failure: allows nothing when keys cannot be listed', async () => {
    const failing = createAuthorize({ find: () => Promise.reject(new Error('no list')) });

    await expect(failing(eventWith({ 'x-api-key': 'the-key' }))).rejects.toThrow('no list');
  });
});
