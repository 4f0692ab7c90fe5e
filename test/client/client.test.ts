import { expect, test } from 'vitest';
import { ApiError, createClient, isUnreachable } from '../../lib/client/index.ts';
import { startScripted } from './scripted-server.ts';

const list = { object: 'list', data: [], has_more: false };
const rows = { instances: [{ age: 61 }] };

/** A client that does not really wait, and the pauses it would have made. */
function patientClient(url: string) {
  const pauses: number[] = [];
  const client = createClient({
    url,
    apiKey: 'k',
    random: () => 0.5,
    pause: async (ms) => void pauses.push(ms),
  });
  return { client, pauses };
}

const refusal = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'x-request-id': 'r-1', ...headers },
  body: {
    error: { type: 'not_ready', message: 'Later.', param: null, code: 'no_live_version', request_id: 'r-1' },
  },
});

/** What a call failed with. */
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  );

test('path, query, key and body go where the route table says', async () => {
  const { url, asked } = await startScripted({ body: { predictions: [] } });

  const { client } = patientClient(`${url}/`);
  await client.predict('a b', rows, { version: 2, strict: true, non_finite: undefined });

  expect(asked[0]).toMatchObject({
    line: 'POST /v1/models/a%20b/predict?version=2&strict=true',
    headers: { 'x-api-key': 'k', 'content-type': 'application/json' },
  });
  expect(JSON.parse(asked[0]!.body.toString())).toEqual(rows);
});

test('rows that are handed over for later carry the preference and the key', async () => {
  const { url, asked } = await startScripted({ status: 202, body: { id: 'j', status: 'queued' } });

  const { client } = patientClient(url);
  const job = await client.predictLater('heart', rows, { query: { version: 2 }, idempotencyKey: 'k-1' });

  expect(job.status).toBe('queued');
  expect(asked[0]).toMatchObject({
    line: 'POST /v1/models/heart/predict?version=2',
    headers: { prefer: 'respond-async', 'idempotency-key': 'k-1' },
  });
});

test('text and bytes are sent as they are', async () => {
  const { url, asked } = await startScripted({ body: {} });

  const { client } = patientClient(url);
  const headers = { 'content-type': 'application/octet-stream' };
  await client.call('import-version', { path: { model: 'm' }, headers, body: new Uint8Array([0, 255]) });
  await client.call('mlflow-invocations', { headers: { 'content-type': 'text/csv' }, body: 'a,b' });

  expect(asked.map(({ headers, body }) => [headers['content-type'], body.toString('latin1')])).toEqual([
    ['application/octet-stream', '\u0000\u00ff'],
    ['text/csv', 'a,b'],
  ]);
});

test('what is no JSON is given as it is: text, bytes, or nothing', async () => {
  const html = await startScripted({ headers: { 'content-type': 'text/html' }, body: '<p>' });
  const tensors = await startScripted({
    headers: { 'content-type': 'application/octet-stream' },
    body: 'ab',
  });
  const ping = await startScripted({ body: '' });

  const page = await patientClient(html.url).client.call('docs');
  const body = { inputs: [{ name: 'a', shape: [1], datatype: 'FP32', data: [1] }] };
  const infer = patientClient(tensors.url).client.call('oip-infer', { path: { model: 'm' }, body });

  expect(page).toBe('<p>');
  expect(await infer).toEqual(new TextEncoder().encode('ab'));
  expect(await patientClient(ping.url).client.call('mlflow-ping')).toBe(undefined);
});

test('a service that is not ready is asked again, after pauses that double', async () => {
  const { url, asked } = await startScripted(refusal(503), refusal(429), { body: list });

  const { client, pauses } = patientClient(url);
  const answer = await client.call('list-models');

  expect(answer).toEqual(list);
  expect(pauses).toEqual([100, 200]);
  expect(asked.length).toBe(3);
});

test('Retry-After is waited for, unless it is longer than the longest pause', async () => {
  const short = await startScripted(refusal(503, { 'retry-after': '5' }), { body: list });
  const long = await startScripted(refusal(503, { 'retry-after': '60' }), { body: list });

  const { client, pauses } = patientClient(short.url);
  await client.call('list-models');
  const failure = await failureOf(patientClient(long.url).client.call('list-models'));

  expect(pauses).toEqual([5100]);
  expect(failure).toMatchObject({ status: 503, retryAfterMs: 60_000 });
  expect(long.asked.length).toBe(1);
});

