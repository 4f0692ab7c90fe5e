import { expect, test } from 'vitest';
import { functionEnvironment } from '../../../infra/local/environment.ts';

const places = {
  functionName: 'onramp-api',
  s3Url: 'http://127.0.0.1:1',
  schedulerUrl: 'http://127.0.0.1:2',
  temporaryFolder: '/tmp/onramp',
};

test('nothing of the user’s AWS reaches a function, and every service it asks is on loopback', () => {
  const inherited = { PATH: '/bin', AWS_PROFILE: 'work', AWS_SESSION_TOKEN: 't', ONRAMP_ENDPOINTS: '{}' };

  const environment = functionEnvironment(inherited, {
    ...places,
    sagemakerUrl: 'http://127.0.0.1:3',
    runtimeUrl: 'http://127.0.0.1:4',
    endpointModels: '{"chat":{}}',
  });

  expect(environment).toMatchObject({
    PATH: '/bin',
    TMPDIR: '/tmp/onramp',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_SCHEDULER: 'http://127.0.0.1:2',
    AWS_ENDPOINT_URL_SAGEMAKER: 'http://127.0.0.1:3',
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: 'http://127.0.0.1:4',
    ONRAMP_ENDPOINTS: '{"chat":{}}',
  });
  expect(environment).not.toHaveProperty('AWS_PROFILE');
  expect(environment).not.toHaveProperty('AWS_SESSION_TOKEN');
});

test('a process that asks no endpoints is told of none', () => {
  const environment = functionEnvironment(
    { ONRAMP_ENDPOINTS: '{"chat":{}}' },
    { ...places, endpointModels: '' },
  );

  expect(environment).not.toHaveProperty('AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME');
  expect(environment).not.toHaveProperty('ONRAMP_ENDPOINTS');
});
