import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { routes } from '../../../lib/contracts/routes.ts';
import { until } from './support.ts';

const driver = fileURLToPath(new URL('./api-workers-child.ts', import.meta.url));
const dist = mkdtempSync(join(tmpdir(), 'onramp-api-workers-'));

/** Says which process it is, unless it is asked to compute without end, or to die once a line is written. */
const handler = `
  export const handler = async ({ pathParameters }) => {
    while (pathParameters?.model === 'endless');
    if (pathParameters?.model === 'dying') {
      process.stdout.write('waited for by nobody\\n');
      await new Promise((resolve) => process.stdout.write('the last words\\n', resolve));
      process.kill(process.pid, 'SIGKILL');
    }
    return { statusCode: 200, body: JSON.stringify({ pid: process.pid }) };
  };`;

beforeAll(() => {
  writeFileSync(join(dist, 'package.json'), '{"type":"module"}');
  for (const name of new Set(routes.map((route) => route.function))) {
    mkdirSync(join(dist, name));
    writeFileSync(join(dist, name, 'index.js'), handler);
  }
});
afterAll(() => rmSync(dist, { recursive: true, force: true }));

/** Processes are started and ended, which takes its time on a busy machine. */
const timeoutMs = 60_000;

interface Workers {
  readonly port: number;
  output(): string;
  /** Ends the process that started them, and it alone, at once. */
  kill(): Promise<void>;
}

async function startWorkers(count: number, silenceLimitMs: number): Promise<Workers> {
  const args = [driver, dist, count, silenceLimitMs].map(String);
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  const [, port] = await until(() => /^port (\d+)$/m.exec(output));
  return { port: Number(port), output: () => output, kill };
}

/** Asks over a connection of its own; gives the process that answers. */
const ask = ({ port }: Workers, model: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { 'x-api-key': 'onramp-local' };
    const path = `/v1/models/${model}/predict`;
    request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }, (response) => {
      json(response).then((body) => resolve((body as { pid: number }).pid), reject);
    })
      .on('error', reject)
      .end();
  });

/** The processes, once so many different ones have answered. */
async function processesOf(workers: Workers, count: number): Promise<Set<number>> {
  const seen = new Set<number>();
  await until(async () => {
    // A connection may have been given to a process that is gone.
    const pid = await ask(workers, 'heart').catch(() => null);
    if (pid !== null) seen.add(pid);
    return seen.size === count;
  });
  return seen;
}

test(
  'a process that is blocked is replaced with a word on why, while the others go on',
  async () => {
    const workers = await startWorkers(2, 1500);
    const before = await processesOf(workers, 2);

    const blocked = ask(workers, 'endless').catch((error: NodeJS.ErrnoException) => error.code);
    const answers = Array.from({ length: 3 }, () => ask(workers, 'heart'));
    for (const answer of answers) answer.catch(() => {});
    const other = await Promise.any(answers);
    const reportAtFirst = workers.output();
    await until(() => workers.output().includes('replaced'));
    const after = await processesOf(workers, 2);

    expect(before).toContain(other);
    expect(reportAtFirst).not.toContain('replaced');
    expect(workers.output()).toContain(
      'a process of the HTTP API did not react for 1.5 s (a model that computes without end?) and is replaced',
    );
    expect(await blocked).toBe('ECONNRESET');
    expect([...after].filter((pid) => before.has(pid))).toEqual([other]);
  },
  timeoutMs,
);

test(
  'a process alone is replaced too, and its port answers again',
  async () => {
    const workers = await startWorkers(1, 1000);
    const [before] = await processesOf(workers, 1);

    await ask(workers, 'endless').catch(() => {});
    const [after] = await processesOf(workers, 1);

    expect(workers.output()).toContain('did not react for 1 s');
    expect(after).not.toBe(before);
  },
  timeoutMs,
);

test(
  'what a process was told to be written is in the log, with all before it, though it is killed the next moment',
  async () => {
    const workers = await startWorkers(1, timeoutMs);

    await ask(workers, 'dying').catch(() => {});

    expect(readFileSync(join(dist, 'api.log'), 'utf8')).toContain('waited for by nobody\nthe last words\n');
  },
  timeoutMs,
);

test(
  'a process that is only idle is left alone',
  async () => {
    const workers = await startWorkers(1, 1500);
    const [before] = await processesOf(workers, 1);

    const startedAt = performance.now();
    await until(() => performance.now() - startedAt > 3000);

    expect(await ask(workers, 'heart')).toBe(before);
    expect(workers.output()).not.toContain('replaced');
  },
  timeoutMs,
);

test(
  'a process that is blocked ends when the platform is killed',
  async () => {
    const workers = await startWorkers(1, timeoutMs);
    const [pid] = await processesOf(workers, 1);
    const blocked = ask(workers, 'endless').catch((error: NodeJS.ErrnoException) => error.code);

    await workers.kill();

    expect(await blocked).toBe('ECONNRESET');
    await until(() => !isAlive(pid!));
  },
  timeoutMs,
);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
