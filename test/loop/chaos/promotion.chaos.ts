import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { residentBytes } from '../../process-tree.ts';
import { apiKey, heartCsv, type Loop, linearSpec, startLoop, waitForRun } from '../support.ts';

const connections = 64;
const loadMs = 5 * 60_000;
const changeMs = 2_000;
const path = '/v1/models/heart/predict';
const instances = Array.from({ length: 5 }, (_, row) => ({
  age: 25 + 11 * row,
  sex: row % 2 === 0 ? 'F' : 'M',
  weight: 60 + row,
}));

/** Two versions that answer differently, the second one live. */
async function startWithTwoVersions(): Promise<Loop> {
  const loop = await startLoop();
  await loop.api('PUT', '/v1/models/heart', linearSpec);
  for (const [file, seed] of [
    ['first.csv', 1],
    ['second.csv', 2],
  ] as const) {
    await loop.upload('heart', file, heartCsv(600 * seed, seed));
    await waitForRun(loop, 'heart', file);
  }
  return loop;
}

/** The answer without the ids, which no two requests share. */
const comparable = (body: string): string => body.replace(/"id":"[^"]*"/g, '"id":""');

interface Client {
  readonly loop: Loop;
  readonly agent: Agent;
  readonly body: string;
}

function send({ loop, agent, body }: Client): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'x-api-key': apiKey,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(`${loop.url}${path}`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Promotes and rolls back in turns until told to stop; how often it did. */
async function changeLive(loop: Loop, isDone: () => boolean): Promise<number> {
  let changes = 0;
  for (; !isDone(); changes += 1) {
    const { status, body } =
      changes % 2 === 0
        ? await loop.api('POST', '/v1/models/heart/promote', { version: '1' })
        : await loop.api('POST', '/v1/models/heart/rollback');
    if (status !== 200) throw new Error(`change ${changes}: ${status} ${JSON.stringify(body)}`);
    await delay(changeMs);
  }
  return changes;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

test('five minutes of saturation while versions are promoted and rolled back: whole answers, level memory', async ({
  onTestFinished,
}) => {
  const loop = await startWithTwoVersions();
  onTestFinished(() => loop.remove());
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  onTestFinished(() => agent.destroy());
  const body = JSON.stringify({ instances });
  const answers = new Map<string, string>();
  for (const version of ['1', '2']) {
    const answer = await loop.api('POST', `${path}?version=${version}`, { instances });
    answers.set(comparable(JSON.stringify(answer.body)), version);
  }
  const counts: Record<string, number> = { '1': 0, '2': 0 };
  const memory: number[] = [];
  const endAt = Date.now() + loadMs;
  const isDone = (): boolean => Date.now() >= endAt;

  const client = async (): Promise<void> => {
    while (!isDone()) {
      const { status, text } = await send({ loop, agent, body });
      const version = answers.get(comparable(text));
      if (status !== 200 || version === undefined)
        throw new Error(`a failed or mixed answer: ${status} ${text}`);
      counts[version]! += 1;
    }
  };
  const watchMemory = async (): Promise<void> => {
    for (; !isDone(); await delay(1_000)) memory.push(residentBytes(loop.processId()));
  };
  const [changes] = await Promise.all([
    changeLive(loop, isDone),
    watchMemory(),
    ...Array.from({ length: connections }, client),
  ]);

  const minute = Math.floor(memory.length / 5);
  const [second, last] = [median(memory.slice(minute, 2 * minute)), median(memory.slice(-minute))];
  const seen = `${counts['1']} + ${counts['2']} answers, ${changes} changes, memory ${second} then ${last} bytes`;
  process.stdout.write(`${seen}\n`);
  expect(answers.size).toBe(2);
  expect(changes).toBeGreaterThan(100);
  expect(counts['1']).toBeGreaterThan(1_000);
  expect(counts['2']).toBeGreaterThan(1_000);
  expect(last / second).toBeLessThan(1.1);
});
