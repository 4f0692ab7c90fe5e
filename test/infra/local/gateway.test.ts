import { once } from 'node:events';
import { connect } from 'node:net';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { createGateway, type GatewayOptions, type HttpHandler } from '../../../infra/local/gateway.ts';
import { identifier } from '../../../infra/local/keys.ts';
import { type Access, accessOf } from '../../../lib/access/index.ts';
import type { Route } from '../../../lib/contracts/index.ts';
import { sha256 } from '../../../lib/core/index.ts';

const route = (method: Route['method'], path: string, rest: Partial<Route> = {}): Route => ({
  id: `${method} ${path}`,
  method,
  path,
  function: 'control',
  dialect: 'native',
  scope: 'read',
  summary: 'For a test.',
  response: z.unknown(),
  status: 200,
  ...rest,
});

const table: readonly Route[] = [
  route('GET', '/healthz', { scope: 'none' }),
  route('GET', '/v1/models/{model}'),
  route('PUT', '/v1/models/{model}'),
  route('GET', '/v1/models/{model}/versions/{version}'),
  route('GET', '/v1/models/{model}/versions/newest'),
  route('POST', '/v1/models/{model}/predict', { function: 'predict', scope: 'predict' }),
];

const teamA: Access = { caller: 'team-a', scopes: ['predict', 'read'], models: ['heart', 'a-*'] };

/** Answers with the event it was given. */
const echo: HttpHandler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });

async function startGateway(options: Partial<GatewayOptions> = {}) {
  const reports: string[] = [];
  const server = createGateway({
    routes: table,
    handlers: { predict: echo, control: echo, import: echo },
    identify: identifier([{ digest: sha256('secret'), access: teamA }]),
    report: (message) => reports.push(message),
    ...options,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-api-key': 'secret' }, ...init });
  const eventOf = async (path: string, init?: RequestInit): Promise<APIGatewayProxyEvent> =>
    (await (await call(path, init)).json()) as APIGatewayProxyEvent;
  return { call, eventOf, port, reports };
}

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: Record<string, unknown> }).error;

describe('the event', () => {
  test('names the route, the decoded path parameters and the path as it was sent', async () => {
    const { eventOf } = await startGateway();

    const event = await eventOf('/v1/models/my%20model/versions/3');

    expect(event).toMatchObject({
      resource: '/v1/models/{model}/versions/{version}',
      path: '/v1/models/my%20model/versions/3',
      httpMethod: 'GET',
      pathParameters: { model: 'my model', version: '3' },
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: null,
      isBase64Encoded: false,
    });
    expect(event.requestContext).toMatchObject({
      stage: 'local',
      resourcePath: '/v1/models/{model}/versions/{version}',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      identity: { sourceIp: '127.0.0.1' },
    });
  });

  test('says who asks as the authorizer does, and on an open route nothing', async () => {
    const { eventOf } = await startGateway();

    const known = await eventOf('/v1/models/heart');
    const open = await eventOf('/healthz');

    const context = { key: 'team-a', scopes: 'predict read', models: 'heart a-*' };
    expect(known.requestContext.authorizer).toEqual({ principalId: 'team-a', ...context });
    expect(accessOf(known.requestContext)).toEqual(teamA);
    expect(open.requestContext.authorizer).toBeNull();
  });

  test('holds the last of repeated query parameters, and all of them in the list', async () => {
    const { eventOf } = await startGateway();

    const event = await eventOf('/v1/models/heart?version=2&tag=a&tag=b%26c&empty');

    expect(event.queryStringParameters).toEqual({ version: '2', tag: 'b&c', empty: '' });
    expect(event.multiValueQueryStringParameters).toEqual({ version: ['2'], tag: ['a', 'b&c'], empty: [''] });
  });

  test('holds every header by its lower-case name', async () => {
    const { eventOf } = await startGateway();
    const headers = { 'X-Api-Key': 'secret', 'X-Note': 'hello' };

    const event = await eventOf('/v1/models/heart', { headers });

    expect(event.headers['x-note']).toBe('hello');
    expect(event.multiValueHeaders['x-note']).toEqual(['hello']);
  });

  test('holds a text body as it is', async () => {
    const { eventOf } = await startGateway();
    const body = JSON.stringify({ name: 'Zoë', rows: 'x'.repeat(200_000) });

    const event = await eventOf('/v1/models/heart/predict', { method: 'POST', body });

    expect(event).toMatchObject({ body, isBase64Encoded: false });
  });

  test.each(['application/octet-stream', 'image/png', 'Application/Octet-Stream; charset=binary'])(
    'holds a body of the binary type %s as base64',
    async (type) => {
      const { eventOf } = await startGateway();
      const body = Uint8Array.from({ length: 256 }, (_, index) => index);
      const headers = { 'x-api-key': 'secret', 'content-type': type };

      const event = await eventOf('/v1/models/heart/predict', { method: 'POST', body, headers });

      expect(event.isBase64Encoded).toBe(true);
      expect(new Uint8Array(Buffer.from(event.body!, 'base64'))).toEqual(body);
    },
  );

  test('holds a body without a type as base64 if it says that tensors follow its JSON, else as text', async () => {
    const { eventOf } = await startGateway();
    const events: boolean[] = [];

    for (const header of ['inference-header-content-length', 'x-other']) {
      const headers = { 'x-api-key': 'secret', [header]: '2' };
      const init = { method: 'POST', body: new TextEncoder().encode('{}ab'), headers };
      events.push((await eventOf('/v1/models/heart/predict', init)).isBase64Encoded);
    }

    expect(events).toEqual([true, false]);
  });

  test('prefers the plain path part to a parameter', async () => {
    const { eventOf } = await startGateway();

    const event = await eventOf('/v1/models/heart/versions/newest');

    expect(event.resource).toBe('/v1/models/{model}/versions/newest');
  });
});

