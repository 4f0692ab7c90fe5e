import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Loop, s3Credentials, startLoop, until } from '../loop/support.ts';
import { ensureS3Clients } from './s3-python.ts';

const pathTo = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const tiny = {
  command: [process.execPath, pathTo('../endpoint/containers/tiny-llm.ts')],
  speaks: 'openai',
};
const endpoints = {
  tiny,
  narrow: { ...tiny, concurrency: 1 },
  lazy: { ...tiny, kind: 'serverless' },
  queue: { ...tiny, kind: 'async' },
  gone: { command: ['no-such-program'], speaks: 'raw' },
  rank: { command: [ensureS3Clients(), 'serve.py'], speaks: 'raw' },
};
const page = readFileSync(pathTo('../../docs/endpoints.md'), 'utf8');

let folder: string;
let loop: Loop;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-endpoints-'));
  const file = join(folder, 'endpoints.json');
  writeFileSync(file, JSON.stringify(endpoints));
  writeFileSync(join(folder, 'serve.py'), /```python\n([\s\S]*?)```/.exec(page)![1]!);
  loop = await startLoop('--endpoints', file);
  await until(() => loop.output().includes('endpoint gone: its process could not be started') || null, 50);
});

afterAll(async () => {
  await loop.remove();
  rmSync(folder, { recursive: true });
});

/** Runs Python against the platform. */
async function python(...args: readonly string[]) {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: loop.s3Url,
    AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: /endpoints +(http:\S+)/.exec(loop.output())![1],
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(ensureS3Clients(), args, { env, cwd: folder });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { output, complaint, code };
}

test('boto3 invokes, streams, queues, and knows every refusal', async () => {
  const { output, complaint } = await python(pathTo('endpoint-boto.py'));

  expect(complaint).toBe('');
  const saying = (text: string) => expect.stringContaining(text);
  const LogStreamArn = saying(':log-group:/aws/sagemaker/Endpoints/tiny');
  const words = (status: number) => saying(`told to answer ${status}`);
  expect(JSON.parse(output)).toEqual({
    type: 'application/json',
    variant: 'AllTraffic',
    text: '0 1 2',
    stream: { type: 'text/event-stream', text: '0 1 2', done: true, error: null },
    broken_stream: {
      type: 'text/event-stream',
      text: '0 1',
      done: false,
      error: { Code: 'ModelStreamError', Message: 'The connection to the model was reset or closed.' },
    },
    unknown: [400, 'ValidationError', 'Endpoint other of account 000000000000 not found.', {}],
    variant_unknown: [400, 'ValidationError', 'Variant Blue not found for endpoint tiny.', {}],
    too_large: [400, 'ValidationError', saying("Value at 'body' failed to satisfy constraint"), {}],
    client_error: [
      424,
      'ModelError',
      saying('Received client error (422) from primary with message "{'),
      { OriginalStatusCode: 422, OriginalMessage: words(422), LogStreamArn },
    ],
    server_error: [
      424,
      'ModelError',
      saying('Received server error (503) from primary with message "{'),
      { OriginalStatusCode: 503, OriginalMessage: words(503), LogStreamArn },
    ],
    no_answer: [
      424,
      'ModelError',
      saying('Received server error (0) from primary with message'),
      { OriginalStatusCode: 0, OriginalMessage: saying('could not get a response'), LogStreamArn },
    ],
    only_async: [400, 'ValidationError', 'Endpoint queue only takes asynchronous invocations.', {}],
    not_async: [400, 'ValidationError', 'Endpoint tiny takes no asynchronous invocations.', {}],
    wrong_secret: [403, 'InvalidSignatureException', saying('does not match'), {}],
    asleep: [429, 'ModelNotReadyException', saying('still starting'), {}],
    awake: '0 1 2',
    crashed: [503, 'ServiceUnavailable', saying('will be started again'), {}],
    throttled: [400, 'ThrottlingException', saying('Rate exceeded'), {}],
    ticket: [202, 'mine'],
    queued: '0 1 2 3',
    queued_failure: saying('Received client error (400) from primary with message "{'),
  });
});

test('the AWS command line invokes, queues, and shows why it is refused', async () => {
  const aws = (...args: readonly string[]) => python('-m', 'awscli', ...args);
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'count 2' }] });
  const type = ['--content-type', 'application/json'];
  writeFileSync(join(folder, 'in.json'), body);
  const runtime = (operation: string, name: string, ...args: readonly string[]) =>
    aws('sagemaker-runtime', operation, '--endpoint-name', name, ...type, ...args);

  await aws('s3', 'cp', 'in.json', 's3://onramp-data/inputs/cli.json');
  const invoked = await runtime('invoke-endpoint', 'tiny', '--body', 'fileb://in.json', 'out.json');
  const input = ['--input-location', 's3://onramp-data/inputs/cli.json'];
  const queued = await runtime('invoke-endpoint-async', 'queue', ...input);
  const { OutputLocation: output } = JSON.parse(queued.output);
  const copied = await until(
    async () => (await aws('s3', 'cp', output, 'queued.json')).code === 0 || null,
    50,
  );
  const refused = await runtime('invoke-endpoint', 'other', '--body', 'fileb://in.json', 'out2.json');

  const answerIn = (file: string) =>
    JSON.parse(readFileSync(join(folder, file), 'utf8')).choices[0].message.content;
  expect(JSON.parse(invoked.output)).toEqual({
    ContentType: 'application/json',
    InvokedProductionVariant: 'AllTraffic',
  });
  expect(answerIn('out.json')).toBe('0 1');
  expect([copied, answerIn('queued.json')]).toEqual([true, '0 1']);
  expect(refused.code).not.toBe(0);
  expect(refused.complaint).toContain(
    'An error occurred (ValidationError) when calling the InvokeEndpoint operation: Endpoint other of account 000000000000 not found.',
  );
});

test('the program in the documentation honours the contract, and the command line there asks it', async () => {
  writeFileSync(join(folder, 'body.json'), /echo '(.+)' > body\.json/.exec(page)![1]!);
  const [, line] = /^aws (sagemaker-runtime .+)$/m.exec(page)!;

  await until(async () => (await python('-m', 'awscli', ...line!.split(' '))).code === 0 || null, 50);

  expect(JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'))).toEqual({ words: 2 });
});
