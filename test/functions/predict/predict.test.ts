import { beforeAll, expect, it, vi } from 'vitest';
import { createControl } from '../../../functions/control/control.ts';
import { httpStack, rawHttpStack } from '../../../functions/middleware/http-stack.ts';
import type { Platform } from '../../../functions/middleware/index.ts';
import { createPredict } from '../../../functions/predict/predict.ts';
import { environmentNames } from '../../../lib/contracts/environment.ts';
import { silentLogger } from '../../../lib/core/index.ts';
import { createWorld, heartCsv, register, upload } from '../../pipeline/support.ts';
import { createMemorySchedules } from '../../schedules/memory-schedules.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../api-gateway.ts';

let call: (
  request: TestRequest,
) => Promise<{ readonly status: number; readonly json: Record<string, unknown> }>;

beforeAll(async () => {
  vi.stubEnv(environmentNames.dataBucket, 'onramp-data');
  vi.stubEnv(environmentNames.artifactBucket, 'onramp-artifacts');
  const world = createWorld();
  await register(world);
  await upload(world, heartCsv(300));
  let ids = 0;
  const platform: Platform = { ...world, newId: () => `id-${++ids}` };
  const options = { service: 'test', logger: silentLogger };
  const handlers = {
    predict: rawHttpStack(createPredict(platform), options),
    control: httpStack(createControl({ ...platform, schedules: createMemorySchedules() }), options),
  };
  call = async (request) => {
    const handler = handlers[request.route.endsWith('/jobs') ? 'control' : 'predict'];
    const { statusCode, body } = await handler(gatewayEvent(request), lambdaContext);
    return { status: statusCode, json: JSON.parse(body) };
  };
});

const predict = (query: Record<string, string>) =>
  call({
    method: 'POST',
    route: '/v1/models/{model}/predict',
    path: { model: 'heart' },
    query,
    headers: { prefer: 'respond-async' },
    body: { instances: [{ age: 61, sex: 'F', weight: 70.5 }] },
  });

it.each([{}, { explain: 'false' }])(
  'accepts a request that need not be answered at once: %o',
  async (query) => {
    const { status, json } = await predict(query);

    expect(status).toBe(202);
    expect(json).toMatchObject({ object: 'job', status: 'queued' });
  },
);

it('explains at once, whatever is preferred, as no job would explain', async () => {
  const { status, json } = await predict({ explain: 'true' });

  expect(status).toBe(200);
  expect(json.predictions).toEqual([expect.objectContaining({ explanation: expect.anything() })]);
});

it('bad call: an explanation that is neither asked for nor not', async () => {
  const { status, json } = await predict({ explain: 'perhaps' });

  expect(status).toBe(400);
  expect(json.error).toMatchObject({ param: 'explain' });
});

it.each([
  ['key', 'of too many bytes', '€'.repeat(400)],
  ['key', 'that is no text', 'datasets/\ud800.csv'],
  ['s3', 'of too many bytes', `s3://onramp-data/${'a'.repeat(1025)}`],
])('bad call: a job on a %s %s', async (field, _what, value) => {
  const { status, json } = await call({
    method: 'POST',
    route: '/v1/models/{model}/jobs',
    path: { model: 'heart' },
    body: { input: { [field]: value } },
  });

  expect(status).toBe(400);
  expect(json.error).toMatchObject({ code: 'invalid_field', param: `input.${field}` });
});