describe('the context', () => {
  test('tells which function runs, for which request, and how long it may take', async () => {
    const predict: HttpHandler = async (event, context) => ({
      statusCode: 200,
      body: JSON.stringify({
        name: context.functionName,
        same: context.awsRequestId === event.requestContext.requestId,
        left: context.getRemainingTimeInMillis(),
      }),
    });
    const { call } = await startGateway({ handlers: { predict, control: echo, import: echo } });

    const answer = await (await call('/v1/models/heart/predict', { method: 'POST', body: '{}' })).json();

    expect(answer).toMatchObject({ name: 'predict', same: true });
    expect((answer as { left: number }).left).toBeGreaterThan(20_000);
    expect((answer as { left: number }).left).toBeLessThanOrEqual(29_000);
  });
});

describe('the answer', () => {
  const answering = (result: unknown) =>
    startGateway({ handlers: { predict: echo, control: async () => result, import: echo } });

  test('keeps status, headers, repeated headers and text', async () => {
    const { call } = await answering({
      statusCode: 201,
      headers: { 'Content-Type': 'text/csv', 'X-Count': 3 },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'größe\n1\n',
    });

    const response = await call('/healthz');

    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('text/csv');
    expect(response.headers.get('x-count')).toBe('3');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('größe\n1\n');
  });

  test('sends a base64 body as bytes', async () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    const { call } = await answering({
      statusCode: 200,
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    });

    const response = await call('/healthz');

    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.get('content-length')).toBe('4');
  });

  test('says nothing of a body where there is none', async () => {
    const { call } = await answering({ statusCode: 204, body: '' });

    const response = await call('/healthz');

    expect(response.status).toBe(204);
    expect(response.headers.get('content-length')).toBeNull();
    expect(response.headers.get('content-type')).toBeNull();
  });

  test('passes a redirect on', async () => {
    const { call } = await answering({
      statusCode: 302,
      headers: { Location: 'http://elsewhere/' },
      body: '',
    });

    const response = await call('/healthz', { redirect: 'manual' });

    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('http://elsewhere/');
  });
});

