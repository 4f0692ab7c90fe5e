import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, until } from '../support.ts';
import { hostParrots, refusalOf } from './hosting-support.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a container gets the environment of all, its own, a port and the folder of its model', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, 'weights'));
  writeFileSync(join(home, 'weights', 'model.bin'), 'w');
  const { invoke, ready } = await hostParrots({
    home,
    endpoints: { m: { modelFolder: 'weights', environment: { OWN: 'mine' } } },
  });
  await ready();

  const environment = JSON.parse((await invoke('environment')).text);

  expect(environment).toMatchObject({ SHARED: 'yes', OWN: 'mine' });
  expect(environment.SAGEMAKER_BIND_TO_PORT).toMatch(/^\d{5}$/);
  expect(readFileSync(join(environment.SAGEMAKER_BASE_DIR, 'model', 'model.bin'), 'utf8')).toBe('w');
  expect(environment.PWD ?? home).toBe(home);
});

test('a real-time endpoint starts by itself, and is not ready until its container is healthy', async () => {
  const { invoke, isMarked, timer, reports } = await hostParrots({
    endpoints: { m: { environment: { PARROT_SICK: 'yes' }, startSeconds: 9 } },
  });
  await until(() => isMarked('started'));

  const early = await refusalOf(invoke('name'));
  timer.pass(9000);
  await until(() => reports.length > 0);

  expect(early).toMatchObject({ name: 'ModelNotReadyException', status: 429 });
  expect(reports).toEqual([
    expect.stringMatching(
      /^endpoint m: its process was not healthy within 9 s; it can be started again in 1 s\. Details: .*endpoint-m\.log$/,
    ),
  ]);
});

test('a container that dies is started again after a pause, which grows until it has been well for a minute', async () => {
  const { invoke, ready, timer, reports } = await hostParrots({ endpoints: { m: {} } });
  const crash = async () => {
    await refusalOf(invoke('exit'));
    await until(() => timer.delays().some((delayMs) => delayMs < 60_000));
  };
  await ready();

  await crash();
  const notYet = await refusalOf(invoke('name'));
  timer.pass(1000);
  await ready();
  await crash();
  const pauses = timer.delays();
  timer.pass(2000);
  await ready();
  timer.pass(60_000);
  await crash();

  expect(notYet).toMatchObject({ name: 'ServiceUnavailable', status: 503 });
  expect(pauses).toEqual([2000]);
  expect(timer.delays()).toEqual([1000]);
  expect(reports).toHaveLength(3);
  expect(reports[0]).toContain('its process exited with code 3; it can be started again in 1 s');
});

test('a serverless endpoint has no process until it is asked, and none after it was idle', async () => {
  const { invoke, ready, timer, isMarked } = await hostParrots({
    endpoints: { m: { kind: 'serverless', idleSeconds: 30 } },
  });

  const before = isMarked('started');
  const first = await refusalOf(invoke('name'));
  await ready();
  const delays = timer.delays();
  timer.pass(30_000);
  await until(() => isMarked('terminated'));
  await ready();

  expect(before).toBe(false);
  expect(first).toMatchObject({ name: 'ModelNotReadyException', status: 429 });
  expect(delays).toContain(30_000);
});

test('what a container started ends with it, also when it does not heed SIGTERM', async () => {
  const { invoke, ready, close } = await hostParrots({
    endpoints: { m: { environment: { PARROT_STUBBORN: 'yes' } } },
  });
  await ready();
  const { text } = await invoke('nest');
  const processes = text.split(' ').map(Number);

  const before = processes.map(isAlive);
  await close();

  expect(before).toEqual([true, true, true]);
  await until(() => processes.every((pid) => !isAlive(pid)));
});

test('a container that dies takes along what it started', async () => {
  const { invoke, ready } = await hostParrots({ endpoints: { m: {} } });
  await ready();
  const processes = (await invoke('nest')).text.split(' ').map(Number);

  await refusalOf(invoke('exit'));

  await until(() => processes.every((pid) => !isAlive(pid)));
});

test('containers end with the platform, however it ends', async () => {
  const home = temporaryFolder();
  const platform = fork(fileURLToPath(new URL('hosting-child.ts', import.meta.url)), [home]);
  onTestFinished(() => void platform.kill('SIGKILL'));
  const [text] = await once(platform, 'message');
  const processes = String(text).split(' ').map(Number);

  const before = processes.map(isAlive);
  platform.kill('SIGKILL');

  expect(before).toEqual([true, true, true]);
  await until(() => processes.every((pid) => !isAlive(pid)));
});

test('expected failure: a program that is not there is reported, and the endpoint unavailable', async () => {
  const { invoke, reports } = await hostParrots({ endpoints: { m: { command: ['no-such-program'] } } });
  await until(() => reports.length > 0);

  const refusal = await refusalOf(invoke('name'));

  expect(refusal).toMatchObject({ name: 'ServiceUnavailable', status: 503 });
  expect(reports[0]).toContain('could not be started: spawn no-such-program ENOENT');
});
