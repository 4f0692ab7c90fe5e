import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorBody } from '../../lib/contracts/http.ts';
import { apiKey, heartCsv, type Loop, linearSpec, startLoop, waitForRun } from './support.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
  await loop.api('PUT', '/v1/models/heart', linearSpec);
  await loop.upload('heart', 'heart.csv', heartCsv(300));
  await waitForRun(loop, 'heart', 'heart.csv');
});
afterAll(() => loop.remove());

const good = { age: 61, sex: 'F', weight: 70 };
const predictPath = '/v1/models/heart/predict';
const megabyte = 1_048_576;

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends exactly what is said: no header and no byte is mended on the way. */
function send({ method = 'POST', path = predictPath, headers = {}, body }: Sent): Promise<Received> {
  return new Promise((resolve, reject) => {
    const all = { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers };
    const request = httpRequest(loop.url, { method, path, headers: all, agent: false }, (response) => {
      text(response).then(
        (content) => resolve({ status: response.statusCode!, headers: response.headers, text: content }),
        reject,
      );
    });
    request.on('error', reject);
    if (all['expect' as keyof typeof all] === undefined) request.end(body);
    else request.on('continue', () => request.end(body)).flushHeaders();
  });
}

const json = (value: unknown): Sent => ({ body: JSON.stringify(value) });
const row = (more: object) => json({ instances: [good, { ...good, ...more }] });
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

/** What is sent, the status, the code and what the message must say. */
type Case = readonly [title: string, sent: Sent, status: number, code: string, message: RegExp];

