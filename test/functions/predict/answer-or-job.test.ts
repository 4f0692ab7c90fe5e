/** Predictions and vectors of models behind endpoints that sleep, or work off a queue. */
import { beforeAll, expect, it, vi } from 'vitest';
import { rawHttpStack } from '../../../functions/middleware/http-stack.ts';
import { createPredict } from '../../../functions/predict/predict.ts';
import type { EndpointModel } from '../../../lib/contracts/endpoint-models.ts';
import { environmentNames } from '../../../lib/contracts/environment.ts';
import type { PictureDecoder } from '../../../lib/contracts/preparation.ts';
import { invalidInput, notReady, silentLogger } from '../../../lib/core/index.ts';
import type { EndpointBodyCall, Endpoints } from '../../../lib/endpoint/index.ts';
import { createMemoryObjectStore } from '../../../lib/storage/index.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../api-gateway.ts';

beforeAll(() => {
  vi.stubEnv(environmentNames.dataBucket, 'data-bucket');
  vi.stubEnv(environmentNames.artifactBucket, 'artifacts-bucket');
});

const asleep = () => notReady('starting', { code: 'endpoint_not_ready', retryAfterSeconds: 15 });
const vectors = JSON.stringify({ data: [{ embedding: [1] }], model: 'inner', usage: { prompt_tokens: 1 } });

/** A model behind an endpoint, and how long its pictures are decoded. */
type Sleeper = Partial<EndpointModel> & { readonly decodeMs?: number };

/** Predict over one model, whose endpoint answers requests by these replies; without one it sleeps. */
function world({ decodeMs = 0, ...model }: Sleeper, ...replies: (string | Error)[]) {
  const clock = { now: () => Date.now() };
  const artifacts = createMemoryObjectStore({ clock });
  const calls: EndpointBodyCall[] = [];
  let queued = 0;
  const endpoints: Endpoints = {
    invoke: async (call) => {
      const reply = replies[calls.length] ?? asleep();
      calls.push(call);
      if (typeof reply !== 'string') throw reply;
      return { contentType: 'application/json', attempts: 1, body: Buffer.from(reply) };
    },
    stream: () => Promise.reject(new Error('nothing is streamed')),
    enqueue: async () => {
      const key = `endpoint-answers/${queued}.out`;
      const reply = replies[queued];
      queued += 1;
      if (typeof reply === 'string') await artifacts.put(key, reply, { contentType: 'application/json' });
      return { inferenceId: key, outputUri: `s3://artifacts-bucket/${key}`, failureUri: null };
    },
  };
  const declared: EndpointModel = {
    ...{ model: 'm', endpoint: 'm-endpoint', kind: 'serverless', speaks: 'openai' },
    ...model,
  };
  const models = new Map([['m', declared]]);
  let ids = 0;
  const platform = { data: artifacts, artifacts, clock, newId: () => `id-${++ids}`, endpointModels: models };
  const large = { models, endpoints: async () => endpoints };
  const decodePictures: PictureDecoder = async () => {
    const nowMs = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs() + decodeMs);
    return { shape: [1, 1, 1, 3], data: new Uint8Array(3) };
  };
  const predicting = createPredict({ ...platform, large, decodePictures });
  const handler = rawHttpStack(predicting, { service: 't', logger: silentLogger });
  const ask = async (route: string, request: Omit<TestRequest, 'method' | 'route'> = {}) => {
    const headers = { 'content-type': 'application/json', ...request.headers };
    const event = gatewayEvent({
      path: route === embeddings ? {} : { model: 'm' },
      ...request,
      headers,
      method: 'POST',
      route,
    });
    const { statusCode, headers: given = {}, body, isBase64Encoded } = await handler(event, lambdaContext);
    const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
    return { status: statusCode, headers: given, json: JSON.parse(text) };
  };
  return { ask, calls, artifacts };
}

const predict = '/v1/models/{model}/predict';
const infer = '/v2/models/{model}/infer';
const embeddings = '/v1/embeddings';
const texts = { model: 'm', input: ['a'] };
const hasJobs = async ({ artifacts }: ReturnType<typeof world>): Promise<boolean> => {
  for await (const _ of artifacts.list('jobs/')) return true;
  return false;
};

