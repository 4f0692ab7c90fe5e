import { Agent } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createEndpoints, type EndpointBodyCall, type EndpointSettings } from '../../lib/endpoint/index.ts';
import { createRuntimeClient } from '../../lib/endpoint/runtime-sdk.ts';
import { bytesOf, exception, part } from './event-stream.ts';
import {
  answer,
  beginStream,
  frames,
  hang,
  modelError,
  refusal,
  reset,
  runtimeClient,
  type Script,
  startRuntime,
} from './runtime-server.ts';
import { manualTimers, rushingTimers } from './timers.ts';

const call: EndpointBodyCall = { endpoint: 'llm', contentType: 'application/json', body: '{}' };

/** A breaker that never opens, so that retries are seen alone. */
const noBreaker = { failuresInRow: Number.POSITIVE_INFINITY, leastOutcomes: Number.POSITIVE_INFINITY };
const settings = (): EndpointSettings & { readonly timers: ReturnType<typeof rushingTimers> } => ({
  breaker: noBreaker,
  timers: rushingTimers(),
  random: () => 0.5,
});

const unavailable = refusal(503, 'ServiceUnavailable');
const notReady = refusal(429, 'ModelNotReadyException');
const throttled = refusal(400, 'ThrottlingException');

describe('what is repeated', () => {
  test.each<[string, Script]>([
    ['SageMaker was unavailable', unavailable],
    ['the container was starting', notReady],
    ['the endpoint was throttled', throttled],
    ['the container asked for fewer requests', modelError(429, '')],
    ['the container did not take it on', modelError(503, '')],
  ])('a call is, when %s', async (_, refused) => {
    const runtime = await startRuntime(refused, refused, answer('{}'));

    const { attempts } = await createEndpoints(settings(), runtime.client).invoke(call);

    expect(attempts).toBe(3);
    expect(runtime.received).toHaveLength(3);
  });

  test.each<[string, Script]>([
    ['the container failed', modelError(500, '')],
    ['the container gave no answer', modelError(0, 'Amazon SageMaker could not get a response.')],
    ['SageMaker failed', refusal(500, 'InternalFailure')],
    ['a service behind SageMaker failed', refusal(530, 'InternalDependencyException')],
    ['the connection broke', reset],
  ])('a call whose work may be done is only if it says that it may be, when %s', async (_, failed) => {
    const runtime = await startRuntime(failed, answer('{}'), failed, answer('{}'));
    const endpoints = createEndpoints(settings(), runtime.client);

    const { attempts } = await endpoints.invoke({ ...call, repeatable: true });
    const failure = endpoints.invoke(call);

    expect(attempts).toBe(2);
    await expect(failure).rejects.toMatchObject({ code: 'endpoint_failed' });
    expect(runtime.received).toHaveLength(3);
  });

  test.each<[string, Script]>([
    ['the container refused it', modelError(400, 'No.')],
    ['the container was too slow', modelError(0, 'Your invocation timed out while waiting for a response.')],
    [
      'the endpoint is unknown',
      refusal(400, 'ValidationError', { Message: 'Endpoint llm of account 1 not found.' }),
    ],
    ['there is no instance', refusal(400, 'ValidationError', { Message: 'It has no capacity.' })],
    ['it may not be called', refusal(403, 'AccessDeniedException')],
  ])('a call never is, when %s', async (_, refused) => {
    const runtime = await startRuntime(refused);

    const failure = createEndpoints(settings(), runtime.client).invoke({ ...call, repeatable: true });

    await expect(failure).rejects.toHaveProperty('code');
    expect(runtime.received).toHaveLength(1);
  });

  test('a stream is until its first part is there, and never after', async () => {
    const late = frames(part('a'), exception('InternalStreamFailure', {}));
    const early = frames(exception('InternalStreamFailure', {}));
    const runtime = await startRuntime(unavailable, early, late);

    const { parts, attempts } = await createEndpoints(settings(), runtime.client).stream({
      ...call,
      repeatable: true,
    });
    const failure = bytesOf(parts);

    expect(attempts).toBe(3);
    await expect(failure).rejects.toMatchObject({ kind: 'upstream', code: 'endpoint_stream_broken' });
    expect(runtime.received).toHaveLength(3);
  });

  test('an attempt that failed in its first part leaves no connection behind', async () => {
    const stuck: Script = (response) => {
      beginStream(response).write(exception('InternalStreamFailure', {}));
    };
    const runtime = await startRuntime(stuck);

    const failure = createEndpoints(settings(), runtime.client).stream(call);

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_failed' });
    await runtime.received[0]!.left;
  });
});

