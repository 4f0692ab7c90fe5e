import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { packageFunction } from '../../scripts/package.ts';
import { exampleModel, tripled } from './example-model.ts';
import { proxyEvent, routeOf } from './proxy-events.ts';
import { type PublishedModels, publishModels } from './published-models.ts';
import { embeddingModel, faultOf, routeEvents } from './route-events.ts';
import { type Outcome, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';
import { type RuntimeProcess, startFunction } from './runtime-client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const predict = packageFunction({ root, name: 'predict', architecture });

const row = { age: 64, sex: 'F' };
const prediction = proxyEvent(routeOf('predict'), { path: { model: 'heart' }, body: { instances: [row] } });

let models: PublishedModels;

beforeAll(async () => {
  models = await publishModels({
    'heart/1': exampleModel(),
    'tripled/1': tripled(),
  });
  await models.publishEmbedding(embeddingModel);
});

afterAll(() => models.close());

function resultOf(outcome: Outcome): APIGatewayProxyResult {
  if (outcome.kind !== 'answer') throw new Error(`the invocation ended as ${JSON.stringify(outcome)}`);
  return JSON.parse(outcome.body);
}

describe('the built predict under AWS’s runtime client', () => {
  let api: RuntimeApi;
  let running: RuntimeProcess;

  const start = (environment = models.environment): void => {
    running = startFunction({ code: predict, handler: 'index.handler', api: api.address, environment });
  };

  beforeEach(async () => {
    api = await startRuntimeApi();
  });

  afterEach(async () => {
    await running.kill();
    await api.close();
  });

  test('answers an event of every route as the route table says, and writes a line of log for each', async () => {
    start();

    const faults = [];
    for (const [id, route, event] of routeEvents) {
      const fault = faultOf(route, resultOf(await api.invoke(event)));
      if (fault !== null) faults.push([id, fault]);
    }

    expect(faults).toEqual([]);
    const lines = running
      .output()
      .split('\n')
      .filter((line) => /"message":"(answered|refused)"/.test(line));
    expect(lines).toHaveLength(routeEvents.length);
  });

  test('answers errors of clients as answers, and goes on', async () => {
    start();

    const unknown = await api.invoke(
      proxyEvent(routeOf('predict'), { path: { model: 'nobody' }, body: { instances: [row] } }),
    );
    const broken = await api.invoke(
      proxyEvent(routeOf('predict'), { path: { model: 'heart' }, body: '{"inst' }),
    );
    const fine = await api.invoke(prediction);

    expect([unknown, broken, fine].map((outcome) => resultOf(outcome).statusCode)).toEqual([404, 400, 200]);
    expect(JSON.parse(resultOf(unknown).body).error.code).toBe('model_not_found');
  });

  test('expected failure: an event that is none of API Gateway’s is an error of the invocation, not the end', async () => {
    start();

    const odd = await api.invoke({ hello: 'world' });
    const fine = await api.invoke(prediction);

    expect(odd).toMatchObject({ kind: 'error' });
    expect(resultOf(fine).statusCode).toBe(200);
  });

  test('expected failure: without its environment it says by name what is missing', async () => {
    const { ONRAMP_ARTIFACT_BUCKET: _left, ...environment } = models.environment;
    start(environment);

    const outcome = await api.invoke(prediction);

    expect(outcome).toMatchObject({
      kind: 'init-error',
      body: expect.stringContaining('ONRAMP_ARTIFACT_BUCKET is not set'),
    });
  });

  test('expected failure: an answer over 6 MB is refused before Lambda would, and the next one is given', async () => {
    start();
    const numbers = Array.from({ length: 500_000 }, (_, index) => index + 0.5);
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [500, 1000], data: numbers }];

    const large = await api.invoke(
      proxyEvent(routeOf('oip-infer'), { path: { model: 'tripled' }, body: { inputs } }),
    );
    const fine = await api.invoke(prediction);

    expect(resultOf(large)).toMatchObject({
      statusCode: 413,
      headers: { 'x-error-code': 'answer_too_large' },
    });
    expect(resultOf(fine).statusCode).toBe(200);
  });

  test('expected failure: a store that does not answer runs into the time-out; a new process answers again', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    start({ ...models.environment, AWS_ENDPOINT_URL_S3 });

    const late = await api.invoke(prediction, { timeoutMs: 2000 });
    await running.kill();
    silent.closeAllConnections();
    silent.close();
    api.reset();
    start();
    const fine = await api.invoke(prediction);

    expect(late).toEqual({ kind: 'timeout' });
    expect(resultOf(fine).statusCode).toBe(200);
  });

  test('a thousand invocations leave its memory as it was', async () => {
    start();
    const ask = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        expect(resultOf(await api.invoke(prediction)).statusCode).toBe(200);
      }
    };

    // The first ones fill caches and the heap up to where garbage is collected, which takes about 1,000.
    await ask(1500);
    const before = running.residentBytes();
    await ask(1000);
    const after = running.residentBytes();

    expect(after - before).toBeLessThan(6_000_000);
    expect(after).toBeLessThan(200_000_000);
  });
});
