import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  InvokeEndpointAsyncCommand,
  type InvokeEndpointAsyncCommandInput,
  type InvokeEndpointAsyncCommandOutput,
} from '@aws-sdk/client-sagemaker-runtime';
import { expect, test } from 'vitest';
import { temporaryFolder, until } from '../support.ts';
import { hostParrots, refusalOf } from './hosting-support.ts';

/** An asynchronous endpoint, and what reads its answers. */
async function hostAsync(settings: object = {}, home = temporaryFolder()) {
  const host = await hostParrots({ home, endpoints: { m: { kind: 'async', ...settings } } });
  const read = async (uri: string | undefined) => {
    const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri!)!;
    const object = await host.stores[bucket as keyof typeof host.stores].get(key!);
    return object && Buffer.from(object.body).toString();
  };
  return {
    ...host,
    enqueue: (more: Partial<InvokeEndpointAsyncCommandInput>) =>
      host.client.send(new InvokeEndpointAsyncCommand({ EndpointName: 'm', ...more })),
    answer: ({ OutputLocation }: InvokeEndpointAsyncCommandOutput) => until(() => read(OutputLocation)),
    failure: ({ FailureLocation }: InvokeEndpointAsyncCommandOutput) => until(() => read(FailureLocation)),
    queued: () => readdirSync(join(home, 'endpoint-requests', 'm')),
  };
}

test('a request is taken at once, answered into the store, and starts the container that then ends again', async () => {
  const { enqueue, answer, timer, isMarked, queued } = await hostAsync({ idleSeconds: 60 });
  const before = isMarked('started');

  const ticket = await enqueue({ Body: 'say hello', ContentType: 'text/plain', InferenceId: 'mine' });
  const text = await answer(ticket);
  await until(() => timer.delays().filter((delayMs) => delayMs === 60_000).length === 2);
  timer.pass(60_000);
  await until(() => isMarked('terminated'));

  expect(before).toBe(false);
  expect(ticket).toMatchObject({
    InferenceId: 'mine',
    OutputLocation: expect.stringMatching(
      /^s3:\/\/onramp-artifacts\/endpoint-answers\/m\/[0-9a-f-]{36}\.out$/,
    ),
    FailureLocation: expect.stringMatching(
      /^s3:\/\/onramp-artifacts\/endpoint-answers\/m\/failures\/[0-9a-f-]{36}-error\.out$/,
    ),
    $metadata: { httpStatusCode: 202 },
  });
  expect(text).toBe('hello');
  expect(queued()).toEqual([]);
});

test('the input can lie in the store; the headers and the place of the answer are those of the request', async () => {
  const { enqueue, answer, stores } = await hostAsync();
  await stores['onramp-data'].put('inputs/a b.txt', 'head');

  const ticket = await enqueue({
    InputLocation: 's3://onramp-data/inputs/a b.txt',
    ContentType: 'image/png',
    Accept: 'application/json',
    CustomAttributes: 'trace=1',
    InferenceId: 'mine',
    S3OutputPathExtension: 'of/today',
    Filename: 'answer.json',
  });
  const headers = JSON.parse(await answer(ticket));

  expect(ticket.OutputLocation).toBe('s3://onramp-artifacts/endpoint-answers/m/of/today/answer.json');
  expect(headers).toMatchObject({
    'content-type': 'image/png',
    accept: 'application/json',
    'content-length': '4',
    'x-amzn-sagemaker-custom-attributes': 'trace=1',
    'x-amzn-sagemaker-inference-id': 'mine',
  });
});

test('expected failure: why there is no answer is written where the failures go', async () => {
  const { enqueue, failure, queued } = await hostAsync();

  const tickets = await Promise.all([
    enqueue({ Body: 'status 400 no such column' }),
    enqueue({ Body: 'hang', InvocationTimeoutSeconds: 1 }),
    enqueue({ Body: 'chunks abc' }),
    enqueue({ InputLocation: 's3://onramp-data/none' }),
    enqueue({ InputLocation: 's3://elsewhere/none' }),
  ]);
  const failures = await Promise.all(tickets.map(failure));

  expect(failures).toEqual([
    expect.stringMatching(/^Received client error \(400\) from primary with message "no such column"\./),
    expect.stringMatching(
      /^Received server error \(0\) .* Your invocation timed out|"Your invocation timed out/,
    ),
    'The response from container primary did not specify the required Content-Length header',
    'Could not read the input at s3://onramp-data/none: there is no such object.',
    'Could not read the input at s3://elsewhere/none: there is no such object.',
  ]);
  await until(() => queued().length === 0);
});

test('expected failure: of an answer that is not taken, the connection is closed', async () => {
  const { enqueue, failure, isMarked } = await hostAsync();

  const words = await failure(await enqueue({ Body: 'parts abc HANG' }));

  expect(words).toContain('did not specify the required Content-Length header');
  await until(() => isMarked('left'));
});