describe('what never became a connection', () => {
  test.each([
    ['is refused', () => runtimeClient('http://127.0.0.1:1')],
    ['has no address', () => runtimeClient('http://runtime.invalid')],
    ['is not there in its time', unconnectedClient],
  ])('is tried again when it %s, as nothing was sent', async (_, clientOf) => {
    const options = settings();

    const failure = createEndpoints(options, clientOf()).invoke(call);

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_failed' });
    expect(options.timers.pausesMs).toEqual([100, 200]);
  });
});

/** A client whose connections never come about. */
function unconnectedClient(): ReturnType<typeof runtimeClient> {
  const httpAgent = new Agent();
  httpAgent.createConnection = () => Object.defineProperty(new Socket(), 'connecting', { value: true });
  return createRuntimeClient({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    requestHandler: { connectionTimeout: 1, httpAgent },
  });
}

describe('how often', () => {
  test('a call that is refused again and again is tried three times, and told of the last refusal', async () => {
    const runtime = await startRuntime(unavailable, unavailable, throttled);

    const failure = createEndpoints(settings(), runtime.client).invoke(call);

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_busy' });
    expect(runtime.received).toHaveLength(3);
  });

  test('pauses grow twofold, up to their limit, and are drawn from zero on', async () => {
    const draws = [0.25, 0.5, 0.75, 1 - 2 ** -32];
    const { timers } = settings();
    const endpoints = createEndpoints(
      {
        timers,
        breaker: noBreaker,
        random: () => draws.shift()!,
        retries: { attempts: 5, baseMs: 200, longestPauseMs: 1_000 },
      },
      runtimeClient('http://127.0.0.1:1'),
    );

    const failure = endpoints.invoke(call);

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_failed' });
    expect(timers.pausesMs.map(Math.round)).toEqual([50, 200, 600, 1_000]);
  });

  test('Retry-After is waited for, with a pause of ours added, if there is time for it', async () => {
    const asked = (seconds: string): Script =>
      refusal(429, 'TooManyRequestsException', {}, { 'retry-after': seconds });
    const runtime = await startRuntime(asked('3'), answer('{}'), asked('71'));
    const options = settings();
    const endpoints = createEndpoints(options, runtime.client);

    const { attempts } = await endpoints.invoke(call);
    const failure = endpoints.invoke(call);

    expect(attempts).toBe(2);
    expect(options.timers.pausesMs).toEqual([3_100]);
    await expect(failure).rejects.toMatchObject({ code: 'endpoint_busy', retryAfterSeconds: 71 });
    expect(runtime.received).toHaveLength(3);
  });

  test.each<[string, Script]>([
    ['500', refusal(500, 'InternalFailure')],
    ['429', throttled],
  ])('a storm of %s is not multiplied: retries end with their budget', async (_, refused) => {
    const calls = 100;
    const runtime = await startRuntime(refused);
    const endpoints = createEndpoints(settings(), runtime.client);

    const results = await Promise.allSettled(
      Array.from({ length: calls }, () => endpoints.invoke({ ...call, repeatable: true })),
    );

    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(runtime.received).toHaveLength(calls + 20);
  });

  test('ten calls that go well give one retry back, and each endpoint has a budget of its own', async () => {
    const wellTimes = (count: number): Script[] => Array.from({ length: count }, () => answer('{}'));
    const runtime = await startRuntime(unavailable, unavailable, ...wellTimes(10), unavailable);
    const endpoints = createEndpoints({ ...settings(), retries: { budget: 1 } }, runtime.client);

    await expect(endpoints.invoke(call)).rejects.toMatchObject({ code: 'endpoint_failed' });
    expect(runtime.received).toHaveLength(2);
    for (let count = 0; count < 10; count += 1) await endpoints.invoke(call);
    await expect(endpoints.invoke(call)).rejects.toMatchObject({ code: 'endpoint_failed' });
    expect(runtime.received).toHaveLength(2 + 10 + 2);
    await expect(endpoints.invoke({ ...call, endpoint: 'other' })).rejects.toMatchObject({
      code: 'endpoint_failed',
    });
    expect(runtime.received).toHaveLength(2 + 10 + 2 + 2);
  });
});

