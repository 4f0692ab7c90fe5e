import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FunctionPoolOptions, startFunctionPool } from '../../../infra/local/function-pool.ts';
import { openLogFile } from '../../../infra/local/log-file.ts';
import { openQueue } from '../../../infra/local/queue.ts';
import { systemClock } from '../../../lib/core/index.ts';
import { temporaryDatabase, temporaryFolder, until } from './support.ts';

/** A function whose message body says what it does; `note(text)` leaves a line that the test can read. */
const handlerSource = `
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
const note = (text) => appendFileSync(process.env.NOTES, text + '\\n');
export const handler = async (event, context) => {
  const [record] = event.Records;
  const { does } = JSON.parse(record.body);
  const count = record.attributes.ApproximateReceiveCount;
  note(does + ' ' + count);
  if (does === 'describe') note(JSON.stringify({ event, context, left: context.getRemainingTimeInMillis() }));
  if (does === 'process id') note('pid ' + process.pid);
  if (does === 'throw') throw new Error('no such column');
  if (does === 'give back') return { batchItemFailures: [{ itemIdentifier: record.messageId }] };
  if (does === 'give back another') return { batchItemFailures: [{ itemIdentifier: 'unknown' }] };
  if (does === 'crash once' && count === '1') process.kill(process.pid, 'SIGSEGV');
  if (does === 'leave files') { writeFileSync(join(mkdtempSync(join(tmpdir(), 'work-')), 'input'), 'rows'); process.kill(process.pid, 'SIGKILL'); }
  if (does === 'exit') process.exit(3);
  if (does === 'block') for (;;);
  if (does === 'wait') await new Promise((resolve) => setTimeout(resolve, 600_000));
  if (does === 'hoard') { globalThis.kept = Buffer.alloc(400_000_000, 1); await new Promise((resolve) => setTimeout(resolve, 600_000)); }
  if (does === 'log') console.log(JSON.stringify({ level: 'ERROR', message: 'Bad file', error: { message: 'row 7' } }));
  note('done');
  return { batchItemFailures: [] };
};
`;

function startPool(options: Partial<FunctionPoolOptions> = {}) {
  const folder = temporaryFolder();
  const entry = join(folder, 'index.mjs');
  const notes = join(folder, 'notes');
  writeFileSync(entry, handlerSource);
  writeFileSync(notes, '');
  const queue = openQueue(temporaryDatabase(), {
    name: 'train',
    maxReceiveCount: 2,
    clock: systemClock,
    newId: randomUUID,
  });
  const reports: string[] = [];
  const log = openLogFile(join(folder, 'train.log'));
  const pool = startFunctionPool({
    functionName: 'train',
    entry,
    queue,
    environment: { ...(process.env as Record<string, string>), NOTES: notes },
    log,
    concurrency: 1,
    memoryLimitMb: 1024,
    timeoutMs: 60_000,
    idleMs: 60_000,
    maxReceiveCount: 2,
    backoffMs: () => 10,
    newId: randomUUID,
    now: () => Date.now(),
    onLogError: (message) => reports.push(message),
    report: (message) => reports.push(message),
    ...options,
  });
  onTestFinished(() => pool.close());
  const send = (does: string): string => {
    const id = queue.send(JSON.stringify({ does }));
    pool.wake();
    return id;
  };
  const lines = (): string[] => readFileSync(notes, 'utf8').split('\n').slice(0, -1);
  return { pool, queue, send, lines, reports, log };
}

const isRunning = (id: number): boolean => {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
};

test("the handler gets SQS's event and Lambda's context", async () => {
  const { send, lines, queue } = startPool();

  const id = send('describe');
  await until(() => queue.count() === 0);

  const { event, context, left } = JSON.parse(lines()[1]!);
  expect(event.Records).toEqual([
    {
      messageId: id,
      receiptHandle: expect.any(String),
      body: '{"does":"describe"}',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: 'onramp',
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {},
      md5OfBody: 'f8e0afb2dd42048a4d212f6f58f2e373',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:onramp-train',
      awsRegion: 'us-east-1',
    },
  ]);
  expect(context).toMatchObject({
    functionName: 'train',
    memoryLimitInMB: '1024',
    functionVersion: '$LATEST',
  });
  expect(left).toBeGreaterThan(30_000);
});

