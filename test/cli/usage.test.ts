import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { usageRoutes } from '../../lib/contracts/routes/usage.ts';
import type { UsageReport } from '../../lib/contracts/usage.ts';
import { run } from './fake-service.ts';

const example = usageRoutes[0]!.example!.response as UsageReport;

/** A service that answers every request with a report, and notes what it was asked. */
async function startService(report: UsageReport) {
  const asked: string[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url ?? '');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(report));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('usage shows a table with the sum below it', async () => {
  const { url, asked } = await startService(example);

  const { code, stdout } = await run(['usage', '--by', 'model', '--from', '2026-11-01', '--url', url]);

  expect(code).toBe(0);
  expect(asked).toEqual(['/v1/usage?group_by=model&from=2026-11-01']);
  expect(stdout).toContain('2026-11-01 to 2026-11-22, USD estimated by the prices of 2026-09-28');
  expect(stdout).toMatch(/heart +1200 +3 +4800 +0 +0 +2\.16 +0\.096 +0\.24 +0\.00448/);
  expect(stdout).toMatch(/total +1200 +3 +4800/);
});

test('usage says that there was none', async () => {
  const { url } = await startService({ ...example, data: [] });

  expect((await run(['usage', '--url', url])).stdout).toContain('Nothing was used.');
});

test('usage --json is the report', async () => {
  const { url } = await startService(example);

  const { stdout } = await run(['usage', '--json', '--url', url]);

  expect(JSON.parse(stdout)).toEqual(example);
});

test('bad call: usage by anything else is wrong usage', async () => {
  const { code, stderr } = await run(['usage', '--by', 'week']);

  expect(code).toBe(2);
  expect(stderr).toContain('--by is "week"; give day, key, model.');
});
