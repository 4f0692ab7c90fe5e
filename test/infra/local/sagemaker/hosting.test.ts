import { expect, test } from 'vitest';
import { hostParrots, refusalOf } from './hosting-support.ts';

test('a container gets the body and the headers that SageMaker knows, and no other; what it answers comes back', async () => {
  const { invoke, ready } = await hostParrots({ endpoints: { m: {} } });
  await ready();

  const said = await invoke('say hello', { ContentType: 'text/csv', CustomAttributes: 'trace=1' });
  const { text } = await invoke('head', {
    ContentType: 'text/csv',
    Accept: 'application/json',
    CustomAttributes: 'trace=1',
    TargetModel: 'a.tar.gz',
    TargetVariant: 'AllTraffic',
    InferenceId: 'one two',
    InferenceComponentName: 'part-1',
    SessionId: 'abc-1',
  });

  expect(said).toMatchObject({
    text: 'hello',
    ContentType: 'text/plain',
    CustomAttributes: 'trace=2',
    InvokedProductionVariant: 'AllTraffic',
  });
  const { host: _, connection, ...headers } = JSON.parse(text);
  expect(connection).toBe('close');
  expect(headers).toEqual({
    'content-type': 'text/csv',
    accept: 'application/json',
    'content-length': '4',
    'x-amzn-sagemaker-custom-attributes': 'trace=1',
    'x-amzn-sagemaker-target-model': 'a.tar.gz',
    'x-amzn-sagemaker-target-variant': 'AllTraffic',
    'x-amzn-sagemaker-inference-id': 'one two',
    'x-amzn-sagemaker-inference-component': 'part-1',
    'x-amzn-sagemaker-session-id': 'abc-1',
  });
});

test('expected failure: what a container answers with 4xx or 5xx is an error of the model, with its own words', async () => {
  const { invoke, ready, logPath } = await hostParrots({ endpoints: { m: {} } });
  await ready();

  const refusals = await Promise.all([
    refusalOf(invoke('status 422 {"error":"no rows"}')),
    refusalOf(invoke('status 503 overloaded')),
  ]);

  const LogStreamArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/Endpoints/m';
  expect(refusals).toEqual([
    {
      ...{ name: 'ModelError', status: 424, LogStreamArn },
      message: `Received client error (422) from primary with message "{"error":"no rows"}". See ${logPath('m')} for more information.`,
      OriginalStatusCode: 422,
      OriginalMessage: '{"error":"no rows"}',
    },
    {
      ...{ name: 'ModelError', status: 424, LogStreamArn },
      message: `Received server error (503) from primary with message "overloaded". See ${logPath('m')} for more information.`,
      OriginalStatusCode: 503,
      OriginalMessage: 'overloaded',
    },
  ]);
});