const predictCases: readonly Case[] = [
  ['no JSON', { body: '{"instances":' }, 400, 'invalid_json', /not valid JSON/],
  ['an empty body', {}, 400, 'invalid_json', /JSON/],
  ['a lone number', { body: '7' }, 400, 'wrong_shape', /"instances"/],
  ['null', { body: 'null' }, 400, 'wrong_shape', /"instances"/],
  ['neither rows nor columns', json({}), 400, 'wrong_shape', /"instances".*"columns"/],
  ['both rows and columns', json({ instances: [good], columns: {} }), 400, 'wrong_shape', /exactly one/],
  ['no row', json({ instances: [] }), 400, 'wrong_shape', /at least one/],
  ['a row that is a text', json({ instances: [good, 'x'] }), 400, 'wrong_shape', /instances\[1\]/],
  ['a row that is null', json({ instances: [null] }), 400, 'wrong_shape', /instances\[0\]/],
  ['a row too short', json({ instances: [[61, 'F']] }), 400, 'wrong_shape', /age, sex, weight/],
  [
    'columns of different length',
    json({ columns: { age: [1, 2], sex: ['F'], weight: [1] } }),
    400,
    'wrong_shape',
    /columns\.sex/,
  ],
  ['a missing field', json({ instances: [{ age: 61, sex: 'F' }] }), 400, 'missing_field', /weight/],
  ['an unknown field', row({ height: 180 }), 400, 'unknown_field', /instances\[1\]\.height/],
  ['a text for a number', row({ age: 'old' }), 400, 'not_a_number', /instances\[1\]\.age.*"old"/],
  ['a number as a text', row({ age: '61' }), 400, 'not_a_number', /instances\[1\]\.age/],
  ['an object for a text', row({ sex: {} }), 400, 'not_a_text', /instances\[1\]\.sex.*object/],
  [
    'a number too large',
    { body: '{"instances":[{"age":1e400,"sex":"F","weight":1}]}' },
    400,
    'not_a_number',
    /age/,
  ],
  ['a number beyond 32 bits', row({ age: 1e39 }), 400, 'not_a_number', /age/],
  ['10,001 rows', json({ instances: Array(10_001).fill(good) }), 413, 'too_many_rows', /10000/],
  ['a body of 7 MB', { body: `"${'x'.repeat(7 * megabyte)}"` }, 413, 'body_too_large', /4500000/],
  ['a body of 11 MB', { body: `"${'x'.repeat(11 * megabyte)}"` }, 413, 'too_large', /10485760/],
  [
    'a body of 11 MB without a length',
    { headers: { 'transfer-encoding': 'chunked' }, body: `"${'x'.repeat(11 * megabyte)}"` },
    413,
    'too_large',
    /10485760/,
  ],
  ['100,000 brackets', { body: nested(100_000) }, 400, 'wrong_shape', /object/],
  [
    '100,000 brackets in a row',
    { body: `{"instances":${nested(100_000)}}` },
    400,
    'wrong_shape',
    /instances\[0\]/,
  ],
  [
    '100,000 brackets in a value',
    { body: `{"instances":[{"age":${nested(100_000)},"sex":"F","weight":1}]}` },
    400,
    'not_a_number',
    /array/,
  ],
  [
    'the field __proto__',
    { body: '{"instances":[{"age":1,"sex":"F","weight":1,"__proto__":{"x":1}}]}' },
    400,
    'unknown_field',
    /__proto__/,
  ],
  ['the field constructor', row({ constructor: 1 }), 400, 'unknown_field', /constructor/],
  [
    'the column __proto__',
    { body: '{"columns":{"age":[1],"sex":["F"],"weight":[1],"__proto__":[1]}}' },
    400,
    'unknown_field',
    /__proto__/,
  ],
  [
    'bytes that are not UTF-8',
    { body: Buffer.from('{"instances":[{"age":1,"sex":"\xff","weight":1}]}', 'latin1') },
    400,
    'invalid_utf8',
    /UTF-8/,
  ],
  [
    'an unknown model',
    { path: '/v1/models/none/predict', ...json({ instances: [good] }) },
    404,
    'model_not_found',
    /none/,
  ],
  [
    'an unknown version',
    { path: `${predictPath}?version=99`, ...json({ instances: [good] }) },
    404,
    'version_not_found',
    /99/,
  ],
  [
    'a version that climbs',
    { path: `${predictPath}?version=..%2F1`, ...json({ instances: [good] }) },
    400,
    'invalid_field',
    /version/,
  ],
  [
    'an empty version',
    { path: `${predictPath}?version=`, ...json({ instances: [good] }) },
    400,
    'invalid_field',
    /version/,
  ],
  [
    'a model name that climbs',
    { path: '/v1/models/..%2Fheart/predict', ...json({ instances: [good] }) },
    400,
    'invalid_field',
    /model/,
  ],
  [
    'a model name with a zero byte',
    { path: '/v1/models/a%00b/predict', ...json({ instances: [good] }) },
    400,
    'invalid_field',
    /model/,
  ],
  [
    'a model name of 5,000 letters',
    { path: `/v1/models/${'m'.repeat(5000)}/predict`, ...json({ instances: [good] }) },
    400,
    'invalid_field',
    /model/,
  ],
  [
    'a form',
    { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' },
    415,
    'content_type',
    /application\/json/,
  ],
  [
    'bytes',
    { headers: { 'content-type': 'application/octet-stream' }, body: '{}' },
    415,
    'content_type',
    /application\/json/,
  ],
];

const controlCases: readonly Case[] = [
  ['an unknown path', { method: 'GET', path: '/v3/everything' }, 404, 'unknown_path', /\/v3\/everything/],
  ['the root', { method: 'GET', path: '/' }, 404, 'unknown_path', /\//],
  ['a path with a slash too many', { method: 'GET', path: '//v1/models' }, 404, 'unknown_path', /models/],
  [
    'a whole address as path',
    { method: 'GET', path: 'http://other/v1/models' },
    404,
    'unknown_path',
    /models/,
  ],
  ['a broken escape', { method: 'GET', path: '/v1/models/%zz' }, 400, 'malformed_path', /escape/],
  ['a wrong method', { method: 'PATCH', path: '/v1/models/heart' }, 405, 'method_not_allowed', /GET/],
  ['OPTIONS', { method: 'OPTIONS', path: predictPath }, 405, 'method_not_allowed', /POST/],
  [
    'no key',
    { method: 'GET', path: '/v1/models', headers: { 'x-api-key': '' } },
    401,
    'unauthorized',
    /x-api-key/,
  ],
  [
    'a wrong key',
    { method: 'GET', path: '/v1/models', headers: { 'x-api-key': 'onramp-locaL' } },
    401,
    'unauthorized',
    /x-api-key/,
  ],
  [
    'a wrong bearer token',
    { method: 'GET', path: '/v1/models', headers: { 'x-api-key': '', authorization: 'Bearer x' } },
    401,
    'unauthorized',
    /Bearer/,
  ],
  [
    'a large body without a key',
    { headers: { 'x-api-key': '' }, body: 'x'.repeat(3 * megabyte) },
    401,
    'unauthorized',
    /key/,
  ],
  ['an unknown model', { method: 'GET', path: '/v1/models/none' }, 404, 'model_not_found', /none/],
  ['a name with a slash', { method: 'GET', path: '/v1/models/a%2Fb' }, 400, 'invalid_field', /model/],
  ['a name with a zero byte', { method: 'DELETE', path: '/v1/models/a%00b' }, 400, 'invalid_field', /model/],
  [
    'a name of 5,000 letters',
    { method: 'GET', path: `/v1/models/${'m'.repeat(5000)}` },
    400,
    'invalid_field',
    /model/,
  ],
  [
    'an unknown version',
    { method: 'GET', path: '/v1/models/heart/versions/99' },
    404,
    'version_not_found',
    /99/,
  ],
  [
    'an unknown run',
    { method: 'GET', path: `/v1/models/heart/runs/${'0'.repeat(16)}` },
    404,
    'run_not_found',
    /0{16}/,
  ],
  [
    'a spec that is not JSON',
    { method: 'PUT', path: '/v1/models/x', body: '{' },
    400,
    'invalid_json',
    /JSON/,
  ],
  ['no spec at all', { method: 'PUT', path: '/v1/models/x' }, 400, 'invalid_field', /body/i],
  [
    'a spec with a field too many',
    { method: 'PUT', path: '/v1/models/x', ...json({ ...linearSpec, colour: 1 }) },
    400,
    'unknown_field',
    /colour/,
  ],
  [
    'a spec without a target',
    { method: 'PUT', path: '/v1/models/x', ...json({ dataset: 'heart' }) },
    400,
    'invalid_field',
    /target/,
  ],
  [
    'a spec with an unknown target',
    { method: 'PUT', path: '/v1/models/x', ...json({ ...linearSpec, target: 'shape' }) },
    400,
    'unknown_column',
    /shape/,
  ],
  [
    'a spec of brackets',
    { method: 'PUT', path: '/v1/models/x', body: nested(100_000) },
    400,
    'nested_too_deep',
    /levels/,
  ],
  [
    'a deep relabel',
    {
      method: 'PUT',
      path: '/v1/models/x',
      body: `{"dataset":"heart","target":"disease","relabel":${nested(100_000)}}`,
    },
    400,
    'nested_too_deep',
    /levels/,
  ],
  [
    'a schedule that never was',
    { method: 'PUT', path: '/v1/models/x', ...json({ ...linearSpec, schedule: 'rate(1 fortnight)' }) },
    400,
    'invalid_schedule',
    /fortnight/,
  ],
  [
    'a spec as a form',
    { method: 'PUT', path: '/v1/models/x', headers: { 'content-type': 'text/plain' }, body: 'x' },
    415,
    'content_type',
    /text\/plain/,
  ],
  [
    'an upload that climbs',
    { path: '/v1/datasets/heart/uploads', ...json({ file: '../x.csv' }) },
    400,
    'invalid_field',
    /file/,
  ],
  [
    'an upload above 5 GB',
    { path: '/v1/datasets/heart/uploads', ...json({ file: 'x.csv', bytes: 6e9 }) },
    413,
    'upload_too_large',
    /bytes/,
  ],
  ['a limit of zero', { method: 'GET', path: '/v1/models?limit=0' }, 400, 'invalid_field', /limit/],
  [
    'a promotion of nothing',
    { path: '/v1/models/heart/promote', ...json({ version: '7' }) },
    404,
    'version_not_found',
    /7/,
  ],
];

/** Still up, still right: what every refusal has to leave behind. */
async function stillAnswers(): Promise<number> {
  return (await send(json({ instances: [good] }))).status;
}

describe.each([
  ['predict', predictCases],
  ['control and the gateway', controlCases],
])('what %s cannot take', (_, cases) => {
  test.each(cases)('bad call: %s', async (_title, sent, status, code, message) => {
    const received = await send(sent);

    const { error } = errorBody.strict().parse(JSON.parse(received.text));
    expect([received.status, error.code]).toEqual([status, code]);
    expect(error.message).toMatch(message);
    expect(received.headers['x-request-id']).toBe(error.request_id);
    expect(await stillAnswers()).toBe(200);
  });
});

describe('HTTP as it is spoken at its edges', () => {
  test('a client that waits for 100 Continue is told to go on, or refused', async () => {
    const body = JSON.stringify({ instances: [good] });

    const taken = await send({
      headers: { expect: '100-continue', 'content-length': String(body.length) },
      body,
    });

    expect(taken.status).toBe(200);
  });

  test('a body in pieces without a length is taken', async () => {
    const taken = await send({ headers: { 'transfer-encoding': 'chunked' }, ...json({ instances: [good] }) });

    expect(taken.status).toBe(200);
  });

  test('HEAD is refused without a body', async () => {
    const refused = await send({ method: 'HEAD', path: '/v1/models' });

    expect([refused.status, refused.text]).toEqual([405, '']);
  });

  test.each<[string, string, number]>([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a header without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx', 400],
    [
      'a length and pieces',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('bad call: %s is refused in the shape of every other error', async (_, bytes, status) => {
    const answer = await exchange(bytes);

    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(errorBody.strict().parse(JSON.parse(body)).error.type).toBe('invalid_request');
    expect(await stillAnswers()).toBe(200);
  });

  test('clients that stop half way hold up nobody', async () => {
    const { port, hostname } = new URL(loop.url);
    const head = `POST ${predictPath} HTTP/1.1\r\nhost: x\r\nx-api-key: ${apiKey}\r\ncontent-length: 100\r\n\r\n{"inst`;
    const stuck = Array.from({ length: 50 }, () => connect(Number(port), hostname).on('error', () => {}));
    for (const socket of stuck) socket.write(head);

    const statuses = await Promise.all(Array.from({ length: 20 }, stillAnswers));
    for (const socket of stuck) socket.destroy();

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await stillAnswers()).toBe(200);
  });
});

test('no refusal was a failure of ours', async () => {
  expect(loop.output()).not.toMatch(/failed|ended|error/i);
});

/** Sends bytes and reads until the server closes. */
async function exchange(bytes: string): Promise<string> {
  const { port, hostname } = new URL(loop.url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  return text(socket);
}
