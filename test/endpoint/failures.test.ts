import { describe, expect, test } from 'vitest';
import { createEndpoints, type EndpointBodyCall } from '../../lib/endpoint/index.ts';
import { exception } from './event-stream.ts';
import {
  frames,
  modelError,
  refusal,
  reset,
  runtimeClient,
  type Script,
  startRuntime,
} from './runtime-server.ts';

const call: EndpointBodyCall = { endpoint: 'llm', contentType: 'application/json', body: '{}' };

/** Asked once only, so that what is thrown is what the first answer means. */
const once = { retries: { attempts: 1 } };

async function failuresOf(script: Script): Promise<unknown[]> {
  const runtime = await startRuntime(script);
  const endpoints = createEndpoints(once, runtime.client);
  const results = await Promise.allSettled([
    endpoints.invoke(call),
    endpoints.stream(call),
    endpoints.enqueue({ ...call, inputUri: 's3://bucket/key' }),
  ]);
  return results.map((result) => (result.status === 'rejected' ? result.reason : result.value));
}

const openai = (fields: object): string => JSON.stringify({ error: { type: 'BadRequestError', ...fields } });

describe('the container refuses', () => {
  test.each<[string, number, string, object]>([
    [
      "OpenAI's error",
      400,
      openai({ message: 'Too many tokens.', param: 'messages', code: 'context_length_exceeded' }),
      { message: 'Too many tokens.', param: 'messages', code: 'context_length_exceeded' },
    ],
    [
      "vLLM's error, whose code is a number",
      404,
      openai({ message: 'The model `x` does not exist.', param: null, code: 404 }),
      { message: 'The model `x` does not exist.', param: null, code: 'endpoint_refused_input' },
    ],
    [
      "DJL's error, with nothing around it",
      400,
      '{"code":400,"type":"BadRequestException","message":"Parameter model_name is required."}',
      { message: 'Parameter model_name is required.', param: null, code: 'endpoint_refused_input' },
    ],
    [
      "Hugging Face's error",
      422,
      '{"error":"Input validation error: too long","error_type":"validation"}',
      { message: 'Input validation error: too long', param: null, code: 'endpoint_refused_input' },
    ],
    [
      "FastAPI's complaint",
      422,
      '{"detail":[{"loc":["body","messages",0,"role"],"msg":"Field required","type":"missing"}]}',
      { message: 'Field required', param: 'messages.0.role', code: 'endpoint_refused_input' },
    ],
    [
      "FastAPI's text",
      400,
      '{"detail":"Not today"}',
      { message: 'Not today', param: null, code: 'endpoint_refused_input' },
    ],
    [
      'a text',
      415,
      'Loading csv data failed.\n',
      { message: 'Loading csv data failed.', param: null, code: 'endpoint_refused_input' },
    ],
    [
      'JSON of no known shape',
      400,
      '{"oops":[1]}',
      { message: '{"oops":[1]}', param: null, code: 'endpoint_refused_input' },
    ],
    [
      'no words',
      418,
      '',
      {
        message: 'The model refused the request with status 418 and no words.',
        param: null,
        code: 'endpoint_refused_input',
      },
    ],
    [
      'very many words',
      400,
      'x'.repeat(5_000),
      { message: `${'x'.repeat(1_000)}…`, param: null, code: 'endpoint_refused_input' },
    ],
  ])(
    '%s of status %i is the caller’s to mend, in the words of the container',
    async (_, status, words, wanted) => {
      const failures = await failuresOf(modelError(status, words));

      const error = expect.objectContaining({ kind: 'invalid_request', ...wanted });
      expect(failures).toEqual([error, error, error]);
    },
  );

  test('what SageMaker itself says of a refusal, with its account and log, is not for the caller', async () => {
    const [failure] = await failuresOf(modelError(400, 'No.'));

    expect((failure as Error).message).toBe('No.');
  });
});

test('of what a container says of its own failure the log gets the beginning, and that in one place', async () => {
  const [answer, stream] = await failuresOf(modelError(500, `CUDA error ${'x'.repeat(5_000)} secret`));
  const [, broken] = await failuresOf(
    frames(exception('ModelStreamError', { Message: `CUDA error ${'x'.repeat(5_000)}` })),
  );

  for (const failure of [answer, stream, broken] as Error[]) {
    expect(failure.message).toContain('CUDA error xxx');
    expect(failure.message.length).toBeLessThan(400);
    expect(failure.cause).toBeUndefined();
  }
});