describe('when it ends', () => {
  test('a call that hangs ends with its time, and so does its connection; it is not repeated', async () => {
    const runtime = await startRuntime(hang);
    const timers = manualTimers();
    const endpoints = createEndpoints({ timers }, runtime.client);

    const answers = [
      endpoints.invoke({ ...call, repeatable: true, timeoutMs: 5_000 }),
      endpoints.stream({ ...call, repeatable: true, timeoutMs: 5_000 }),
    ];
    const settled = Promise.allSettled(answers);
    const requests = await Promise.all([runtime.reached(1), runtime.reached(2)]);
    timers.advance(5_000);

    for (const result of await settled) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: {
          kind: 'upstream',
          code: 'endpoint_timed_out',
          message: 'SageMaker endpoint "llm" gave no answer within 5000 ms.',
        },
      });
    }
    await Promise.all(requests.map(({ left }) => left));
    expect(runtime.received).toHaveLength(2);
    expect(timers.pending()).toBe(0);
  });

  test('a call without a time of its own has 70 seconds', async () => {
    const runtime = await startRuntime(hang);
    const timers = manualTimers();

    const failure = createEndpoints({ timers }, runtime.client).invoke(call);
    const settled = Promise.allSettled([failure]);
    await runtime.reached(1);
    timers.advance(69_999);
    await new Promise(setImmediate);
    const stillPending = timers.pending();
    timers.advance(1);

    expect(stillPending).toBe(1);
    await settled;
    await expect(failure).rejects.toMatchObject({ code: 'endpoint_timed_out' });
  });

  test('a caller who leaves is told his own reason, the connection ends, nothing is repeated', async () => {
    const runtime = await startRuntime(hang);
    const timers = manualTimers();
    const caller = new AbortController();
    const reason = new Error('gone');

    const failure = createEndpoints({ timers }, runtime.client).invoke({
      ...call,
      repeatable: true,
      signal: caller.signal,
    });
    const settled = Promise.allSettled([failure]);
    const { left } = await runtime.reached(1);
    caller.abort(reason);

    await settled;
    await expect(failure).rejects.toBe(reason);
    await left;
    expect(runtime.received).toHaveLength(1);
    expect(timers.pending()).toBe(0);
  });

  test('a caller who has left already is not served', async () => {
    const runtime = await startRuntime(answer('{}'));
    const signal = AbortSignal.abort(new Error('gone'));

    const failure = createEndpoints({}, runtime.client).invoke({ ...call, signal });

    await expect(failure).rejects.toBe(signal.reason);
    expect(runtime.received).toEqual([]);
  });

  test('a caller who leaves in the pause between two attempts ends it', async () => {
    const runtime = await startRuntime(unavailable);
    const timers = manualTimers();
    const caller = new AbortController();

    const failure = createEndpoints({ timers, random: () => 0.5 }, runtime.client).invoke({
      ...call,
      signal: caller.signal,
    });
    const settled = Promise.allSettled([failure]);
    await timers.isSet(100);
    caller.abort(new Error('gone'));

    await settled;
    await expect(failure).rejects.toThrow('gone');
    expect(runtime.received).toHaveLength(1);
    expect(timers.pending()).toBe(0);
  });

  test('there is no attempt for which no time is left', async () => {
    const runtime = await startRuntime(unavailable);
    const endpoints = createEndpoints({ timers: manualTimers(), random: () => 0.99 }, runtime.client);

    const failure = endpoints.invoke({ ...call, timeoutMs: 198 });

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_failed' });
    expect(runtime.received).toHaveLength(1);
  });
});
