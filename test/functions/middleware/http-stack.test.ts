import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import {
  type HttpHandler,
  type HttpStackOptions,
  httpStack,
  rawHttpStack,
} from '../../../functions/middleware/index.ts';
import { errorBody } from '../../../lib/contracts/index.ts';
import {
  conflict,
  internal,
  invalidInput,
  notReady,
  rateLimited,
  upstream,
} from '../../../lib/core/index.ts';
import { gatewayEvent, lambdaContext } from '../api-gateway.ts';
import { recorder } from '../recorder.ts';

async function call(
  handler: HttpHandler<unknown>,
  event: APIGatewayProxyEvent,
  options: Partial<HttpStackOptions> = {},
) {
  const logger = recorder();
  const stack = httpStack(handler, { service: 'test', logger, ...options });
  const result = await stack(event, lambdaContext);
  return { ...result, json: result.body === '' ? null : JSON.parse(result.body), lines: logger.lines };
}

const post = (body: unknown, more: object = {}) =>
  gatewayEvent({
    method: 'POST',
    route: '/v1/models/{model}/predict',
    path: { model: 'heart' },
    body,
    ...more,
  });

const echo: HttpHandler<unknown> = async ({ body }) => ({ status: 200, body: { got: body ?? null } });

describe('httpStack', () => {
  it('hands the parsed body over and answers JSON with the request id and security headers', async () => {
    const result = await call(echo, post({ a: [1, 2] }));

    expect(result.statusCode).toBe(200);
    expect(result.json).toEqual({ got: { a: [1, 2] } });
    expect(result.headers).toMatchObject({
      'content-type': 'application/json',
      'x-request-id': 'request-1',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it('decodes bodies that API Gateway encoded in base64', async () => {
    const body = Buffer.from('{"name":"Zoë"}').toString('base64');

    const result = await call(echo, post(body, { isBase64Encoded: true }));

    expect(result.json).toEqual({ got: { name: 'Zoë' } });
  });

  it('finds headers whatever their case, and gives path and query', async () => {
    const look: HttpHandler<unknown> = async (request) => ({
      status: 200,
      body: { prefer: request.header('prefer'), ...request.path, ...request.query, route: request.route },
    });

    const result = await call(
      look,
      post({}, { headers: { PREFER: 'respond-async' }, query: { version: '2' } }),
    );

    expect(result.json).toEqual({
      prefer: 'respond-async',
      model: 'heart',
      version: '2',
      route: '/v1/models/{model}/predict',
    });
  });

  it('takes a request without a body or without a content type', async () => {
    const none = await call(echo, gatewayEvent({ method: 'POST', route: '/x' }));
    const plain = await call(echo, { ...post('{"a":1}'), headers: {} });

    expect(none.json).toEqual({ got: null });
    expect(plain.json).toEqual({ got: { a: 1 } });
  });

  it('passes text answers and own headers through', async () => {
    const result = await call(
      async () => ({ status: 302, headers: { location: 'https://example.org/x' } }),
      gatewayEvent({ method: 'GET', route: '/x' }),
    );

    expect(result).toMatchObject({ statusCode: 302, body: '' });
    expect(result.headers).toMatchObject({ location: 'https://example.org/x' });
    expect(result.headers).not.toHaveProperty('content-type');
  });

  it('leads to its own paths below the stage that was asked', async () => {
    const event = gatewayEvent({ method: 'GET', route: '/v1/jobs/{id}' });
    const below = { ...event, requestContext: { ...event.requestContext, path: `/dev${event.path}` } };

    const result = await call(async () => ({ status: 202, headers: { location: '/v1/jobs/a' } }), below);

    expect(result.headers).toMatchObject({ location: '/dev/v1/jobs/a' });
  });

  it('expected failure: an answer that Lambda would throw away', async () => {
    const event = gatewayEvent({ method: 'GET', route: '/x' });
    const fits = await call(async () => ({ status: 200, body: '"'.repeat(1_500_000) }), event);
    const result = await call(async () => ({ status: 200, body: '"'.repeat(1_600_000) }), event);

    expect(fits.statusCode).toBe(200);
    expect(result.statusCode).toBe(413);
    expect(result.json.error).toMatchObject({ type: 'too_large', code: 'answer_too_large' });
  });

  it('bad call: a body in base64 that is not UTF-8', async () => {
    const body = Buffer.from([0x22, 0xff, 0x22]).toString('base64');
    const result = await call(echo, { ...post(''), body, isBase64Encoded: true });

    expect(result.statusCode).toBe(400);
    expect(result.json.error).toMatchObject({ code: 'invalid_utf8' });
  });

  it.each([
    ['echoed', 199, 200, undefined],
    ['refused', 200, 400, 'nested_too_deep'],
    ['refused', 100_000, 400, 'nested_too_deep'],
  ])('a body is %s with lists nested %d deep in its object', async (_what, depth, status, code) => {
    const result = await call(echo, post(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`));

    expect([result.statusCode, result.json.error?.code]).toEqual([status, code]);
  });

  it('bad call: a body that is not JSON', async () => {
    const result = await call(echo, post('{"a": oops}'));

    expect(result.statusCode).toBe(400);
    expect(errorBody.parse(result.json).error).toMatchObject({
      type: 'invalid_request',
      code: 'invalid_json',
    });
    expect(result.json.error.message).toMatch(/not valid JSON/);
  });

  it('bad call: a body of another media type', async () => {
    const csv = await call(echo, post('a,b\n1,2', { headers: { 'Content-Type': 'text/csv' } }));
    const vendor = await call(
      echo,
      post('{}', { headers: { 'Content-Type': 'application/vnd.x+json; charset=utf-8' } }),
    );

    expect(csv.statusCode).toBe(415);
    expect(csv.json.error.message).toContain('Content-Type: application/json');
    expect(vendor.statusCode).toBe(200);
  });

  it('bad call: a body over the limit, counted in bytes and not in characters', async () => {
    const fits = await call(echo, post('"éééé"'), { maxBodyBytes: 10 });
    const long = await call(echo, post('"ééééé"'), { maxBodyBytes: 11 });
    const encoded = await call(echo, post(Buffer.alloc(12).toString('base64'), { isBase64Encoded: true }), {
      maxBodyBytes: 11,
    });

    expect(fits.statusCode).toBe(200);
    expect(long.statusCode).toBe(413);
    expect(long.json.error).toMatchObject({ type: 'too_large', code: 'body_too_large' });
    expect(encoded.statusCode).toBe(413);
  });

  it.each([
    [invalidInput('Row 3.', { code: 'bad_row', param: 'instances[3]' }), 400, 'bad_row', 'instances[3]'],
    [conflict('Changed.', { code: 'live_changed' }), 409, 'live_changed', null],
    [notReady('No version yet.'), 503, 'not_ready', null],
  ])('gives the text, code and param of %s to the caller', async (failure, status, code, param) => {
    const result = await call(async () => Promise.reject(failure), post({}));

    expect(result.statusCode).toBe(status);
    expect(result.json.error).toEqual({
      type: failure.kind,
      message: failure.message,
      param,
      code,
      request_id: 'request-1',
    });
    expect(result.headers?.['retry-after']).toBe(status === 503 ? '5' : undefined);
  });

  it.each([
    [rateLimited('Your key may ask 10 times a minute.', { retryAfterSeconds: 41.2 }), '42'],
    [rateLimited('Too many requests.'), '5'],
    [notReady('It is starting.', { retryAfterSeconds: 0 }), '1'],
    [invalidInput('Nothing helps.', { retryAfterSeconds: 7 }), undefined],
  ])('says of %s when to try again, in whole seconds', async (failure, seconds) => {
    const result = await call(async () => Promise.reject(failure), post({}));

    expect(result.headers?.['retry-after']).toBe(seconds);
  });

  it.each([
    [new TypeError('secret thing is undefined'), 500],
    [internal('secret key is gone', { code: 'artifact_missing' }), 500],
    [upstream('secret host did not answer', { cause: new Error('refused') }), 502],
    ['secret text', 500],
  ])('keeps the text of %s from the caller and in the log', async (failure, status) => {
    const result = await call(async () => Promise.reject(failure), post({}));

    expect(result.statusCode).toBe(status);
    expect(result.body).not.toContain('secret');
    expect(errorBody.parse(result.json).error.request_id).toBe('request-1');
    expect(result.lines).toHaveLength(1);
    expect(result.lines[0]).toMatchObject({ level: 'error', data: { status, error: failure } });
  });

  it('logs once what another service said of its failure', async () => {
    const failure = upstream('SageMaker endpoint "llm" failed: CUDA', { code: 'endpoint_failed' });

    const result = await call(async () => Promise.reject(failure), post({}));

    expect(result.lines[0]?.data).toMatchObject({ code: 'endpoint_failed', error: failure.message });
  });

  it('tells of another service what callers may know, and logs the rest', async () => {
    const failure = upstream('secret host failed: CUDA', {
      code: 'endpoint_failed',
      told: 'The model failed: CUDA',
    });

    const result = await call(async () => Promise.reject(failure), post({}));

    expect(result.json.error).toMatchObject({ message: 'The model failed: CUDA', code: 'endpoint_failed' });
    expect(result.lines[0]?.data).toMatchObject({ error: failure.message });
  });

  it.each([
    [upstream('secret host did not answer', { code: 'endpoint_failed' }), 502, 'endpoint_failed'],
    [upstream('secret host was slow', { code: 'endpoint_timed_out' }), 504, 'endpoint_timed_out'],
    [internal('secret key is gone', { code: 'artifact_missing' }), 500, 'internal'],
  ])(
    'tells of %s which service failed and how, but not what is wrong inside',
    async (failure, status, code) => {
      const { statusCode, json } = await call(async () => Promise.reject(failure), post({}));

      expect([statusCode, json.error.code]).toEqual([status, code]);
    },
  );

  it.each(['constructor', 'endpoint_timed_out'])(
    'a refusal keeps its status, though a container may have given it the code %s',
    async (code) => {
      const { statusCode } = await call(async () => Promise.reject(invalidInput('no', { code })), post({}));

      expect(statusCode).toBe(400);
    },
  );

  it('answers 500 when an answer cannot be written as JSON', async () => {
    const result = await call(async () => ({ status: 200, body: { n: 1n } }), post({}));

    expect(result.statusCode).toBe(500);
  });

  it('logs one line a request, with what the handler adds and without the body', async () => {
    const handler: HttpHandler<unknown> = async (request) => {
      request.annotate({ model: 'heart', rows: 1 });
      return { status: 200, body: 'private answer' };
    };

    const { lines } = await call(handler, post({ note: 'private question' }));

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'info',
      message: 'answered',
      data: {
        request_id: 'request-1',
        method: 'POST',
        status: 200,
        model: 'heart',
        rows: 1,
        bytes: 27,
        bytes_out: 16,
      },
    });
    expect(JSON.stringify(lines)).not.toContain('private');
  });

  it('does not log what a refusal quotes of the body', async () => {
    const { lines, json } = await call(echo, post('private: yes'));

    expect(json.error.message).toContain('private');
    expect(lines).toMatchObject([{ message: 'refused', data: { status: 400, code: 'invalid_json' } }]);
    expect(JSON.stringify(lines)).not.toContain('private');
  });
});

describe('rawHttpStack', () => {
  it('leaves the body to the handler, as text and as bytes', async () => {
    const stack = rawHttpStack(
      async ({ body }) => ({ status: 200, body: { text: body.text(), bytes: [...body.bytes()] } }),
      { service: 'test', logger: recorder() },
    );

    const plain = await stack(post('é{'), lambdaContext);
    const encoded = await stack(
      post(Buffer.from('é{').toString('base64'), { isBase64Encoded: true }),
      lambdaContext,
    );

    expect(JSON.parse(plain.body)).toEqual({ text: 'é{', bytes: [0xc3, 0xa9, 0x7b] });
    expect(encoded.body).toBe(plain.body);
  });
});
