import {
  InvokeEndpointAsyncCommand,
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
} from '@aws-sdk/client-sagemaker-runtime';
import { expect, test } from 'vitest';
import { until } from '../support.ts';
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

test('expected failure: a container that hangs, breaks off, talks no HTTP or dies is an error of the model in time', async () => {
  const { invoke, ready } = await hostParrots({
    endpoints: { m: {}, weak: {} },
    limits: { invocationMs: 300, bodyBytes: 1000 },
  });
  await Promise.all([ready(), ready('weak')]);

  const refusals = await Promise.all([
    refusalOf(invoke('hang')),
    refusalOf(invoke('break')),
    refusalOf(invoke('garbage')),
    refusalOf(invoke('exit', { EndpointName: 'weak' })),
    refusalOf(invoke('parts a b BREAK')),
    refusalOf(invoke('bytes 1001')),
  ]);

  const silent = expect.stringContaining('could not get a response from the');
  const broken = expect.stringContaining('(500) from primary and could not load the entire response body');
  expect(refusals).toMatchObject([
    {
      OriginalStatusCode: 0,
      message: expect.stringContaining(
        'Received server error (0) from primary with message "Your invocation timed out while waiting for a response from container primary.',
      ),
    },
    { OriginalStatusCode: 0, message: silent },
    { OriginalStatusCode: 0, message: silent },
    { OriginalStatusCode: 0, message: silent },
    { OriginalStatusCode: 500, message: broken },
    { OriginalStatusCode: 500, message: broken },
  ]);
  expect(refusals.map(({ name, status }) => [name, status])).toEqual(Array(6).fill(['ModelError', 424]));
});

test('bad call: what SageMaker does not take never comes to the container', async () => {
  const { invoke, ready, stream, client } = await hostParrots({
    endpoints: { m: {}, small: { kind: 'serverless' } },
  });
  await ready();
  const enqueue = new InvokeEndpointAsyncCommand({ EndpointName: 'm', InputLocation: 's3://bucket/key' });

  const refusals = await Promise.all([
    refusalOf(invoke('say', { EndpointName: 'other' })),
    refusalOf(invoke('say', { TargetVariant: 'Blue' })),
    refusalOf(invoke('say', { SessionId: '-' })),
    refusalOf(invoke('say', { CustomAttributes: 'x'.repeat(1025) })),
    refusalOf(invoke(Buffer.alloc(6_291_457))),
    refusalOf(invoke(Buffer.alloc(9_000_000))),
    refusalOf(invoke(Buffer.alloc(4_194_305), { EndpointName: 'small' })),
    refusalOf(client.send(enqueue)),
    refusalOf(stream('say', { SessionId: 'NEW_SESSION' })),
  ]);

  expect(refusals.map(({ name, status }) => [name, status])).toEqual(
    Array(refusals.length).fill(['ValidationError', 400]),
  );
  expect(refusals.map(({ message }) => message)).toEqual([
    'Endpoint other of account 000000000000 not found.',
    'Variant Blue not found for endpoint m.',
    expect.stringMatching(/Value at 'sessionId' failed .* regular expression pattern/),
    expect.stringMatching(/Value at 'customAttributes' failed .* less than or equal to 1024/),
    ...Array(2).fill(expect.stringMatching(/Value at 'body' failed .* less than or equal to 6291456$/)),
    expect.stringMatching(/^Request .* has oversize body\.$/),
    'Endpoint m takes no asynchronous invocations.',
    'A session can be created with InvokeEndpoint only.',
  ]);
});

test('a stream comes whole and in order, under the type that the container gives it', async () => {
  const { ready, stream } = await hostParrots({ endpoints: { m: {} } });
  await ready();
  const words = Array.from({ length: 200 }, (_, index) => `${index},`);

  const { parts, ...rest } = await stream(`parts ${words.join(' ')}`, { Accept: 'text/event-stream' });

  expect(rest).toMatchObject({
    ContentType: 'text/event-stream',
    InvokedProductionVariant: 'AllTraffic',
    error: undefined,
  });
  expect(parts.join('')).toBe(words.join(''));
});

