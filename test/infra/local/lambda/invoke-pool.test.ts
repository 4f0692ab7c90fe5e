import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createInvokePool, type InvokePoolOptions } from '../../../../infra/local/lambda/invoke-pool.ts';
import { openLogFile } from '../../../../infra/local/log-file.ts';
import { temporaryFolder, until } from '../support.ts';

/** Does what the event says. */
const handlerSource = `
export const handler = async ({ does, ms }) => {
  if (does === 'throw') throw new TypeError('no such thing');
  if (does === 'die') process.kill(process.pid, 'SIGKILL');
  if (does === 'wait') await new Promise((resolve) => setTimeout(resolve, ms));
  return { pid: process.pid };
};
`;

function startPool(options: Partial<InvokePoolOptions> = {}) {
  const folder = temporaryFolder();
  const entry = join(folder, 'index.mjs');
  writeFileSync(entry, handlerSource);
  const pool = createInvokePool({
    ...{ functionName: 'prepare', entry, environment: process.env as Record<string, string> },
    ...{ memoryLimitMb: 512, timeoutMs: 30_000, concurrency: 2, maxWaiting: 10, idleMs: 30_000 },
    log: openLogFile(join(folder, 'prepare.log')),
    onLogError: () => {},
    ...options,
  });
  onTestFinished(() => pool.close());
  const invoke = (does: string, more: { readonly ms?: number; readonly isWanted?: boolean } = {}) =>
    pool.invoke({
      event: { does, ...more },
      requestId: 'r',
      isWanted: () => more.isWanted ?? true,
    }) as Promise<{ readonly pid: number } | undefined>;
  return { pool, invoke };
}

test('a process is kept for the next invocation, and no more than allowed are started', async () => {
  const { pool, invoke } = startPool();

  const first = await invoke('tell');
  const second = await invoke('tell');
  const many = await Promise.all(Array.from({ length: 8 }, () => invoke('tell')));

  expect(second).toEqual(first);
  expect(new Set(many.map((answer) => answer!.pid)).size).toBeLessThanOrEqual(2);
  expect(pool.processIds().length).toBeLessThanOrEqual(2);
});

test('a process is ended when nobody has asked for a while', async () => {
  const { pool, invoke } = startPool({ idleMs: 50 });

  const { pid } = (await invoke('tell'))!;

  await until(() => pool.processIds().length === 0);
  const next = await invoke('tell');
  expect(next!.pid).not.toBe(pid);
});

test.each([
  ['die', { type: 'Runtime.ExitError', message: 'its process was ended by SIGKILL' }],
  ['throw', { type: 'TypeError', message: 'TypeError: no such thing' }],
])('expected failure: an invocation whose handler does %s fails alone', async (does, failure) => {
  const { invoke } = startPool({ concurrency: 1 });

  const [failed, next] = await Promise.allSettled([invoke(does), invoke('tell')]);

  expect(failed).toMatchObject({ status: 'rejected', reason: failure });
  expect(next).toMatchObject({ status: 'fulfilled', value: { pid: expect.any(Number) } });
});

test('expected failure: an invocation that does not end is stopped, with its process', async () => {
  const { pool, invoke } = startPool({ timeoutMs: 300 });

  const asked = invoke('wait', { ms: 600_000 });

  await expect(asked).rejects.toMatchObject({
    ...{ type: 'Sandbox.Timedout', message: 'did not finish within 0.3 s' },
  });
  expect(pool.processIds()).toEqual([]);
});

test('whoever has left while waiting is not worked for', async () => {
  const { invoke } = startPool({ concurrency: 1 });

  const answers = await Promise.all([invoke('tell'), invoke('die', { isWanted: false }), invoke('tell')]);

  expect(answers[1]).toBeUndefined();
  expect(answers[2]).toEqual(answers[0]);
});

test('bad call: more than may wait are refused as Lambda does', async () => {
  const { invoke } = startPool({ concurrency: 1, maxWaiting: 1 });
  const [first, second] = [invoke('tell'), invoke('tell')];

  const third = invoke('tell');

  await expect(third).rejects.toMatchObject({ name: 'TooManyRequestsException', status: 429 });
  await expect(Promise.all([first, second])).resolves.toHaveLength(2);
});
