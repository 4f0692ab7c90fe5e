import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './fake-service.ts';

const answer = {
  ...{ id: 'r', model: 'sales', version: '2', series: 'corner', frequency: '1d' },
  horizon: ['2026-01-15', '2026-01-16'],
  values: [11.5, 12],
  quantiles: { '0.1': [10, 10.5], '0.9': [13, 14] },
  warnings: [{ code: 'gaps_filled', field: 'history', message: '1 step without a value was filled in.' }],
};

/** A service that answers every request with the forecast, and notes what it was asked. */
async function startService() {
  const asked: { url: string; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    asked.push({ url: request.url ?? '', body: JSON.parse(text) });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('forecast shows a step a line with the quantiles beside it, and warnings on stderr', async () => {
  const { url, asked } = await startService();
  const options = ['--series', 'corner', '--horizon', '2', '--version', '2', '--url', url];

  const { code, stdout, stderr } = await run(['forecast', 'sales', ...options]);

  expect(code).toBe(0);
  expect(asked).toEqual([
    { url: '/v1/models/sales/forecast?version=2', body: { series: 'corner', horizon: 2 } },
  ]);
  expect(stdout).toMatch(/time +value +quantile 0\.1 +quantile 0\.9\n2026-01-15 +11\.5 +10 +13\n/);
  expect(stderr).toContain('warning: history: 1 step without a value was filled in.');
});

test('forecast sends the history of a file', async () => {
  const { url, asked } = await startService();
  const file = join(mkdtempSync(join(tmpdir(), 'forecast-')), 'newest.jsonl');
  writeFileSync(file, '{"day":"2026-01-14","sales":9}\n{"day":"2026-01-15","sales":8}\n');

  const { stdout } = await run(['forecast', 'sales', '--file', file, '--json', '--url', url]);

  expect(JSON.parse(stdout)).toEqual(answer);
  expect(asked[0]!.body).toEqual({
    history: [
      { day: '2026-01-14', sales: 9 },
      { day: '2026-01-15', sales: 8 },
    ],
  });
});

test('forecast sends known inputs of a file', async () => {
  const { url, asked } = await startService();
  const file = join(mkdtempSync(join(tmpdir(), 'forecast-')), 'holidays.json');
  writeFileSync(file, '[{"holiday":0},{"holiday":1}]');

  const { code } = await run(['forecast', 'sales', '--future', file, '--url', url]);
  const missing = await run(['forecast', 'sales', '--future', 'nowhere.json', '--url', url]);

  expect(code).toBe(0);
  expect(asked.map(({ body }) => body)).toEqual([{ future: [{ holiday: 0 }, { holiday: 1 }] }]);
  expect(missing).toMatchObject({ code: 2, stderr: 'onramp: --future: there is no file "nowhere.json".\n' });
});

test('bad call: a horizon that is no number is wrong usage', async () => {
  const { code, stderr } = await run(['forecast', 'sales', '--horizon', 'soon']);

  expect(code).toBe(2);
  expect(stderr).toContain('--horizon is "soon"; give a whole number of steps.');
});
