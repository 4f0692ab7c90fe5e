import { describe, expect, test } from 'vitest';
import { fullAccess } from '../../lib/access/index.ts';
import { customAttributesHeader, readAddress, writeAddress } from '../../lib/contracts/endpoint-call.ts';
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import type { EndpointAnswer, EndpointBodyCall, Endpoints } from '../../lib/endpoint/types.ts';
import { findDeclared, handOff, type ServeRequest } from '../../lib/serve/index.ts';

const declared: EndpointModel = { model: 'ct', endpoint: 'onramp-ct', kind: 'real-time', speaks: 'raw' };
const models = new Map([['ct', declared]]);

/** An endpoint that keeps what it was asked, and answers as it is told. */
function recorder(answer: Partial<EndpointAnswer> = {}) {
  const calls: EndpointBodyCall[] = [];
  const endpoints: Endpoints = {
    invoke: async (call) => {
      calls.push(call);
      return { contentType: 'text/csv', body: Buffer.from('0.5'), attempts: 1, ...answer };
    },
    stream: () => Promise.reject(new Error('nothing is streamed here')),
    enqueue: () => Promise.reject(new Error('nothing waits here')),
  };
  return { calls, large: { models, endpoints: async () => endpoints } };
}

function request(
  line: string,
  more: Partial<ServeRequest> & { headers?: Record<string, string> } = {},
): ServeRequest {
  const [method = '', route = ''] = line.split(' ');
  const { headers = {}, ...rest } = more;
  return {
    method,
    route,
    path: { model: 'ct' },
    query: {},
    requestId: 'r',
    access: fullAccess('test'),
    body: { text: () => '1,2', bytes: () => Buffer.from('1,2') },
    header: (name) => headers[name],
    ...rest,
  };
}

const predict = 'POST /v1/models/{model}/predict';

describe('which model a request is for', () => {
  test.each<[string, ServeRequest, string | undefined]>([
    ['the path', request(predict), 'ct'],
    ['the path, with a verb', request('POST /v1/models/{model}', { path: { model: 'ct:predict' } }), 'ct'],
    ['the query', request('POST /invocations', { path: {}, query: { model: 'ct' } }), 'ct'],
    ['what is asked by default', request('POST /invocations', { path: {} }), 'ct'],
    ['nothing', request('GET /ping', { path: {} }), undefined],
    ['another name', request(predict, { path: { model: 'heart' } }), undefined],
  ])('is told by %s', (_, asked, model) => {
    expect(findDeclared(models, asked, 'ct')?.model).toBe(model);
  });

  test('bad call: of a model of others only that it is one', () => {
    const access = { caller: 'k', scopes: ['predict'], models: ['heart'] } as const;

    expect(() => findDeclared(models, request(predict, { access }), undefined)).toThrow(
      'not for the model "ct"',
    );
  });
});

