/** What the platform says was used, and that a limit is a limit, over several processes and through a crash. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { UsageReport } from '../../lib/contracts/usage.ts';
import { negation } from '../onnx/hostile-models.ts';
import { apiKey, type Loop, startLoop, until } from './support.ts';

vi.setConfig({ testTimeout: 120_000 });

const keys = {
  visitor: {
    ...{ key: 'visitor-key', scopes: ['predict'], models: ['*'] },
    limits: [{ per: 'day', calls: 120 }],
  },
  shop: { key: 'shop-key', scopes: ['predict'], models: ['*'] },
  till: { key: 'till-key', scopes: ['predict'], models: ['negation'] },
  guest: {
    ...{ key: 'guest-key', scopes: ['predict'], models: ['*'] },
    limits: [{ per: 'month', calls: 250, usd: 100 }],
  },
};

const folder = mkdtempSync(join(tmpdir(), 'onramp-usage-'));
let loop: Loop;

beforeAll(async () => {
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify(keys));
  loop = await startLoop('--keys', file, '--workers', '4');
  const brought = await send(apiKey, 'PUT', '/v1/models/negation/versions', negation('x', 'y'));
  expect(brought.status).toBe(201);
});
afterAll(async () => {
  await loop.remove();
  rmSync(folder, { recursive: true, force: true });
});

function send(key: string, method: string, path: string, body?: unknown): Promise<Response> {
  const isFile = body instanceof Uint8Array;
  const type = isFile ? 'application/octet-stream' : 'application/json';
  return fetch(`${loop.url}${path}`, {
    method,
    headers: { 'x-api-key': key, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: isFile ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
}

const twoRows = { instances: [{ x: [1, 2] }, { x: [3, 4] }] };
const predict = (key: string, body: unknown = twoRows) =>
  send(key, 'POST', '/v1/models/negation/predict', body);

/** Sends requests, so many at a time; gives their statuses. */
async function many(count: number, ask: () => Promise<Response>, atOnce = 16): Promise<number[]> {
  const statuses: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const answer = await ask();
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return statuses;
}

async function usage(key: string, query = ''): Promise<UsageReport> {
  const answer = await send(key, 'GET', `/v1/usage${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as UsageReport;
}

/** Waits until so many calls and refusals are counted, and then for anything that might be counted too much. */
async function counted(wanted: number): Promise<readonly Record<string, unknown>[]> {
  await until(async () => {
    const { total } = await usage(apiKey);
    return total.calls + total.refused >= wanted;
  });
  const { data } = await usage(apiKey, '?group_by=key');
  return data.map(({ key, calls, refused, rows, bytes_in }) => ({ key, calls, refused, rows, bytes_in }));
}

/** Predictions that the log tells of. */
const predictLines = (): number =>
  readFileSync(join(loop.home, 'logs', 'api.log'), 'utf8').split('"model":"negation","version"').length - 1;

const bytes = JSON.stringify(twoRows).length;

test('counts the calls of each key exactly, and after a crash still', async () => {
  const statuses = await Promise.all([
    many(300, () => predict('shop-key')),
    many(200, () => predict('till-key')),
    many(7, () => predict('till-key', { instances: [{ x: 'no' }] })),
  ]);
  const before = await counted(507);

  await loop.killTree();
  await loop.start();
  await many(100, () => predict('shop-key'));
  const after = await counted(607);

  expect(statuses.flat().filter((status) => status === 200)).toHaveLength(500);
  const till = { key: 'till', calls: 200, refused: 7, rows: 400 };
  // Nothing of the key that brought the model: only what models are asked is counted.
  expect(before).toMatchObject([
    { key: 'shop', calls: 300, refused: 0, rows: 600, bytes_in: 300 * bytes },
    till,
  ]);
  expect(after).toMatchObject([
    { key: 'shop', calls: 400, refused: 0, rows: 800, bytes_in: 400 * bytes },
    till,
  ]);
});

test('counts what was logged and not yet read when everything was killed', async () => {
  const { total } = await usage(apiKey);

  await many(150, () => predict('shop-key'));
  // The processes write their lines together, after 20 ms at most.
  await until(() => predictLines() >= total.calls + 150);
  await loop.killTree();
  await loop.start();
  await until(async () => (await usage(apiKey)).total.calls >= total.calls + 150);

  expect((await usage('shop-key')).total.calls).toBe(550);
});

test('tells a key its own usage, and those who manage everything that of all', async () => {
  const [own, all] = [await usage('till-key', '?group_by=key'), await usage(apiKey, '?group_by=key')];

  expect(own.data.map(({ key }) => key)).toEqual(['till']);
  expect(all.data.map(({ key }) => key)).toEqual(['shop', 'till']);
  expect(all.data.every(({ usd }) => usd > 0)).toBe(true);
  expect(JSON.stringify(all)).not.toContain('shop-key');
});

test('lets exactly as many calls of a key through as its limit says, over four processes and through a crash', async () => {
  const visitor = await many(400, () => predict('visitor-key'), 32);
  const rush = await many(180, () => predict('guest-key'), 32);
  await loop.killTree();
  await loop.start();
  const rest = await many(400, () => predict('guest-key'), 32);
  const late = await predict('guest-key');
  const others = await predict('shop-key');

  const passed = (statuses: readonly number[]): number => statuses.filter((one) => one === 200).length;
  expect(passed(visitor)).toBe(120);
  expect(passed(rush)).toBe(180);
  // Shares that a process held when it was killed are lost, others cannot use them: never more than the limit.
  expect(passed(rest)).toBeLessThanOrEqual(70);
  expect(passed(rest)).toBeGreaterThan(0);
  expect(rest.every((status) => status === 200 || status === 429)).toBe(true);
  expect(late.status).toBe(429);
  expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await late.json()).toMatchObject({
    error: {
      type: 'rate_limited',
      code: 'budget_exceeded',
      message: expect.stringContaining('250 calls per month'),
    },
  });
  expect(others.status).toBe(200);
});
