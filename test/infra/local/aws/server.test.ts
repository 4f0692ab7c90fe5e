import { SageMakerClient, StopTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { expect, onTestFinished, test } from 'vitest';
import { AwsRefusal, type AwsServerOptions, startAwsServer } from '../../../../infra/local/aws/index.ts';

const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };

/** A service that Amazon's clients for REST and for AWS JSON can ask. */
async function startServer(answer: AwsServerOptions['answer'], service = 'sagemaker') {
  const reports: string[] = [];
  const { url, close } = await startAwsServer({
    ...{ service, credentials, answer },
    host: '127.0.0.1',
    port: 0,
    bodyLimitBytes: 1000,
    now: () => Date.now(),
    failure: 'InternalFailure',
    report: (message) => reports.push(message),
  });
  onTestFinished(close);
  const client = { endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 };
  const rest = new SageMakerRuntimeClient(client);
  const targeted = new SageMakerClient(client);
  return {
    reports,
    invoke: (body: string) =>
      rest.send(new InvokeEndpointCommand({ EndpointName: 'a b', Body: body, ContentType: 'text/csv' })),
    stop: () => targeted.send(new StopTrainingJobCommand({ TrainingJobName: 'job' })),
  };
}

const refuse = async (): Promise<never> => {
  throw new AwsRefusal('ResourceNotFoundException', 'There is none.');
};
const crash = async (): Promise<never> => {
  throw new Error('the disk is full');
};
const statusOf = (status: number, name: string, message: string) =>
  expect.objectContaining({ name, message, $metadata: expect.objectContaining({ httpStatusCode: status }) });

test('a handler gets the signed request, and may write bytes and headers of its own, one after the other', async () => {
  const asked: unknown[] = [];
  const { invoke } = await startServer(async ({ method, pathname, headers, body }, response) => {
    asked.push([method, pathname, headers['content-type'], body.toString()]);
    response.writeHead(200, { 'content-type': 'image/x-raw', 'x-amzn-invoked-production-variant': 'blue' });
    response.write(Buffer.of(0, 255));
    response.end(Buffer.of(128));
    return null;
  });

  const { Body, ContentType, InvokedProductionVariant } = await invoke('1,2');

  expect(asked).toEqual([['POST', '/endpoints/a%20b/invocations', 'text/csv', '1,2']]);
  expect([...Body]).toEqual([0, 255, 128]);
  expect([ContentType, InvokedProductionVariant]).toEqual(['image/x-raw', 'blue']);
});

test('bad call: a refusal has its own status for REST, and 400 for AWS JSON', async () => {
  const { invoke, stop, reports } = await startServer(refuse);

  const failures = await Promise.allSettled([invoke(''), stop()]);

  expect(failures.map((failure) => failure.status === 'rejected' && failure.reason)).toEqual([
    statusOf(404, 'ResourceNotFoundException', 'There is none.'),
    statusOf(400, 'ResourceNotFoundException', 'There is none.'),
  ]);
  expect(reports).toEqual([]);
});

test('expected failure: an error of the handler is reported, and not told to the client', async () => {
  const { invoke, stop, reports } = await startServer(crash);

  const failures = await Promise.allSettled([invoke(''), stop()]);

  expect(failures.map((failure) => failure.status === 'rejected' && failure.reason)).toEqual(
    Array(2).fill(statusOf(500, 'InternalFailure', 'Something went wrong here.')),
  );
  expect(reports).toEqual(Array(2).fill(expect.stringMatching(/^sagemaker: Error: the disk is full\n/)));
});

test('expected failure: an answer that breaks in its middle does not look like a whole one', async () => {
  const { invoke, reports } = await startServer(async (_, response) => {
    response.write('half');
    return crash();
  });

  const answer = invoke('');

  await expect(answer).rejects.toThrow(/aborted|terminated|hang up/);
  expect(reports).toHaveLength(1);
});

test('bad call: a signature that was made for another service is refused', async () => {
  const { invoke } = await startServer(async () => ({}), 'scheduler');

  await expect(invoke('')).rejects.toMatchObject({ name: 'InvalidSignatureException' });
});

test('bad call: a body that is too large is refused before anything is done', async () => {
  let isAsked = false;
  const { invoke } = await startServer(async () => {
    isAsked = true;
    return {};
  });

  await expect(invoke('x'.repeat(1001))).rejects.toThrow('The body is larger than 1000 bytes.');
  expect(isAsked).toBe(false);
});