describe('what a failure is', () => {
  const validation = (words: string): Script => refusal(400, 'ValidationError', { Message: words });

  test.each<[string, Script, object]>([
    [
      'a container that asks for fewer requests',
      modelError(429, '{"error":"Model is overloaded"}'),
      { kind: 'rate_limited', code: 'endpoint_busy', retryAfterSeconds: 2 },
    ],
    [
      'a container that fails',
      modelError(500, '{"error":{"message":"CUDA error"}}'),
      {
        ...{ kind: 'upstream', code: 'endpoint_failed' },
        told: "The model's container failed with status 500: CUDA error",
      },
    ],
    [
      'a container out of memory',
      modelError(507, ''),
      {
        ...{ kind: 'upstream', code: 'endpoint_failed' },
        told: "The model's container failed with status 507, and no words.",
      },
    ],
    ['a container that is full', modelError(503, ''), { kind: 'upstream', code: 'endpoint_failed' }],
    [
      'a container that gave no answer',
      modelError(0, 'Amazon SageMaker could not get a response from the llm endpoint.'),
      { kind: 'upstream', code: 'endpoint_failed', told: null },
    ],
    [
      'a container that was too slow for SageMaker',
      modelError(0, 'Your invocation timed out while waiting for a response from container primary.'),
      { kind: 'upstream', code: 'endpoint_timed_out' },
    ],
    [
      'a container that starts',
      refusal(429, 'ModelNotReadyException', { Message: 'Wait.' }),
      { kind: 'not_ready', code: 'endpoint_not_ready', retryAfterSeconds: 15 },
    ],
    [
      'an endpoint that is throttled, without a word',
      refusal(400, 'ThrottlingException'),
      { kind: 'rate_limited', code: 'endpoint_busy', retryAfterSeconds: 2 },
    ],
    [
      'a proxy that says when to come again',
      refusal(429, 'TooManyRequestsException', {}, { 'retry-after': '7' }),
      { kind: 'rate_limited', code: 'endpoint_busy', retryAfterSeconds: 7 },
    ],
    [
      'an endpoint that is not there',
      validation('Endpoint llm of account 111122223333 not found.'),
      { kind: 'internal', code: 'endpoint_unknown' },
    ],
    [
      'an endpoint whose component is not named',
      validation(
        'Inference Component Name header is required for endpoints to which you plan to deploy inference components.',
      ),
      { kind: 'internal', code: 'endpoint_unknown' },
    ],
    [
      'an endpoint scaled to zero',
      validation(
        'Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.',
      ),
      { kind: 'not_ready', code: 'endpoint_not_ready', retryAfterSeconds: 60 },
    ],
    [
      'a body that SageMaker finds too long',
      validation(
        "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 6291456",
      ),
      { kind: 'too_large', code: 'endpoint_body_too_large' },
    ],
    [
      'a body that a serverless endpoint finds too long',
      validation('Request 7d1a3b52-88a1-4c8e-9a9f-0b7f0e4d8a55 has oversize body.'),
      { kind: 'too_large', code: 'endpoint_body_too_large' },
    ],
    [
      'a session that is not there, which the caller named',
      validation('Session s-1 not found.'),
      { kind: 'invalid_request', code: 'endpoint_refused_input' },
    ],
    [
      'a variant that is not there',
      validation('Variant blue of endpoint llm does not exist.'),
      { kind: 'internal', code: 'endpoint_unknown' },
    ],
    [
      'a request that SageMaker refuses for another reason',
      validation('Session s-1 has expired.'),
      { kind: 'invalid_request', code: 'endpoint_refused_input', message: 'Session s-1 has expired.' },
    ],
    ['a front that takes no such body', refusal(413, '', ''), { kind: 'too_large' }],
    [
      'a right that is missing',
      refusal(403, 'AccessDeniedException', {
        Message: 'not authorized to perform: sagemaker:InvokeEndpoint',
      }),
      { kind: 'internal', code: 'endpoint_unknown' },
    ],
    [
      'a token that has expired',
      refusal(400, 'ExpiredTokenException', { Message: 'The security token is expired.' }),
      { kind: 'internal', code: 'endpoint_unknown' },
    ],
    [
      'SageMaker that is unavailable',
      refusal(503, 'ServiceUnavailable', { Message: 'Try again.' }),
      { kind: 'upstream', code: 'endpoint_failed' },
    ],
    ['SageMaker that fails', refusal(500, 'InternalFailure'), { kind: 'upstream', code: 'endpoint_failed' }],
    [
      'a service behind SageMaker that fails',
      refusal(530, 'InternalDependencyException', { Message: 'KMS.' }),
      { kind: 'upstream', code: 'endpoint_failed' },
    ],
    ['a page instead of an error', refusal(500, '', '<html>'), { kind: 'upstream', code: 'endpoint_failed' }],
    ['garbage of status 424', refusal(424, '', 'no JSON'), { kind: 'upstream', code: 'endpoint_failed' }],
    ['a redirection', refusal(302, '', ''), { kind: 'upstream', code: 'endpoint_failed' }],
    ['a connection that breaks', reset, { kind: 'upstream', code: 'endpoint_failed' }],
  ])('%s', async (_, script, wanted) => {
    const failures = await failuresOf(script);

    const error = expect.objectContaining(wanted);
    expect(failures).toEqual([error, error, error]);
  });

  test.each<[string, Uint8Array, string]>([
    [
      'a stream that the container broke before its first part',
      exception('ModelStreamError', { Message: 'Reset.', ErrorCode: 'StreamBroken' }),
      'endpoint_failed',
    ],
    [
      'a stream that was too slow before its first part',
      exception('ModelStreamError', { Message: 'Slow.', ErrorCode: 'ModelInvocationTimeExceeded' }),
      'endpoint_timed_out',
    ],
    [
      'a stream that SageMaker broke before its first part',
      exception('InternalStreamFailure', { Message: 'Sorry.' }),
      'endpoint_failed',
    ],
    ['JSON where a stream should be', Buffer.from('{"error":"no stream"}'), 'endpoint_failed'],
    ['zeros where a stream should be', Buffer.alloc(64), 'endpoint_failed'],
  ])('%s is a failure of the call', async (_, bytes, code) => {
    const runtime = await startRuntime(frames(bytes));

    const failure = createEndpoints(once, runtime.client).stream(call);

    await expect(failure).rejects.toMatchObject({ kind: 'upstream', code });
  });

  test.each(['http://127.0.0.1:1', 'http://runtime.invalid'])(
    'no way to %s is a failure of the endpoint, named in the message',
    async (url) => {
      const failure = createEndpoints(once, runtimeClient(url)).invoke(call);

      await expect(failure).rejects.toMatchObject({
        kind: 'upstream',
        code: 'endpoint_failed',
        message: expect.stringMatching(
          /^SageMaker endpoint "llm" failed: Error: .*(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)/,
        ),
      });
    },
  );
});
