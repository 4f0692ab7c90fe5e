import { appendFileSync, copyFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogFile } from '../../../infra/local/log-file.ts';
import { createLogFollower, type LogFollowerOptions } from '../../../infra/local/log-follower.ts';
import { temporaryDatabase, temporaryFolder } from './support.ts';

/** A log, a follower of it that can be made anew as after a crash, and what was handed on. */
function follow(options: Partial<LogFollowerOptions> = {}) {
  const home = temporaryFolder();
  const path = join(home, 'api.log');
  const database = temporaryDatabase(home);
  const sent: string[] = [];
  const make = (more: Partial<LogFollowerOptions> = {}) =>
    createLogFollower(database, {
      paths: [path],
      wanted: (line) => line.startsWith('request'),
      messageOf: async (lines) => lines.join('|'),
      send: (message) => void sent.push(message),
      ...options,
      ...more,
    });
  const lines = (): string[] => sent.flatMap((message) => message.split('|'));
  return { home, path, sent, lines, make };
}

test('hands on each line once, those that are wanted, and a half one when it is whole', async () => {
  const { path, sent, make } = follow();
  const readOn = make();

  writeFileSync(path, 'request 1\nstarted\nrequest 2\nreq');
  await readOn();
  await readOn();
  appendFileSync(path, 'uest 3\n');
  await readOn();

  expect(sent).toEqual(['request 1|request 2', 'request 3']);
});

test('goes on after a restart where it stopped', async () => {
  const { path, sent, make } = follow();

  writeFileSync(path, 'request 1\n');
  await make()();
  appendFileSync(path, 'request 2\n');
  await make()();

  expect(sent).toEqual(['request 1', 'request 2']);
});

test('expected failure: what cannot be stored is handed on again, and nothing is passed over', async () => {
  const { path, sent, make } = follow();
  writeFileSync(path, 'request 1\n');
  const failing = make({
    send: () => {
      throw new Error('disk full');
    },
  });

  await expect(failing()).rejects.toThrow('disk full');
  await make()();

  expect(sent).toEqual(['request 1']);
});

test('reads on through a rotation: what was written before, and after it by who had not heard of it', async () => {
  const { path, lines, make } = follow();
  const keeper = openLogFile(path, { limitBytes: 20, isShared: true });
  const late = openLogFile(path, { isShared: true });
  const readOn = make();

  keeper.write('request 1\nrequest 2\n');
  await readOn();
  keeper.write('request 3\n');
  keeper.rotateIfLarge();
  keeper.write('request 5\n');
  late.write('request 4\n');
  await readOn();
  late.write('request 6\n');
  await readOn();

  expect(lines()).toEqual(['request 1', 'request 2', 'request 3', 'request 4', 'request 5', 'request 6']);
});

test('knows a file by its beginning: a second rotation and a copy of the folder change nothing', async () => {
  const { home, path, lines, make } = follow();
  const readOn = make();
  for (const turn of [1, 2, 3]) {
    writeFileSync(path, `request ${turn}a\nrequest ${turn}b\n`);
    await readOn();
    renameSync(path, `${path}.1`);
    await readOn();
  }

  const copy = join(home, 'copy');
  mkdirSync(copy);
  copyFileSync(`${path}.1`, join(copy, 'api.log'));
  await make({ paths: [join(copy, 'api.log')] })();

  expect(lines()).toEqual(['1a', '1b', '2a', '2b', '3a', '3b'].map((turn) => `request ${turn}`));
});

test('reads a long log in parts, with lines over their borders whole', async () => {
  const { path, sent, lines, make } = follow({ chunkBytes: 64 });
  const all = Array.from({ length: 100 }, (_, at) => `request ${at} ${'ü'.repeat(at % 20)}`);
  writeFileSync(path, `${all.join('\n')}\n`);

  await make()();

  expect(lines()).toEqual(all);
  expect(sent.length).toBeGreaterThan(20);
});

test('passes over a line that is longer than anything of ours, and reads on behind it', async () => {
  const { path, lines, make } = follow({ chunkBytes: 64 });
  writeFileSync(path, `request 1\n${'x'.repeat(1000)}\nrequest 2\n`);

  await make()();

  expect(lines()).toEqual(['request 1', 'request 2']);
});

test('a log that is not there yet, or empty, is nothing', async () => {
  const { path, sent, make } = follow();
  const readOn = make();

  await readOn();
  writeFileSync(path, 'request 1\n');
  truncateSync(path);
  await readOn();

  expect(sent).toEqual([]);
});
