import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTrainingJobs, type TrainingJobs, trainingJobName } from '../../lib/endpoint/index.ts';

interface Sent {
  readonly target: string;
  readonly type: string;
  readonly body: unknown;
}

let server: Server;
let sent: Sent[];
let answer: { readonly status: number; readonly body: object };
let jobs: TrainingJobs;

const settings = {
  image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/onramp@sha256:0',
  roleArn: 'arn:aws:iam::111122223333:role/training',
  instance: 'ml.m5.2xlarge',
  bucket: 'artifacts',
  environment: { ONRAMP_DATA_BUCKET: 'data', ONRAMP_ARTIFACT_BUCKET: 'artifacts' },
};

beforeEach(async () => {
  sent = [];
  answer = { status: 200, body: {} };
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { 'x-amz-target': target, 'content-type': type } = request.headers;
    sent.push({
      target: String(target),
      type: String(type),
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new SageMakerClient({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
  });
  jobs = createTrainingJobs(settings, client);
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const draft = { name: 'onramp-heart-0', model: 'heart', run: '0123456789abcdef' };

/** Refuses as SageMaker does. */
const refuse = (name: string, message: string): void => {
  answer = { status: 400, body: { __type: name, message } };
};

describe('the request for a training job', () => {
  test('says all that SageMaker must know, and brings no data along', async () => {
    answer = { status: 200, body: { TrainingJobArn: 'arn' } };

    await jobs.start(draft);

    expect(sent).toEqual([
      {
        target: 'SageMaker.CreateTrainingJob',
        type: 'application/x-amz-json-1.1',
        body: {
          TrainingJobName: 'onramp-heart-0',
          RoleArn: settings.roleArn,
          AlgorithmSpecification: { TrainingImage: settings.image, TrainingInputMode: 'File' },
          HyperParameters: { model: 'heart', run: '0123456789abcdef' },
          Environment: settings.environment,
          OutputDataConfig: { S3OutputPath: 's3://artifacts/training-outputs/' },
          ResourceConfig: { InstanceType: 'ml.m5.2xlarge', InstanceCount: 1, VolumeSizeInGB: 50 },
          StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
          RetryStrategy: { MaximumRetryAttempts: 2 },
          Tags: [
            { Key: 'onramp:model', Value: 'heart' },
            { Key: 'onramp:run', Value: '0123456789abcdef' },
          ],
        },
      },
    ]);
  });

  test('is no failure when the job exists already', async () => {
    refuse('ResourceInUse', 'Job name must be unique within an AWS account and region');

    await expect(jobs.start(draft)).resolves.toBeUndefined();
  });

  test.each([
    ['ResourceLimitExceeded', 'training_job_delayed'],
    ['ThrottlingException', 'training_job_delayed'],
    ['ValidationException', 'training_job_refused'],
    ['AccessDeniedException', 'training_job_refused'],
  ])('bad call: %s is told in its own words, as %s', async (name, code) => {
    refuse(name, 'The limit for ml.m5.2xlarge is 0 Instances');

    await expect(jobs.start(draft)).rejects.toMatchObject({
      kind: 'upstream',
      code,
      message: expect.stringContaining(`${name}: The limit for ml.m5.2xlarge is 0 Instances`),
    });
  });

  test('bad call: a fault of the service, or no answer at all, is only a delay', async () => {
    answer = { status: 500, body: { __type: 'InternalFailure', message: '' } };
    const fault = jobs.start(draft);
    await expect(fault).rejects.toMatchObject({ code: 'training_job_delayed' });
    server.closeAllConnections();
    server.close();

    await expect(jobs.start(draft)).rejects.toMatchObject({ code: 'training_job_delayed' });
  });
});

describe('what became of a job', () => {
  test('is told in SageMaker’s words', async () => {
    answer = {
      status: 200,
      body: { TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', FailureReason: 'AlgorithmError: x' },
    };

    const state = await jobs.describe('onramp-heart-0');

    expect(state).toEqual({ status: 'Failed', secondary: 'Failed', reason: 'AlgorithmError: x' });
  });

  test.each([
    ['ResourceNotFound', 'as the reference promises'],
    ['ValidationException', 'Requested resource not found.'],
  ])('is nothing for a job that is not there (%s)', async (name, message) => {
    refuse(name, message);

    expect(await jobs.describe('onramp-none')).toBeNull();
  });

  test('bad call: any other refusal is no answer', async () => {
    refuse('ValidationException', "1 validation error detected: Value at 'trainingJobName' ...");

    await expect(jobs.describe('-')).rejects.toMatchObject({ code: 'training_job_refused' });
  });
});

test('stopping a job that has ended already is no failure, being refused access is one', async () => {
  refuse('ValidationException', 'The request was rejected because the training job is in status Stopped.');
  await jobs.stop('onramp-heart-0');
  refuse('AccessDeniedException', 'User is not authorized to perform sagemaker:StopTrainingJob');

  await expect(jobs.stop('onramp-heart-0')).rejects.toMatchObject({ code: 'training_job_refused' });
  expect(sent.map(({ target }) => target)).toEqual([
    'SageMaker.StopTrainingJob',
    'SageMaker.StopTrainingJob',
  ]);
});

test('a job’s name is one that SageMaker takes, the same for the same run and for no other', () => {
  const base = { bucket: 'b', model: 'heart', run: 'r', created: 't' };
  const models = ['a', 'a.b_c-d', 'x-', 'a--', `${'long.'.repeat(12)}end`];

  const names = models.map((model) => trainingJobName({ ...base, model }));
  const others = (['bucket', 'model', 'run', 'created'] as const).map((part) =>
    trainingJobName({ ...base, [part]: `${base[part]}2` }),
  );

  for (const name of names) expect(name).toMatch(/^(?=.{1,63}$)onramp-[a-zA-Z0-9](-*[a-zA-Z0-9])*$/);
  expect(trainingJobName(base)).toBe(trainingJobName({ ...base }));
  expect(new Set([trainingJobName(base), ...others]).size).toBe(5);
});
