import { expect, it } from 'vitest';
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import { defaultDeployment } from '../../lib/cost/index.ts';
import { createUsagePrice, readUsageLine } from '../../lib/usage/index.ts';
import { logLine, price } from './support.ts';

it('makes an entry of the line of a request that a model answered', () => {
  const entry = readUsageLine(logLine({ input_tokens: 12, output_tokens: 30, endpoint_ms: 1.5 }), price);

  expect(entry).toEqual({
    request_id: 'r1',
    at: '2026-11-20T10:15:30.000Z',
    caller: 'shop',
    model: 'heart',
    version: '3',
    route: 'POST /v1/models/{model}/predict',
    status: 200,
    call: true,
    rows: 2,
    input_tokens: 12,
    output_tokens: 30,
    ms: 2.5,
    endpoint_ms: 1.5,
    bytes_in: 100,
    bytes_out: 250,
    // 3.5e-6 for API Gateway, 2e-7 for the request to Lambda, 3 ms of 1 GB at 0.0000133334 a second.
    usd: 0.0000037400002,
    prices_as_of: '2026-09-28',
  });
});

it('adds the time of the instance behind an endpoint', () => {
  const endpoint: EndpointModel = {
    ...{ model: 'chat', endpoint: 'chat', kind: 'real-time', speaks: 'openai' },
    usdPerHour: 3.6,
  };
  const withEndpoint = createUsagePrice(defaultDeployment, new Map([['chat', endpoint]]));
  const line = logLine({ model: 'chat', ms: 2000, endpoint_ms: 1900 });

  const { usd } = readUsageLine(line, withEndpoint)!;

  // An instance of 3.6 $ an hour costs a tenth of a cent a second.
  expect(usd - readUsageLine(line, price)!.usd).toBeCloseTo(0.0019, 12);
});

it.each([
  ['a stream that broke, in the form of errors', 'answered', { status: 200, error: { name: 'Error' } }, true],
  ['a client that left before the first piece', 'answered', { status: 499 }, true],
  ['a prediction that was refused', 'refused', { status: 400, model: undefined, rows: undefined }, false],
  ['a call over its limit', 'refused', { status: 429, model: undefined }, false],
  ['an endpoint that failed at its work', 'refused', { status: 424, endpoint_ms: 900 }, false],
  ['a content type that MLflow answers in plain text', 'answered', { status: 415, model: undefined }, false],
] as const)('counts %s', (_what, message, fields, call) => {
  const entry = readUsageLine(logLine(fields, { message }), price);

  expect(entry).toMatchObject({ call, status: fields.status });
});

it.each([
  ['by its name', '/v1/models/{model}/predict', { model: 'heart' }, 'heart'],
  ['with a verb', '/v1/models/{model}', { model: 'heart:predict' }, 'heart'],
  ['in its body, if anywhere', '/v1/chat/completions', {}, ''],
  ['by what is no name', '/v1/models/{model}/predict', { model: 'Dr. Who' }, ''],
] as const)('a refusal is one of the model that the route names %s', (_what, route, path, model) => {
  const fields = { status: 429, model: undefined, rows: undefined, route, path };

  expect(readUsageLine(logLine(fields, { message: 'refused' }), price)).toMatchObject({ model, call: false });
});

it.each([
  ['a request that was accepted for later', logLine({ status: 202, model: undefined, job: 'j1' })],
  ['a model that was brought along', logLine({ method: 'PUT', route: '/v1/models/{model}/versions' })],
  ['a look at a list', logLine({ method: 'GET', route: '/v1/models', model: undefined })],
  [
    'a look that was refused',
    logLine({ method: 'GET', route: '/v1/jobs/{id}', status: 404, model: undefined }, { message: 'refused' }),
  ],
  ['a request of nobody', logLine({ caller: undefined })],
  ['a request without an id', logLine({ request_id: undefined })],
  ['another line of the function', logLine({}, { message: 'model loaded' })],
  ['a line without a time', logLine({}, { at: 'yesterday' })],
  ['text', 'START RequestId: 7f9c24e8 Version: $LATEST'],
  ['half a line', logLine().slice(0, 80)],
  ['JSON that is no line', '7'],
])('passes over %s', (_what, line) => {
  expect(readUsageLine(line, price)).toBeNull();
});

it.each(['-5', '"7"', 'null', '1e999', '{}'])('counts nothing for a figure that is %s', (rows) => {
  const line = logLine().replace('"rows":2', `"rows":${rows}`);

  expect(readUsageLine(line, price)).toMatchObject({ rows: 0 });
});

it.each([
  [12.5, 13],
  [1e300, 0],
])('counts %d tokens, as a container may say, so that sums stay whole numbers', (said, counted) => {
  const { input_tokens, output_tokens } = readUsageLine(
    logLine({ input_tokens: said, output_tokens: said }),
    price,
  )!;

  expect({ input_tokens, output_tokens }).toEqual({ input_tokens: counted, output_tokens: counted });
});