test('a request that waits longer than it may fails, though no container ever starts', async () => {
  const { enqueue, failure, timer, clock } = await hostAsync({ command: ['no-such-program'] });
  const ticket = await enqueue({ Body: 'say hello', RequestTTLSeconds: 60 });

  clock.nowMs += 59_999;
  timer.pass(30_000);
  clock.nowMs += 1;
  timer.pass(30_000);

  expect(await failure(ticket)).toBe('The request waited in the queue for too long.');
});

test('what was taken is answered after the end of everything', async () => {
  const home = temporaryFolder();
  const first = await hostAsync({}, home);
  const hanging = await first.enqueue({ Body: 'hang' });
  await until(() => first.isMarked('hanging'));
  await first.close();

  const second = await hostAsync({ environment: { PARROT_CALM: 'yes' } }, home);
  second.hosting.resume();

  expect(await second.answer(hanging)).toBe('calm');
  await until(() => second.queued().length === 0);
});

test('expected failure: what the power failed in the middle of is reported and cleared, and stops nobody', async () => {
  const home = temporaryFolder();
  const folder = join(home, 'endpoint-requests', 'm');
  mkdirSync(folder, { recursive: true });
  for (const file of ['1.json', '2.json.tmp']) writeFileSync(join(folder, file), '');

  const { enqueue, answer, reports, queued } = await hostAsync({}, home);
  const left = queued();

  expect(left).toEqual([]);
  expect(reports).toEqual([
    expect.stringMatching(/^endpoint m: .*1\.json holds no request and is removed: /),
  ]);
  expect(await answer(await enqueue({ Body: 'say hello' }))).toBe('hello');
});

test('expected failure: while the store cannot be written to, a request is kept and tried again', async () => {
  const { enqueue, answer, stores, timer, reports, queued } = await hostAsync();
  const { upload } = stores['onramp-artifacts'];
  stores['onramp-artifacts'].upload = async () => {
    throw new Error('the disk is full');
  };
  const ticket = await enqueue({ Body: 'say hello' });
  await until(() => reports.length > 0);
  const kept = queued().length;

  stores['onramp-artifacts'].upload = upload;
  timer.pass(30_000);

  expect(await answer(ticket)).toBe('hello');
  expect([kept, reports]).toEqual([1, ['endpoint m: the disk is full']]);
});

test('no more requests than a container is to take are with it at a time', async () => {
  const { enqueue, answer, isMarked, timer } = await hostAsync({ concurrency: 1 });

  await enqueue({ Body: 'hang', InvocationTimeoutSeconds: 1 });
  const second = await enqueue({ Body: 'say second' });
  await until(() => isMarked('hanging'));
  const isWaiting = timer.delays().includes(30_000);

  expect(isWaiting).toBe(true);
  expect(await answer(second)).toBe('second');
});

test('bad call: a request without input, with two, too large or out of range is refused', async () => {
  const { enqueue, invoke, stream } = await hostAsync();

  const refusals = await Promise.all([
    refusalOf(enqueue({})),
    refusalOf(enqueue({ Body: 'a', InputLocation: 's3://bucket/key' })),
    refusalOf(enqueue({ Body: 'a'.repeat(128_001) })),
    refusalOf(enqueue({ InputLocation: 'https://bucket.s3.amazonaws.com/key' })),
    refusalOf(enqueue({ Body: 'a', RequestTTLSeconds: 59 })),
    refusalOf(enqueue({ Body: 'a', InvocationTimeoutSeconds: 3601 })),
    refusalOf(enqueue({ Body: 'a', Filename: '../up' })),
    refusalOf(enqueue({ Body: 'a', S3OutputPathExtension: 's3://elsewhere' })),
    refusalOf(invoke('name')),
    refusalOf(stream('name')),
  ]);

  expect(refusals.map(({ name, status }) => [name, status])).toEqual(
    Array(refusals.length).fill(['ValidationError', 400]),
  );
  expect(refusals.map(({ message }) => message)).toEqual([
    'Give either InputLocation or Body.',
    'Give either InputLocation or Body.',
    expect.stringContaining(
      "'body' failed to satisfy constraint: Member must have length less than or equal to 128000",
    ),
    'InputLocation must be s3://bucket/key here.',
    expect.stringContaining(
      "'RequestTTLSeconds' failed to satisfy constraint: Member must have value from 60",
    ),
    expect.stringContaining("'InvocationTimeoutSeconds' failed"),
    expect.stringContaining("'filename' failed"),
    expect.stringContaining("'s3OutputPathExtension' failed"),
    'Endpoint m only takes asynchronous invocations.',
    'Endpoint m only takes asynchronous invocations.',
  ]);
});