describe('a refusal', () => {
  test.each([
    ['no key', {}],
    ['a wrong key', { 'x-api-key': 'secreT' }],
    ['a longer key', { 'x-api-key': 'secret2' }],
    ['a wrong bearer token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: 'Basic secret' }],
  ])('bad call: %s gives 401', async (_name, headers: Record<string, string>) => {
    const { call } = await startGateway();

    const response = await call('/v1/models/heart', { headers });

    expect(response.status).toBe(401);
    expect(await errorOf(response)).toMatchObject({
      type: 'unauthorized',
      code: 'unauthorized',
      param: null,
      request_id: response.headers.get('x-request-id'),
    });
  });

  test('the key may also come as a bearer token, and an open route needs none', async () => {
    const { call } = await startGateway();

    const withToken = await call('/v1/models/heart', { headers: { authorization: 'Bearer secret' } });
    const open = await call('/healthz', { headers: {} });

    expect([withToken.status, open.status]).toEqual([200, 200]);
  });

  test.each(['/nowhere', '/v1/models/', '/v1/models/heart/', '/', '//healthz', '/v1/models/a/b/c'])(
    'bad call: %s gives 404 in the native shape',
    async (path) => {
      const { call } = await startGateway();

      const response = await call(path);

      expect(response.status).toBe(404);
      expect(await errorOf(response)).toMatchObject({ type: 'not_found', code: 'unknown_path' });
    },
  );

  test('bad call: a method the path does not take gives 405 and says which it takes', async () => {
    const { call } = await startGateway();

    const response = await call('/v1/models/heart', { method: 'DELETE' });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, PUT');
    expect(await errorOf(response)).toMatchObject({ code: 'method_not_allowed' });
  });

  test('bad call: a broken escape in the path gives 400', async () => {
    const { call } = await startGateway();

    const response = await call('/v1/models/%zz');

    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ type: 'invalid_request', code: 'malformed_path' });
  });

  test.each(['announced', 'chunked'])('bad call: a body over the limit, %s, gives 413', async (kind) => {
    const { call } = await startGateway({ bodyLimitBytes: 100_000 });
    const text = 'x'.repeat(100_001);
    const body = kind === 'announced' ? text : new Blob([text]).stream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;

    const refused = await call('/v1/models/heart/predict', init);
    const next = await call('/v1/models/heart/predict', { method: 'POST', body: 'x'.repeat(100_000) });

    expect(refused.status).toBe(413);
    expect(await errorOf(refused)).toMatchObject({ type: 'too_large', code: 'too_large' });
    expect(next.status).toBe(200);
  });
});

describe('a handler that misbehaves', () => {
  const misbehaving: [string, HttpHandler][] = [
    ['rejects', async () => Promise.reject(new Error('secret detail'))],
    [
      'throws',
      () => {
        throw new Error('secret detail');
      },
    ],
    ['answers without a status', async () => ({ body: 'secret detail' })],
    ['answers nothing', async () => undefined],
  ];

  test.each(misbehaving)(
    'expected failure: one that %s costs its request a 500, not the process',
    async (_, control) => {
      const { call, reports } = await startGateway({ handlers: { predict: echo, control, import: echo } });

      const failed = await call('/v1/models/heart');
      const next = await call('/v1/models/heart/predict', { method: 'POST', body: '{}' });

      expect(failed.status).toBe(500);
      const error = await errorOf(failed);
      expect(error).toMatchObject({ type: 'internal', code: 'internal' });
      expect(JSON.stringify(error)).not.toContain('secret detail');
      expect(reports).toEqual([expect.stringContaining(String(error.request_id))]);
      expect(next.status).toBe(200);
    },
  );

  test('expected failure: one that never answers costs its request a 504', async () => {
    const control: HttpHandler = () => new Promise(() => {});
    const { call } = await startGateway({
      handlers: { predict: echo, control, import: echo },
      timeoutMs: 50,
    });

    const response = await call('/v1/models/heart');

    expect(response.status).toBe(504);
    expect(await errorOf(response)).toMatchObject({ code: 'timeout' });
  });
});

test('a client that leaves in the middle of its body is forgotten', async () => {
  const { call, port } = await startGateway();
  const socket = connect(port, '127.0.0.1');
  const head =
    'POST /v1/models/heart/predict HTTP/1.1\r\nhost: x\r\nx-api-key: secret\r\ncontent-length: 100\r\n\r\n';
  socket.write(`${head}half`);
  await once(socket, 'connect');
  socket.resetAndDestroy();

  const response = await call('/healthz');

  expect(response.status).toBe(200);
});

test('bad call: a route table with two equal routes or a half-literal part is refused at the start', () => {
  const gatewayFor = (routes: readonly Route[]) => () =>
    createGateway({
      routes,
      handlers: { predict: echo, control: echo, import: echo },
      identify: () => teamA,
      report: () => {},
    });

  expect(gatewayFor([...table, route('GET', '/healthz')])).toThrow(/two routes answer GET \/healthz/);
  expect(gatewayFor([route('POST', '/v1/models/{model}:predict')])).toThrow(/"\{model\}:predict"/);
});