test('a part is passed on before there is another; a client that leaves then ends the call', async () => {
  const { ready, client, isMarked } = await hostParrots({ endpoints: { m: {} } });
  await ready();
  const command = new InvokeEndpointWithResponseStreamCommand({ EndpointName: 'm', Body: 'parts one HANG' });
  const leave = new AbortController();
  const { Body } = await client.send(command, { abortSignal: leave.signal });

  const { value } = await Body![Symbol.asyncIterator]().next();
  leave.abort();

  expect(Buffer.from(value.PayloadPart.Bytes).toString()).toBe('one');
  await until(() => isMarked('left'));
});

test('expected failure: a stream that breaks or lasts too long says so after its last part; a refusal comes before it', async () => {
  const { ready, stream } = await hostParrots({ endpoints: { m: {} }, limits: { streamMs: 500 } });
  await ready();

  const [broken, late, refusal] = await Promise.all([
    stream('parts one two BREAK'),
    stream('parts one HANG'),
    refusalOf(stream('status 429 slow down')),
  ]);

  expect(broken.parts.join('')).toBe('onetwo');
  expect(broken).toMatchObject({
    error: { name: 'ModelStreamError', ErrorCode: 'StreamBroken' },
  });
  expect(late).toMatchObject({
    parts: ['one'],
    error: { name: 'ModelStreamError', ErrorCode: 'ModelInvocationTimeExceeded' },
  });
  expect(refusal).toMatchObject({ name: 'ModelError', status: 424, OriginalStatusCode: 429 });
});

test('a client that leaves ends the call of the container, and makes room for the next', async () => {
  const { ready, invoke, client, isMarked } = await hostParrots({ endpoints: { m: { concurrency: 1 } } });
  await ready();
  const leave = new AbortController();
  const command = new InvokeEndpointCommand({ EndpointName: 'm', Body: 'hang' });
  const left = client.send(command, { abortSignal: leave.signal }).catch((error: Error) => error.name);
  await until(() => isMarked('hanging'));

  const tooMany = await refusalOf(invoke('name'));
  leave.abort();

  expect(tooMany).toMatchObject({ name: 'ThrottlingException', status: 400 });
  expect(await left).toBe('AbortError');
  await until(() => isMarked('left'));
  await ready();
});

test('variants share the requests by their weights; a target or a session goes to one of them', async () => {
  const dice = [0.1, 0.7, 0.8];
  const { invoke, ready, stream } = await hostParrots({
    random: () => dice.shift() ?? 0.9,
    endpoints: {
      m: {
        variants: {
          Blue: { weight: 3, environment: { PARROT_NAME: 'blue' } },
          Green: { environment: { PARROT_NAME: 'green' } },
          Trial: { weight: 0, environment: { PARROT_NAME: 'trial' } },
        },
      },
    },
  });
  const readyAt = (TargetVariant: string) =>
    until(() => invoke('name', { TargetVariant }).then(Boolean, () => false));
  await Promise.all(['Blue', 'Green', 'Trial'].map(readyAt));

  const byWeight = [await invoke('name'), await invoke('name'), await invoke('name')];
  const target = await invoke('name', { TargetVariant: 'Trial' });
  const opened = await invoke('open', { SessionId: 'NEW_SESSION', TargetVariant: 'Blue' });
  const inSession = await invoke('name', { SessionId: 'abc-1' });
  const streamed = await stream('name', { SessionId: 'abc-1' });
  const shut = await invoke('shut', { SessionId: 'abc-1' });
  const after = await invoke('name', { SessionId: 'abc-1' });

  expect(byWeight.map(({ text }) => text)).toEqual(['blue', 'blue', 'green']);
  expect(target).toMatchObject({ text: 'trial', InvokedProductionVariant: 'Trial' });
  expect(opened.NewSessionId).toBe('abc-1; Expires=2099-01-01T00:00:00Z');
  expect([inSession.text, streamed.parts.join('')]).toEqual(['blue', 'blue']);
  expect(shut.ClosedSessionId).toBe('abc-1');
  expect(after.text).toBe('green');
  await ready();
});
