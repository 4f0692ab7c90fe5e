import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AwsServer } from '../../../../infra/local/aws/index.ts';
import { startTrainingEngine, startTrainingServer } from '../../../../infra/local/sagemaker/index.ts';
import { type TrainingJobEvent, trainingJobEvent } from '../../../../lib/contracts/events.ts';
import { createTrainingJobs, type TrainingJobs } from '../../../../lib/endpoint/index.ts';
import { until } from '../../../loop/support.ts';

const credentials = { accessKeyId: 'onramp', secretAccessKey: 'onramp-local' };

/** Stands for the container: does what the model's name says. */
const program = `
import { readFileSync, writeFileSync } from 'node:fs';
const base = process.env.SAGEMAKER_BASE_DIR;
const { model, run } = JSON.parse(readFileSync(base + '/input/config/hyperparameters.json', 'utf8'));
console.log(JSON.stringify({ level: 'INFO', message: [process.argv[2], process.env.TRAINING_JOB_NAME, process.env.GIVEN, run].join(' ') }));
if (model === 'fails') { writeFileSync(base + '/output/failure', 'no column "x"'); process.exit(1); }
if (model === 'waits') {
  process.on('SIGTERM', () => process.exit(1));
  setInterval(() => {}, 1000);
  console.log('ready');
}
`;

let directory: string;
let server: AwsServer;
let closeEngine: () => Promise<void>;
let jobs: TrainingJobs;
let events: { readonly name: string; readonly event: TrainingJobEvent }[];
let logged: string;

async function start(): Promise<void> {
  const engine = startTrainingEngine({
    directory: join(directory, 'jobs'),
    entry: join(directory, 'container.mjs'),
    environment: { TMPDIR: directory },
    log: {
      path: 'log',
      write: (text) => {
        logged += Buffer.from(text as Uint8Array).toString();
      },
      rotateIfLarge: () => false,
      close: () => {},
    },
    onLogError: () => {},
    send: (name, body) => events.push({ name, event: trainingJobEvent.parse(JSON.parse(body)) }),
    newId: () => 'id',
    now: () => Date.now(),
  });
  closeEngine = engine.close;
  const common = { host: '127.0.0.1', port: 0, now: () => Date.now(), report: () => {} };
  server = await startTrainingServer({ engine, credentials, ...common });
  jobs = createTrainingJobs(
    {
      image: 'onramp',
      roleArn: 'arn:aws:iam::000000000000:role/onramp-training',
      instance: 'ml.m5.2xlarge',
      bucket: 'artifacts',
      environment: { GIVEN: 'given' },
    },
    clientWith(credentials),
  );
}

const clientWith = (keys: typeof credentials) =>
  new SageMakerClient({ region: 'us-east-1', endpoint: server.url, credentials: keys, maxAttempts: 1 });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'onramp-jobs-'));
  writeFileSync(join(directory, 'container.mjs'), program);
  events = [];
  logged = '';
  await start();
});

afterEach(async () => {
  await server.close();
  await closeEngine();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

const ended = (name: string) =>
  until(async () => {
    const state = await jobs.describe(name);
    return state && !['InProgress', 'Stopping'].includes(state.status) && state;
  }, 10);

const detailOf = (index: number) => events[index]!.event.detail;

test('a job runs the container with its parameters and its environment, and its end is told to train', async () => {
  await jobs.start({ name: 'onramp-a', model: 'heart', run: '17' });

  const state = await ended('onramp-a');

  expect(state).toEqual({ status: 'Completed', secondary: 'Completed', reason: '' });
  expect(logged).toContain('train onramp-a given 17');
  expect(events.map(({ name }) => name)).toEqual(['train']);
  expect(detailOf(0)).toMatchObject({ TrainingJobName: 'onramp-a', TrainingJobStatus: 'Completed' });
});

test('a job that fails gives the text of its failure file and its exit code', async () => {
  await jobs.start({ name: 'onramp-b', model: 'fails', run: '17' });

  const state = await ended('onramp-b');

  const reason = 'AlgorithmError: no column "x", exit code: 1';
  expect(state).toEqual({ status: 'Failed', secondary: 'Failed', reason });
  expect(detailOf(0)).toMatchObject({ FailureReason: reason });
});

test('a job that is stopped gets SIGTERM; one that waits for its turn never begins', async () => {
  await jobs.start({ name: 'onramp-c', model: 'waits', run: '1' });
  await jobs.start({ name: 'onramp-d', model: 'heart', run: '2' });
  await until(() => logged.includes('ready'), 10);

  await jobs.stop('onramp-d');
  await jobs.stop('onramp-c');
  const states = [await ended('onramp-c'), await ended('onramp-d')];

  expect(states.map(({ status }) => status)).toEqual(['Stopped', 'Stopped']);
  expect(logged).not.toContain('onramp-d');
  expect(events).toHaveLength(2);
});

test('a job goes on after the end of everything, and is told of once', async () => {
  await jobs.start({ name: 'onramp-e', model: 'waits', run: '1' });
  await until(() => logged.includes('ready'), 10);
  await server.close();
  await closeEngine();
  const told = events.length;
  writeFileSync(join(directory, 'container.mjs'), program.replace("'waits'", "'never'"));

  await start();

  expect(told).toBe(0);
  expect(await ended('onramp-e')).toMatchObject({ status: 'Completed' });
  expect(events).toHaveLength(1);
});

test('a name is taken once, an unknown job is none, and stopping what has ended is no fault', async () => {
  await jobs.start({ name: 'onramp-f', model: 'heart', run: '1' });
  await ended('onramp-f');

  await jobs.start({ name: 'onramp-f', model: 'heart', run: '1' });
  await jobs.stop('onramp-f');
  await jobs.stop('onramp-none');

  expect(await jobs.describe('onramp-none')).toBeNull();
  expect(events).toHaveLength(1);
});

test('bad call: a wrong key and a request that says too little are refused by name', async () => {
  const stranger = clientWith({ ...credentials, secretAccessKey: 'another' });
  const named = new CreateTrainingJobCommand({ TrainingJobName: 'onramp-g' } as never);

  const [key, body] = await Promise.allSettled([stranger.send(named), clientWith(credentials).send(named)]);

  expect([key, body]).toMatchObject([
    { reason: { name: 'InvalidSignatureException' } },
    { reason: { name: 'ValidationException', message: expect.stringContaining('RoleArn') } },
  ]);
});