test('a process is used again, and ended when it had nothing to do for a while', async () => {
  const { send, lines, queue, pool } = startPool({ idleMs: 300 });

  send('process id');
  send('process id');
  await until(() => queue.count() === 0);
  const ids = lines().filter((line) => line.startsWith('pid '));
  await until(() => pool.processIds().length === 0);

  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
  await until(() => !isRunning(Number(ids[0]!.slice(4))));
});

test('as many processes work at the same time as allowed, and no more', async () => {
  const { send, lines, queue, pool } = startPool({ concurrency: 2 });

  for (let count = 0; count < 3; count++) send('wait');
  await until(() => lines().length === 2);

  expect(pool.processIds()).toHaveLength(2);
  expect(queue.receive({ max: 10, visibilityMs: 1000 })).toHaveLength(1);
});

test('a message whose process crashes is delivered again', async () => {
  const { send, lines, queue, reports } = startPool();

  send('crash once');
  await until(() => queue.count() === 0);

  expect(lines()).toEqual(['crash once 1', 'crash once 2', 'done']);
  expect(reports).toEqual([
    expect.stringMatching(/ended by SIGSEGV \(attempt 1 of 2\); it will be tried again/),
  ]);
});

test.each([
  ['throw', /Error: no such column \(attempt 2 of 2\); given up/],
  ['exit', /exited with code 3 \(attempt 2 of 2\); given up/],
  ['give back', /reported it as failed \(attempt 2 of 2\); given up/],
  ['give back another', /reported it as failed \(attempt 2 of 2\); given up/],
])(
  'expected failure: a message that makes the handler %s each time becomes a dead letter',
  async (does, reason) => {
    const { send, queue, reports } = startPool();

    const id = send(does);
    await until(() => queue.deadLetters().length === 1);

    expect(queue.count()).toBe(0);
    expect(queue.deadLetters()[0]!.id).toBe(id);
    expect(reports.at(-1)).toMatch(reason);
  },
);

test.each(['block', 'wait'])(
  'expected failure: a handler that does not end (%s) is stopped by its time limit',
  async (does) => {
    const { send, queue, reports } = startPool({ timeoutMs: 400 });

    send(does);
    await until(() => queue.deadLetters().length === 1);

    expect(reports.at(-1)).toMatch(/did not finish within 0.4 s/);
  },
);

test('expected failure: a handler that takes too much memory is stopped, and the reason is shown', async () => {
  const { send, queue, reports } = startPool({ memoryLimitMb: 250 });

  send('hoard');
  await until(() => queue.deadLetters().length === 1);

  expect(reports).toContainEqual(expect.stringMatching(/Memory limit passed: \d+ MB used, 250 MB allowed/));
});

test("the handler's lines go to the log, its errors also to the terminal in short", async () => {
  const { send, queue, reports, log } = startPool();

  send('log');
  await until(() => queue.count() === 0 && reports.length > 0);

  expect(reports).toEqual(['Bad file: row 7']);
  expect(readFileSync(log.path, 'utf8')).toContain('"message":"Bad file"');
});

test('closing ends the processes and leaves what they were working on in the queue', async () => {
  const { send, lines, queue, pool, reports } = startPool();
  send('block');
  await until(() => lines().length === 1);
  const [id] = pool.processIds();

  await pool.close();

  expect(isRunning(id!)).toBe(false);
  expect(queue.count()).toBe(1);
  expect(reports).toEqual([]);
});

test('nothing is left of the temporary files of a process that was killed', async () => {
  const temporary = temporaryFolder();
  const NOTES = join(temporaryFolder(), 'notes');
  const environment = { ...(process.env as Record<string, string>), NOTES, TMPDIR: temporary };
  const { send, queue } = startPool({ environment });

  send('leave files');
  await until(() => queue.deadLetters().length === 1);

  expect(readFileSync(NOTES, 'utf8')).toBe('leave files 1\nleave files 2\n');
  expect(readdirSync(temporary)).toEqual([]);
});
