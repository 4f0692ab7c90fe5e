import { expect, test } from 'vitest';
import { run, startService } from './fake-service.ts';

const spec = { dataset: 'heart', target: 'disease' } as const;

/** A service with a run that has ended and two that have not. */
async function withRuns() {
  const service = await startService();
  service.specs.set('heart', spec);
  for (let index = 0; index < 3; index += 1) {
    await fetch(`${service.url}/v1/models/heart/retrain`, {
      ...{ method: 'POST', headers: { 'x-api-key': 'onramp-local' } },
    });
  }
  service.runs[0]!.state = 'succeeded';
  service.runs[1]!.state = 'running';
  const asked = () => service.requests.filter((line) => line.endsWith('/cancel'));
  return { service, asked, url: ['--url', service.url] };
}

test('cancel ends every run of a model that has not ended', async () => {
  const { asked, url } = await withRuns();

  const { code, stdout } = await run(['cancel', 'heart', ...url]);

  expect(code).toBe(0);
  expect(asked().sort()).toEqual([
    'POST /v1/models/heart/runs/run-2/cancel',
    'POST /v1/models/heart/runs/run-3/cancel',
  ]);
  expect(stdout).toContain('Run run-3 is cancelled: Cancelled on request.');
  expect(stdout).toContain('Run run-2 is cancelled: Cancelled on request.');
});

test('cancel ends the run that is named, and gives it as JSON', async () => {
  const { asked, url } = await withRuns();

  const { code, stdout } = await run(['cancel', 'heart', 'run-2', '--json', ...url]);

  expect(code).toBe(0);
  expect(asked()).toEqual(['POST /v1/models/heart/runs/run-2/cancel']);
  expect(JSON.parse(stdout)).toMatchObject({ data: [{ run: 'run-2', state: 'cancelled' }] });
});

test('cancel says that nothing is under way, and asks nothing', async () => {
  const { service, asked, url } = await withRuns();
  for (const one of service.runs) one.state = 'kept';

  const { code, stderr } = await run(['cancel', 'heart', ...url]);

  expect([code, stderr]).toEqual([0, 'No run of "heart" waits or is being trained.\n']);
  expect(asked()).toEqual([]);
});

test.each([
  ['a model that there is not', ['cancel', 'lung'], /Model "lung" does not exist/],
  ['a run that there is not', ['cancel', 'heart', 'run-9'], /There is no run "run-9"/],
  ['a job that there is not', ['cancel', 'f'.repeat(32)], /No POST|does not exist/],
])('bad call: %s is refused', async (_what, args, message) => {
  const { url } = await withRuns();

  const { code, stderr } = await run([...args, ...url]);

  expect(code).toBe(1);
  expect(stderr).toMatch(message);
});