it.each([predict, infer])(
  'a request to %s that need not be waited for is a job, and asks nobody yet',
  async (route) => {
    const one = world({}, '{}');

    const answer = await one.ask(route, { body: { n: 1 }, headers: { prefer: 'respond-async' } });

    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ object: 'job', model: 'm', status: 'queued', version: null });
    expect(answer.headers).toMatchObject({
      location: `/v1/jobs/${answer.json.id}`,
      'retry-after': '5',
      'preference-applied': 'respond-async',
    });
    expect(one.calls).toEqual([]);
  },
);

it('a request whose endpoint sleeps longer than the client would wait is a job', async () => {
  const one = world({});

  const answer = await one.ask(predict, { body: {}, headers: { prefer: 'wait=1' } });

  expect([answer.status, answer.headers['preference-applied']]).toEqual([202, undefined]);
  expect(one.calls).toHaveLength(2);
});

it('an endpoint that wakes in time answers itself, and leaves no job', async () => {
  const one = world({}, asleep(), '{"n":1}');

  const answer = await one.ask(predict, { body: {} });

  expect([answer.status, answer.json]).toEqual([200, { n: 1 }]);
  expect(await hasJobs(one)).toBe(false);
});

it('expected failure: what the container refuses is refused, and no job', async () => {
  const one = world({}, invalidInput('too long', { code: 'too_long' }));

  const answer = await one.ask(predict, { body: {} });

  expect([answer.status, answer.json.error.code]).toEqual([400, 'too_long']);
  expect(await hasJobs(one)).toBe(false);
});

it('a request that has become a job is that job when it comes again, though the endpoint is awake', async () => {
  const one = world({}, asleep(), asleep(), '{}');
  const headers = { prefer: 'wait=1', 'idempotency-key': 'key' };

  const first = await one.ask(predict, { body: {}, headers });
  const again = await one.ask(predict, { body: {}, headers });
  const other = await one.ask(predict, { body: { n: 2 }, headers });

  expect([first.status, again.status, again.json.id]).toEqual([202, 202, first.json.id]);
  expect([other.status, other.json.error.code]).toEqual([409, 'idempotency_conflict']);
  expect(one.calls).toHaveLength(2);
});

it.each(['serverless', 'async'] as const)(
  'vectors of a %s model become a job for clients that say that they know what to do with one',
  async (kind) => {
    const one = world({ kind });

    const answer = await one.ask(embeddings, { body: texts, headers: { prefer: 'respond-async' } });

    expect([answer.status, answer.json.object]).toEqual([202, 'job']);
  },
);

it.each(['serverless', 'async'] as const)(
  'vectors of a %s model that is awake are answered',
  async (kind) => {
    const one = world({ kind }, vectors);

    const answer = await one.ask(embeddings, { body: texts });

    expect([answer.status, answer.json.model, answer.json.data.length]).toEqual([200, 'm', 1]);
    expect(await hasJobs(one)).toBe(false);
  },
);

it('expected failure: vectors of a model that sleeps are asked for again by clients of OpenAI’s, to whom it is told when', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  const one = world({});
  const asked = one.ask(embeddings, { body: texts });
  await vi.advanceTimersByTimeAsync(30_000);
  vi.useRealTimers();

  const answer = await asked;

  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '15']);
  expect(await hasJobs(one)).toBe(false);
});

it.each(['serverless', 'async'] as const)(
  'a request whose pictures took most of the time is a job of a %s model before API Gateway gives up',
  async (kind) => {
    const input = { image: { tensor: 'pixels', width: 1, height: 1 } };
    const one = world({ kind, speaks: 'raw', input, decodeMs: 23_000 });
    const startMs = performance.now();

    const answer = await one.ask(predict, { body: { instances: [{ b64: 'AAAA' }] } });

    const tookMs = performance.now() - startMs;
    vi.restoreAllMocks();
    expect(answer.status).toBe(202);
    expect(tookMs).toBeGreaterThan(23_000);
    expect(tookMs).toBeLessThan(29_000);
  },
);