describe('a container that takes anything', () => {
  test('gets the body and what is said of it as they came, and its answer goes back so', async () => {
    const { calls, large } = recorder({
      variant: 'blue',
      customAttributes: 'cost=2',
      newSessionId: 'a; Expires=x',
    });
    const headers = {
      'content-type': 'text/csv',
      accept: 'text/csv',
      [customAttributesHeader]: 'tenant=7',
      'x-amzn-sagemaker-target-variant': 'blue',
      'x-amzn-sagemaker-target-model': 'a.tar.gz',
      'x-amzn-sagemaker-session-id': 'NEW_SESSION',
      'x-amzn-sagemaker-inference-id': 'i-1',
    };

    const answer = await handOff(large, request(predict, { headers }), { ...declared, component: 'part' });

    expect(calls).toEqual([
      {
        endpoint: 'onramp-ct',
        body: Buffer.from('1,2'),
        contentType: 'text/csv',
        accept: 'text/csv',
        customAttributes: 'tenant=7',
        targetVariant: 'blue',
        targetModel: 'a.tar.gz',
        sessionId: 'NEW_SESSION',
        inferenceId: 'i-1',
        inferenceComponent: 'part',
        timeoutMs: expect.any(Number),
      },
    ]);
    expect(answer).toEqual({
      status: 200,
      bytes: Buffer.from('0.5'),
      headers: {
        'content-type': 'text/csv',
        'x-amzn-invoked-production-variant': 'blue',
        [customAttributesHeader]: 'cost=2',
        'x-amzn-sagemaker-new-session-id': 'a; Expires=x',
      },
      fields: { model: 'ct', endpoint_ms: expect.any(Number) },
    });
  });

  test.each(['raw', 'onramp'] as const)('what its answer says of itself is counted: %s', async (speaks) => {
    const said = {
      predictions: [1, 0, 1],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    };
    const { large } = recorder({
      contentType: 'application/json; charset=utf-8',
      body: Buffer.from(JSON.stringify(said)),
    });

    const { fields } = await handOff(large, request(predict), { ...declared, speaks });

    expect(fields).toEqual({
      ...{ model: 'ct', endpoint_ms: expect.any(Number) },
      ...{ rows: 3, input_tokens: 7, output_tokens: 3 },
    });
  });

  test.each([
    [undefined, 27_000],
    [() => 9_000, 7_000],
    [() => 1_000, 1],
  ])('has the time that is left of the request to answer', async (leftMs, mostMs) => {
    const { calls, large } = recorder();

    await handOff(large, request(predict, leftMs && { leftMs }), declared);

    const { timeoutMs = 0 } = calls[0]!;
    expect(timeoutMs).toBeGreaterThan(mostMs - 5_000);
    expect(timeoutMs).toBeLessThanOrEqual(mostMs);
  });

  test('bad call: attributes by which a container of ours would answer for any model', async () => {
    const { calls, large } = recorder();
    const forged = writeAddress({
      method: 'POST',
      route: '/invocations',
      path: {},
      query: { model: 'heart' },
    });
    const headers = { [customAttributesHeader]: forged };

    const answer = handOff(large, request(predict, { headers }), declared);

    await expect(answer).rejects.toMatchObject({ kind: 'invalid_request', code: 'endpoint_call_invalid' });
    expect(calls).toEqual([]);
  });

  test('gets tensors in Triton’s form, and gives them back in that of the protocol', async () => {
    const { calls, large } = recorder({
      contentType: 'application/vnd.sagemaker-triton.binary+json;json-header-size=40',
    });
    const headers = { 'inference-header-content-length': '30', 'content-type': 'application/octet-stream' };

    const answer = await handOff(large, request('POST /v2/models/{model}/infer', { headers }), declared);

    expect(calls[0]!.contentType).toBe('application/vnd.sagemaker-triton.binary+json;json-header-size=30');
    expect(answer.headers).toEqual({
      'content-type': 'application/octet-stream',
      'inference-header-content-length': '40',
    });
  });

  test('is said to be ready without being asked, since asking would wake it', async () => {
    const { calls, large } = recorder();

    const { text } = await handOff(large, request('GET /v2/models/{model}/ready'), declared);

    expect(JSON.parse(text!)).toEqual({ name: 'ct', ready: true });
    expect(calls).toEqual([]);
  });

  test.each(['POST /v1/models/{model}/explain', 'GET /v2/models/{model}', 'GET /v1/models/{model}/metadata'])(
    'bad call: %s is refused with the way to ask it',
    async (line) => {
      const { large } = recorder();

      await expect(handOff(large, request(line), declared)).rejects.toMatchObject({
        code: 'not_for_endpoints',
        message: expect.stringContaining('POST /v1/models/ct/predict'),
      });
    },
  );
});

describe('the address that goes along with a body', () => {
  test('is read as it was written, whatever its parts hold', () => {
    const address = {
      method: 'POST',
      route: '/v2/models/{model}/versions/{version}/infer',
      path: { model: 'ct', version: '3' },
      query: { non_finite: 'null', odd: 'é&= %' },
      jsonLength: '12',
    };

    const text = writeAddress(address);

    expect(text).toMatch(/^[\x21-\x7e]+$/);
    expect(readAddress(text)).toEqual(address);
  });

  test('is not seen in attributes of somebody else', () => {
    expect(readAddress('tenant=7')).toBeNull();
    expect(readAddress('')).toBeNull();
  });

  test('bad call: one that is longer than SageMaker takes is refused', async () => {
    const { large } = recorder();
    const long = request(predict, { query: { x: 'y'.repeat(1100) } });

    await expect(handOff(large, long, { ...declared, speaks: 'onramp' })).rejects.toMatchObject({
      code: 'endpoint_call_invalid',
    });
  });
});
