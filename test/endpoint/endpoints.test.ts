import { afterEach, describe, expect, test, vi } from 'vitest';
import { createEndpoints, type EndpointBodyCall, invokeBodyBytes } from '../../lib/endpoint/index.ts';
import { bytesOf, part } from './event-stream.ts';
import { answer, frames, type Script, startRuntime } from './runtime-server.ts';
import { manualTimers } from './timers.ts';

const call: EndpointBodyCall = { endpoint: 'llm', contentType: 'application/json', body: '{"é":1}' };

afterEach(() => vi.unstubAllEnvs());

describe('what is sent', () => {
  const everything = {
    ...call,
    accept: 'text/csv',
    customAttributes: 'trace=7',
    targetVariant: 'blue',
    inferenceComponent: 'llm-component',
    sessionId: 'NEW_SESSION',
    inferenceId: 'request-1',
  };

  test('a call has its body and its attributes where SageMaker looks for them', async () => {
    const runtime = await startRuntime(answer('{}'));

    await createEndpoints({}, runtime.client).invoke({ ...everything, targetModel: 'fr.tar.gz' });

    const [request] = runtime.received;
    expect(request).toMatchObject({ path: '/endpoints/llm/invocations', body: '{"é":1}' });
    expect(request!.headers).toMatchObject({
      'content-type': 'application/json',
      accept: 'text/csv',
      'x-amzn-sagemaker-custom-attributes': 'trace=7',
      'x-amzn-sagemaker-target-variant': 'blue',
      'x-amzn-sagemaker-target-model': 'fr.tar.gz',
      'x-amzn-sagemaker-inference-component': 'llm-component',
      'x-amzn-sagemaker-session-id': 'NEW_SESSION',
      'x-amzn-sagemaker-inference-id': 'request-1',
    });
    expect(request!.headers.authorization).toContain('/eu-west-1/sagemaker/aws4_request');
  });

  test('a stream says in a header of its own what it accepts', async () => {
    const runtime = await startRuntime(frames(part('a')));

    await bytesOf((await createEndpoints({}, runtime.client).stream(everything)).parts);

    const [request] = runtime.received;
    expect(request!.path).toBe('/endpoints/llm/invocations-response-stream');
    expect(request!.headers).toMatchObject({
      'x-amzn-sagemaker-accept': 'text/csv',
      'x-amzn-sagemaker-inference-component': 'llm-component',
    });
  });

  test('attributes that are not given are not sent', async () => {
    const runtime = await startRuntime(answer('{}'));

    await createEndpoints({}, runtime.client).invoke(call);

    const names = Object.keys(runtime.received[0]!.headers).filter((name) => name.startsWith('x-amzn'));
    expect(names).toEqual([]);
  });

  test('the process finds its runtime as AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME says, and keeps connections only of calls that may be repeated', async () => {
    const runtime = await startRuntime(answer('{}'));
    vi.stubEnv('AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME', runtime.url);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
    const endpoints = createEndpoints();

    await endpoints.invoke(call);
    await endpoints.invoke({ ...call, repeatable: true });

    expect(runtime.received.map(({ headers }) => headers.connection)).toEqual(['close', 'keep-alive']);
  });
});

describe('what comes back', () => {
  test('an answer has the bytes of the container, whatever they are, and what SageMaker says of them', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const runtime = await startRuntime(
      answer(bytes, {
        'content-type': 'application/x-npy',
        'x-amzn-invoked-production-variant': 'blue',
        'x-amzn-sagemaker-custom-attributes': 'trace=7',
        'x-amzn-sagemaker-new-session-id': 's-1; Expires=2026-11-22T12:00:00Z',
        'x-amzn-sagemaker-closed-session-id': 's-0',
      }),
    );

    const { body, ...head } = await createEndpoints({}, runtime.client).invoke(call);

    expect(Uint8Array.from(body)).toEqual(bytes);
    expect(head).toEqual({
      contentType: 'application/x-npy',
      variant: 'blue',
      customAttributes: 'trace=7',
      newSessionId: 's-1; Expires=2026-11-22T12:00:00Z',
      closedSessionId: 's-0',
      attempts: 1,
    });
  });

  test('an answer may be empty', async () => {
    const nothing: Script = (response) => {
      response.writeHead(200).end();
    };
    const runtime = await startRuntime(nothing, frames());
    const endpoints = createEndpoints({}, runtime.client);

    const whole = await endpoints.invoke(call);
    const stream = await endpoints.stream(call);

    expect(whole).toEqual({ contentType: 'application/octet-stream', attempts: 1, body: new Uint8Array() });
    expect(await bytesOf(stream.parts)).toEqual(Buffer.alloc(0));
  });

  test('a stream has the type that the container gave it, and its parts in order', async () => {
    const runtime = await startRuntime(frames(part('data: 1\n'), part(''), part('\ndata: 2\n\n')));

    const { parts, ...head } = await createEndpoints({}, runtime.client).stream(call);

    expect((await bytesOf(parts)).toString()).toBe('data: 1\n\ndata: 2\n\n');
    expect(head).toEqual({ contentType: 'text/event-stream', variant: 'AllTraffic', attempts: 1 });
  });
});

