import { expect, it, test } from 'vitest';
import { type StageSettings, stageConfig } from '../../infra/config.ts';
import { environments } from '../../infra/environments.ts';
import { functionNames } from '../../infra/function-settings.ts';

it('fills in small defaults', () => {
  const config = stageConfig({ dev: {} }, 'dev');

  expect(config).toMatchObject({
    stage: 'dev',
    removal: 'retain',
    encryption: 'aws-managed',
    architecture: 'arm64',
    alarms: 'few',
    endpoints: [],
    access: { kind: 'keys', keys: { admin: { models: ['*'] } } },
    functions: { predict: { memoryMb: 1024, timeoutSeconds: 29, temporaryMb: 512 } },
  });
  expect(Object.keys(config.functions).sort()).toEqual([...functionNames]);
});

it('changes of a function what is said of it, and nothing else', () => {
  const { functions } = stageConfig({ dev: { functions: { predict: { memoryMb: 2048 } } } }, 'dev');

  expect(functions.predict).toEqual({ memoryMb: 2048, timeoutSeconds: 29, temporaryMb: 512 });
});

test.each(Object.keys(environments))('the environment "%s" that comes with the project is valid', (name) => {
  const config = stageConfig(environments, name);

  expect(config.stage).toBe(name);
});

const image = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1';

/** Settings of dev, and the words by which they must be refused. */
const refused: readonly [string, Record<string, unknown>, RegExp][] = [
  ['an unknown field', { lambda: {} }, /settings: Unrecognized key: "lambda"/],
  ['an account that is none', { account: '123' }, /account: use the twelve digits/],
  ['a region that is none', { region: 'Frankfurt' }, /region: use a region such as/],
  [
    'memory that Lambda does not have',
    { functions: { train: { memoryMb: 20_000 } } },
    /functions\.train\.memoryMb/,
  ],
  [
    'a time that API Gateway does not wait',
    { functions: { predict: { timeoutSeconds: 60 } } },
    /functions\.predict\.timeoutSeconds: API Gateway waits 29/,
  ],
  [
    'a key with an unknown plan',
    { access: { kind: 'keys', keys: { a: { plan: 'gold', scopes: ['read'], models: ['*'] } } } },
    /access\.keys\.a\.plan: there is no plan "gold"; use standard/,
  ],
  [
    'a key without scopes',
    { access: { kind: 'keys', keys: { a: { plan: 'standard', scopes: [], models: ['*'] } } } },
    /access\.keys\.a\.scopes/,
  ],
  [
    'an image that is not of ECR',
    { training: { image: 'python:3' } },
    /training\.image: use an image of Amazon ECR/,
  ],
  ['a retention that CloudWatch does not know', { logs: { retentionDays: 8 } }, /logs\.retentionDays/],
  [
    'two variants of a serverless endpoint',
    {
      endpoints: [
        {
          model: 'a',
          speaks: 'raw',
          variants: { a: { image }, b: { image } },
          capacity: { kind: 'serverless' },
        },
      ],
    },
    /endpoints\.0\.variants: name one/,
  ],
  ['an address that is none', { alarmEmail: 'ops' }, /alarmEmail/],
];

test.each(refused)('bad call: %s is named', (_, settings, words) => {
  expect(() => stageConfig({ dev: settings as StageSettings }, 'dev')).toThrow(words);
});

test('bad call: an environment that is not there is told with those that are', () => {
  expect(() => stageConfig(environments, 'staging')).toThrow(
    'There is no environment "staging"; infra/environments.ts has dev, prod.',
  );
});

test('bad call: a name that AWS would refuse in the names of resources is refused here', () => {
  expect(() => stageConfig({ 'My Stage': {} }, 'My Stage')).toThrow(/Environment "My Stage": use up to 20/);
});
