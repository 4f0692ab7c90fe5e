import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { followLog, openLogFile } from '../../../infra/local/log-file.ts';
import { createReporter } from '../../../infra/local/reporter.ts';
import { handClock, temporaryFolder } from './support.ts';

test('a log that passed its limit is moved aside and a new one is begun', () => {
  const path = join(temporaryFolder(), 'logs', 'train.log');
  const log = openLogFile(path, { limitBytes: 10 });

  log.write('first line\n');
  log.write('second line\n');
  log.close();

  expect(readFileSync(`${path}.1`, 'utf8')).toBe('first line\n');
  expect(readFileSync(path, 'utf8')).toBe('second line\n');
});

test('a log is continued after a restart, and counts what was there', () => {
  const path = join(temporaryFolder(), 'train.log');
  const before = openLogFile(path, { limitBytes: 10 });
  before.write('first line\n');
  before.close();

  const log = openLogFile(path, { limitBytes: 10 });
  log.write('second line\n');
  log.close();

  expect(readFileSync(`${path}.1`, 'utf8')).toBe('first line\n');
});

test('a log that several write to is begun anew by the one that looks at its size', () => {
  const path = join(temporaryFolder(), 'api.log');
  const keeper = openLogFile(path, { limitBytes: 10, isShared: true });
  const writer = openLogFile(path, { limitBytes: 10, isShared: true });

  writer.write('first line\n');
  writer.write('second line\n');
  const isRotated = keeper.rotateIfLarge();
  writer.write('third line\n');
  keeper.write('fourth line\n');

  expect(isRotated).toBe(true);
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('first line\nsecond line\nthird line\n');
  expect(readFileSync(path, 'utf8')).toBe('fourth line\n');
  expect(openLogFile(path, { isShared: true }).rotateIfLarge()).toBe(false);
});

test('error lines are recognised also when they arrive in pieces', async () => {
  const log = openLogFile(join(temporaryFolder(), 'train.log'));
  const stream = new PassThrough();
  const errors: string[] = [];
  followLog(stream, log, (message) => errors.push(message));
  const line = `${JSON.stringify({ level: 'ERROR', message: 'größer als erlaubt' })}\n`;
  const bytes = Buffer.from(`${JSON.stringify({ level: 'INFO', message: 'fine' })}\n${line}`);

  for (const byte of bytes) stream.write(Buffer.of(byte));
  stream.end();
  await finished(stream);

  expect(errors).toEqual(['größer als erlaubt']);
  expect(readFileSync(log.path)).toEqual(bytes);
  log.close();
});

test('the terminal shows a message once in a while, however often it comes', () => {
  const shown: string[] = [];
  const clock = handClock();
  const report = createReporter({ write: (line) => shown.push(line), now: clock.now, quietMs: 1000 });

  report('down');
  report('down');
  report('up');
  clock.advance(1000);
  report('down');

  expect(shown).toEqual(['down', 'up', 'down']);
});