describe('the queue', () => {
  const queued: Script = (response) => {
    response.writeHead(202, {
      'content-type': 'application/json',
      'x-amzn-sagemaker-outputlocation': 's3://bucket/out/1.out',
      'x-amzn-sagemaker-failurelocation': 's3://bucket/failed/1.out',
    });
    response.end('{"InferenceId":"request-1"}');
  };

  test('a call is put into it with its limits, and the places of its answer come back', async () => {
    const runtime = await startRuntime(queued);

    const ticket = await createEndpoints({}, runtime.client).enqueue({
      endpoint: 'llm',
      contentType: 'image/png',
      inputUri: 's3://bucket/in/1',
      inferenceId: 'request-1',
      queueSeconds: 600,
      invocationSeconds: 120,
    });

    expect(ticket).toEqual({
      inferenceId: 'request-1',
      outputUri: 's3://bucket/out/1.out',
      failureUri: 's3://bucket/failed/1.out',
    });
    expect(runtime.received[0]).toMatchObject({
      path: '/endpoints/llm/async-invocations',
      headers: {
        'x-amzn-sagemaker-inputlocation': 's3://bucket/in/1',
        'x-amzn-sagemaker-content-type': 'image/png',
        'x-amzn-sagemaker-inference-id': 'request-1',
        'x-amzn-sagemaker-requestttlseconds': '600',
        'x-amzn-sagemaker-invocationtimeoutseconds': '120',
      },
    });
  });
});

test('a call without a time limit of its own is put into the queue within the usual one, however it says so', async () => {
  const runtime = await startRuntime(() => {});
  const timers = manualTimers();
  const endpoints = createEndpoints({ enqueueMs: 1_234, timers }, runtime.client);

  const ticket = endpoints.enqueue({
    ...call,
    inputUri: 's3://bucket/in/1',
    timeoutMs: undefined,
  } as never);
  await timers.isSet(1_234);
  timers.advance(1_234);

  await expect(ticket).rejects.toMatchObject({ code: 'endpoint_timed_out' });
});

describe('bad calls', () => {
  test.each<[string, Partial<EndpointBodyCall>, string]>([
    ['no name of an endpoint', { endpoint: '-llm' }, 'endpoint'],
    ['attributes with a line break', { customAttributes: 'a\nb: c' }, 'customAttributes'],
    ['attributes that are not ASCII', { customAttributes: 'naïve' }, 'customAttributes'],
    ['attributes that are too long', { customAttributes: 'x'.repeat(1025) }, 'customAttributes'],
    ['no session', { sessionId: 'a b' }, 'sessionId'],
    ['an inference id that is too long', { inferenceId: 'x'.repeat(65) }, 'inferenceId'],
    ['no variant', { targetVariant: 'a_b' }, 'targetVariant'],
    ['no component', { inferenceComponent: 'a-' }, 'inferenceComponent'],
    ['no model', { targetModel: ' a' }, 'targetModel'],
    ['a type with a line break', { contentType: 'text/csv\r\nx: y' }, 'contentType'],
  ])('bad call: %s is refused before anything is sent', async (_, wrong, param) => {
    const runtime = await startRuntime(answer('{}'));
    const endpoints = createEndpoints({}, runtime.client);

    const failures = await Promise.allSettled([
      endpoints.invoke({ ...call, ...wrong }),
      endpoints.stream({ ...call, ...wrong }),
    ]);

    const refused = {
      status: 'rejected',
      reason: expect.objectContaining({ kind: 'invalid_request', code: 'endpoint_call_invalid', param }),
    };
    expect(failures).toEqual([refused, refused]);
    expect(runtime.received).toEqual([]);
  });

  test('attributes of 1024 characters are sent', async () => {
    const runtime = await startRuntime(answer('{}'));

    await createEndpoints({}, runtime.client).invoke({ ...call, customAttributes: '~'.repeat(1024) });

    expect(runtime.received[0]!.headers['x-amzn-sagemaker-custom-attributes']).toBe('~'.repeat(1024));
  });

  test('bad call: a stream that names one of several models', async () => {
    const runtime = await startRuntime(frames());

    const failure = createEndpoints({}, runtime.client).stream({ ...call, targetModel: 'fr.tar.gz' });

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_call_invalid', param: 'targetModel' });
  });

  test('bad call: a body above what SageMaker takes is refused with the way out, one byte less is sent', async () => {
    const runtime = await startRuntime(answer('{}'));
    const endpoints = createEndpoints({}, runtime.client);

    await endpoints.invoke({ ...call, body: new Uint8Array(invokeBodyBytes) });
    const failure = endpoints.invoke({ ...call, body: 'é'.repeat(invokeBodyBytes / 2 + 1) });

    await expect(failure).rejects.toMatchObject({
      kind: 'too_large',
      code: 'endpoint_body_too_large',
      message:
        'The body has 6291458 bytes, SageMaker takes 6291456 at a time. Longer inputs go through S3: send the request as a job, with "Prefer: respond-async".',
    });
    expect(runtime.received).toHaveLength(1);
  });

  test.each([
    ['for an input that is not in S3', { inputUri: 'https://example.org/a' }, 'inputUri'],
    ['for less than a minute', { queueSeconds: 59 }, 'queueSeconds'],
    ['for parts of a second', { invocationSeconds: 1.5 }, 'invocationSeconds'],
  ])('bad call: a place in the queue %s', async (_, wrong, param) => {
    const failure = createEndpoints().enqueue({ ...call, inputUri: 's3://bucket/key', ...wrong });

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_call_invalid', param });
  });
});
