import { beforeAll, expect, it, vi } from 'vitest';
import { rawHttpStack } from '../../../functions/middleware/http-stack.ts';
import type { Platform } from '../../../functions/middleware/index.ts';
import { createPredict } from '../../../functions/predict/predict.ts';
import { environmentNames } from '../../../lib/contracts/environment.ts';
import { silentLogger } from '../../../lib/core/index.ts';
import { createWorld, heartCsv, register, upload } from '../../pipeline/support.ts';
import { tripled } from '../../runtime/example-model.ts';
import { publish } from '../../serve/models.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../api-gateway.ts';

let lineOf: (request: Omit<TestRequest, 'method'>) => Promise<Record<string, unknown>>;

beforeAll(async () => {
  vi.stubEnv(environmentNames.dataBucket, 'onramp-data');
  vi.stubEnv(environmentNames.artifactBucket, 'onramp-artifacts');
  const world = createWorld();
  await register(world);
  await upload(world, heartCsv(300));
  await publish(world.artifacts, 'tripled/1', tripled());
  const platform: Platform = { ...world, newId: () => 'id' };
  lineOf = async (request) => {
    const lines: Record<string, unknown>[] = [];
    const info = (_message: string, data: Record<string, unknown> = {}) => void lines.push(data);
    const logger = { ...silentLogger, info };
    const handler = rawHttpStack(createPredict(platform), { service: 'predict', logger });
    await handler(gatewayEvent({ method: 'POST', ...request }), lambdaContext);
    return lines[0]!;
  };
});

const rows = [
  { age: 61, sex: 'F', weight: 70.5 },
  { age: 35, sex: 'M', weight: 81 },
  { age: 47, sex: 'F', weight: 66 },
];
const heart = { path: { model: 'heart' } };
const predict = '/v1/models/{model}/predict';
const explain = { route: '/v1/models/{model}/explain', ...heart, body: { instances: rows } };
const oneClass = { ...explain, query: { class: 'yes' } };
const csv = {
  headers: { 'Content-Type': 'text/csv' },
  body: 'age,sex,weight\n61,F,70.5\n35,M,81\n47,F,66\n',
};

const requests: readonly (readonly [string, Omit<TestRequest, 'method'>])[] = [
  ['a native prediction', { route: predict, ...heart, body: { instances: rows } }],
  [
    'a native prediction with its explanation',
    { route: predict, ...heart, query: { explain: 'true' }, body: { instances: rows } },
  ],
  ['an explanation', explain],
  ['an explanation of one class', oneClass],
  ['a transformation', { route: '/v1/models/{model}/transform', ...heart, body: { instances: rows } }],
  [
    'an inference of the Open Inference Protocol',
    {
      route: '/v2/models/{model}/infer',
      ...heart,
      body: {
        inputs: [
          { name: 'age', shape: [3], datatype: 'FP32', data: [61, 35, 47] },
          { name: 'sex', shape: [3], datatype: 'BYTES', data: ['F', 'M', 'F'] },
          { name: 'weight', shape: [3], datatype: 'FP32', data: [70.5, 81, 66] },
        ],
      },
    },
  ],
  [
    'a prediction for TensorFlow Serving',
    { route: '/v1/models/{model}', path: { model: 'heart:predict' }, body: { instances: rows } },
  ],
  [
    'an invocation of MLflow',
    { route: '/invocations', query: { model: 'heart' }, body: { dataframe_records: rows } },
  ],
  ['an invocation with CSV', { route: '/invocations', query: { model: 'heart' }, ...csv }],
];

it.each(requests)('%s is logged with its model, version and rows', async (_what, request) => {
  const line = await lineOf(request);

  expect(line).toMatchObject({ status: 200, model: 'heart', version: '1', rows: 3 });
});

it.each([
  ['instances', { instances: [{ x: new Array(1000).fill(1) }, { x: new Array(1000).fill(2) }] }, 2],
  ['whole tensors', { columns: { x: [new Array(1000).fill(1)] } }, 1],
])(
  'a model that was brought along is logged with as many rows as it has predictions: %s',
  async (_form, body, count) => {
    const line = await lineOf({ route: predict, path: { model: 'tripled' }, body });

    expect(line).toMatchObject({ status: 200, model: 'tripled', version: '1', rows: count });
  },
);

it('expected failure: a refused request is logged without a model, as none was asked', async () => {
  const line = await lineOf({ route: predict, ...heart, body: { instances: [] } });

  expect(line).toMatchObject({ status: 400 });
  expect(line).not.toHaveProperty('model');
});