test('a broken connection is tried again, and told in the end', async () => {
  const once = await startScripted({ cut: true }, { body: list });
  const always = await startScripted({ cut: true });

  const answer = await patientClient(once.url).client.call('list-models');
  const failure = await failureOf(patientClient(always.url).client.call('list-models'));

  expect(answer).toEqual(list);
  expect(isUnreachable(failure)).toBe(true);
  expect(always.asked.length).toBe(3);
});

test('predictions are asked for again, but no change is made twice', async () => {
  const script = [refusal(503), { body: {} }];
  const predict = await startScripted(...script);
  const retrain = await startScripted(...script);

  await patientClient(predict.url).client.call('predict', { path: { model: 'm' }, body: rows });
  const failure = await failureOf(
    patientClient(retrain.url).client.call('retrain', { path: { model: 'm' } }),
  );

  expect(predict.asked.length).toBe(2);
  expect(failure).toBeInstanceOf(ApiError);
  expect(retrain.asked.length).toBe(1);
});

test('a change with an idempotency key is made again', async () => {
  const { url, asked } = await startScripted({ cut: true }, { status: 202, body: { id: 'x' } });

  const { client } = patientClient(url);
  await client.call('retrain', { path: { model: 'm' }, headers: { 'idempotency-key': '7' } });

  expect(asked.length).toBe(2);
});

test.each([
  [
    {
      error: { type: 'not_found', message: 'No.', param: 'model', code: 'model_not_found', request_id: 'r' },
    },
    { kind: 'not_found', message: 'No.', param: 'model', code: 'model_not_found' },
  ],
  [{ error: 'No such model.' }, { kind: 'not_found', message: 'No such model.', code: 'from_header' }],
  [
    { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'No such model.' },
    { kind: 'not_found', message: 'No such model.', code: 'from_header' },
  ],
  ['<html>', { kind: 'not_found', code: 'foreign_answer' }],
])('bad call: a refusal %j becomes an error with kind, code and request id', async (body, expected) => {
  const { url } = await startScripted({
    status: 404,
    headers: { 'x-request-id': 'r-9', 'x-error-code': 'from_header' },
    body,
  });

  const failure = await failureOf(patientClient(url).client.call('get-model', { path: { model: 'm' } }));

  expect(failure).toMatchObject({ name: 'ApiError', status: 404, requestId: 'r-9', ...expected });
});

test('bad call: an answer of another service is no answer', async () => {
  const { url } = await startScripted({ body: '<html>Welcome</html>' });

  const failure = await failureOf(patientClient(url).client.call('list-models'));

  expect(failure).toMatchObject({ code: 'foreign_answer' });
});

test('a service that takes too long is given up, and not asked again', async () => {
  const { url, asked } = await startScripted();

  const failure = await failureOf(createClient({ url, apiKey: 'k', timeoutMs: 50 }).call('list-models'));

  expect(isUnreachable(failure)).toBe(true);
  expect((failure as Error).message).toContain('no answer in time');
  expect(asked.length).toBe(1);
});

test('a caller who gives up gets the own reason, under way and between two tries', async () => {
  const silent = await startScripted();
  const busy = await startScripted(refusal(503));
  const reason = new Error('enough');

  const underWay = new AbortController();
  const first = failureOf(patientClient(silent.url).client.call('list-models', { signal: underWay.signal }));
  await expect.poll(() => silent.asked.length).toBe(1);
  underWay.abort(reason);
  const between = new AbortController();
  const client = createClient({
    url: busy.url,
    apiKey: 'k',
    random: () => 0.99,
    longestPauseMs: 1e9,
    retries: 99,
  });
  const second = failureOf(client.call('list-models', { signal: between.signal }));
  await expect.poll(() => busy.asked.length).toBe(1);
  between.abort(reason);

  expect(await first).toBe(reason);
  expect(await second).toBe(reason);
});
