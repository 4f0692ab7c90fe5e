/** The client of the functions against the runtime of one machine, with a process as the container. */
import { expect, test } from 'vitest';
import { createEndpoints, type EndpointBodyCall } from '../../lib/endpoint/index.ts';
import { createRuntimeClient } from '../../lib/endpoint/runtime-sdk.ts';
import { hostParrots } from '../infra/local/sagemaker/hosting-support.ts';
import { until } from '../infra/local/support.ts';
import { bytesOf } from './event-stream.ts';

const call = (body: string, endpoint = 'm'): EndpointBodyCall => ({
  endpoint,
  contentType: 'text/plain',
  body,
});

/** How long a container may take here. */
const containerMs = 1_000;

async function hosted() {
  const parrots = await hostParrots({
    endpoints: { m: {}, weak: {} },
    limits: { invocationMs: containerMs, streamMs: containerMs, bodyBytes: 1_000 },
  });
  const client = createRuntimeClient({
    endpoint: parrots.hosting.url,
    region: 'us-east-1',
    credentials: parrots.client.config.credentials,
  });
  await Promise.all([parrots.ready(), parrots.ready('weak')]);
  const breaker = { failuresInRow: Number.POSITIVE_INFINITY, leastOutcomes: Number.POSITIVE_INFINITY };
  return { ...parrots, endpoints: createEndpoints({ retries: { attempts: 1 }, breaker }, client) };
}

test('answers and streams come back as the container gave them', async () => {
  const { endpoints } = await hosted();

  const whole = await endpoints.invoke({ ...call('say héllo'), customAttributes: 'trace=1' });
  const { parts, ...head } = await endpoints.stream(call('parts a b c'));

  expect(whole).toMatchObject({
    contentType: 'text/plain',
    customAttributes: 'trace=2',
    variant: 'AllTraffic',
  });
  expect(Buffer.from(whole.body).toString()).toBe('héllo');
  expect(head).toMatchObject({ contentType: 'text/event-stream', attempts: 1 });
  expect((await bytesOf(parts)).toString()).toBe('abc');
});

test('expected failure: whatever a container does wrong, it is told as what it is', async () => {
  const { endpoints } = await hosted();
  const wanted: readonly (readonly [EndpointBodyCall, object])[] = [
    [call('status 422 {"detail":"no rows"}'), { code: 'endpoint_refused_input', message: 'no rows' }],
    [call('status 429 later'), { code: 'endpoint_busy' }],
    [call('status 500 oops'), { code: 'endpoint_failed' }],
    [call('garbage'), { code: 'endpoint_failed' }],
    [call('break'), { code: 'endpoint_failed' }],
    [call('hang'), { code: 'endpoint_timed_out' }],
    [call('exit', 'weak'), { code: 'endpoint_failed' }],
    [call('x'.repeat(1_001)), { code: 'endpoint_body_too_large' }],
    [call('say a', 'nobody'), { code: 'endpoint_unknown' }],
  ];

  for (const [asked, failure] of wanted) {
    for (const ask of [endpoints.invoke, endpoints.stream]) {
      const [result] = await Promise.allSettled([ask(asked)]);

      expect(result).toMatchObject({ status: 'rejected', reason: failure });
    }
  }
});

test('expected failure: a stream that its container breaks off, after the parts that came', async () => {
  const { endpoints } = await hosted();

  const { parts } = await endpoints.stream(call('parts a b BREAK'));
  const iterator = parts[Symbol.asyncIterator]();

  expect(Buffer.from((await iterator.next()).value!).toString()).toMatch(/^ab?$/);
  await expect(bytesOf({ [Symbol.asyncIterator]: () => iterator })).rejects.toMatchObject({
    code: 'endpoint_stream_broken',
  });
});

test('a reader who leaves ends the work of the container', async () => {
  const { endpoints, isMarked } = await hosted();

  const { parts } = await endpoints.stream(call('parts a HANG'));
  for await (const _ of parts) break;

  await until(() => isMarked('left'));
});
