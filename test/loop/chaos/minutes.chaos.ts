import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, type TestContext, test } from 'vitest';
import { errorBody } from '../../../lib/contracts/http.ts';
import type { EvaluationReport } from '../../../lib/contracts/records.ts';
import {
  apiKey,
  type BodyOf,
  heartCsv,
  type Loop,
  linearSpec,
  startLoop,
  until,
  waitForRun,
} from '../support.ts';

async function startLive(
  onTestFinished: TestContext['onTestFinished'],
  ...flags: readonly string[]
): Promise<Loop> {
  const loop = await startLoop(...flags);
  onTestFinished(() => loop.remove());
  await loop.api('PUT', '/v1/models/heart', linearSpec);
  await loop.upload('heart', 'heart.csv', heartCsv(400));
  await waitForRun(loop, 'heart', 'heart.csv');
  return loop;
}

const minute = 60_000;
const good = { age: 61, sex: 'F', weight: 70 };

test.concurrent('a schedule of one minute reports by itself, and after an outage makes up once', async ({
  onTestFinished,
}) => {
  const loop = await startLive(onTestFinished);
  await loop.api('PUT', '/v1/models/heart', { ...linearSpec, schedule: 'rate(1 minute)' });
  const scheduled = async (): Promise<readonly EvaluationReport[]> => {
    const path = '/v1/models/heart/evaluations?limit=1000';
    const { body } = await loop.api<BodyOf<'list-evaluations'>>('GET', path);
    return body.data.filter(({ reason }) => reason === 'schedule');
  };

  await until(async () => (await scheduled()).length === 2, 500);
  await loop.killTree();
  await delay(2.5 * minute);
  await loop.start();
  const madeUp = await until(async () => {
    const reports = await scheduled();
    return reports.length > 2 && reports;
  }, 200);
  const next = await until(async () => {
    const reports = await scheduled();
    return reports.length > 3 && reports;
  }, 500);

  const dueTimes = next.map(({ id }) => Date.parse(id.replace('-schedule', ''))).reverse();
  const steps = dueTimes.slice(1).map((time, index) => (time - dueTimes[index]!) / minute);
  expect(madeUp).toHaveLength(3);
  expect(steps.every(Number.isInteger)).toBe(true);
  expect(steps[0]).toBe(1);
  expect(steps[1]).toBeGreaterThan(1);
  expect(steps[2]).toBe(1);
});

test.concurrent('a client that stops half way is told so after a minute, and others never wait', async ({
  onTestFinished,
}) => {
  const loop = await startLive(onTestFinished);
  const { port, hostname } = new URL(loop.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `POST /v1/models/heart/predict HTTP/1.1\r\nhost: x\r\nx-api-key: ${apiKey}\r\ncontent-length: 9\r\n\r\n{"i`,
  );

  const answer = await text(socket);

  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1.1 408 /);
  expect(errorBody.strict().parse(JSON.parse(body)).error.code).toBe('request_timeout');
  expect((await loop.api('POST', '/v1/models/heart/predict', { instances: [good] })).status).toBe(200);
});

test.concurrent('several processes of the API switch to a new version within seconds, each once', async ({
  onTestFinished,
}) => {
  const loop = await startLive(onTestFinished, '--workers', '3');
  const seen: { readonly at: number; readonly version: string }[] = [];
  let done = false;
  const client = async (): Promise<void> => {
    while (!done) {
      const { status, body } = await loop.api<BodyOf<'predict'>>('POST', '/v1/models/heart/predict', {
        instances: [good],
      });
      if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
      seen.push({ at: Date.now(), version: body.version });
    }
  };
  const clients = Promise.all(Array.from({ length: 6 }, client));

  await loop.upload('heart', 'second.csv', heartCsv(800, 2));
  await waitForRun(loop, 'heart', 'second.csv');
  const liveAt = Date.now();
  await Promise.race([delay(15_000), clients]);
  done = true;
  await clients;

  const late = seen.filter(({ at }) => at > liveAt + 10_000);
  expect(new Set(seen.map(({ version }) => version))).toEqual(new Set(['1', '2']));
  expect(late.length).toBeGreaterThan(100);
  expect(late.filter(({ version }) => version !== '2')).toEqual([]);
});
