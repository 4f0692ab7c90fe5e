/**
 * Measures predictions over HTTP: the built platform against scikit-learn behind Flask, in turns.
 *
 * Usage: npm run build && node bench/serve.ts [rounds]
 * `ONRAMP_PYTHON` names a Python with scikit-learn, flask and gunicorn; `python3` when it is not set. Linux only.
 *
 * Breast cancer, 30 columns, the same JSON body for everybody. The linear models are the same (scaler and logistic
 * regression). Onramp's forest is the platform's default one, 100 trees of any depth, where scikit-learn has 100 trees
 * of depth 5: the comparison favours scikit-learn. gunicorn runs two workers, the platform answers with one.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, followRun, pushFile } from '../lib/client/index.ts';
import { type Load, type Measure, measure } from './serve-load.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const data = fileURLToPath(new URL('../examples/data/breast_cancer.csv', import.meta.url));
const platform = fileURLToPath(new URL('../dist/platform/main.js', import.meta.url));
const python = process.env.ONRAMP_PYTHON ?? 'python3';
const apiKey = 'bench';
const models = ['linear', 'forest'] as const;
const rowCounts = [1, 1000] as const;
const durationMs = 2000;
const warmUpMs = 5000;
const defaultRounds = 3;

type ModelName = (typeof models)[number];

/** A running server and how it is asked. */
interface Server {
  readonly name: string;
  readonly child: ChildProcess;
  readonly headers: Readonly<Record<string, string>>;
  urlOf(model: ModelName): string;
}

/** Everything started, to be stopped in the end. */
const children: ChildProcess[] = [];

function start(command: string, args: readonly string[]): ChildProcess {
  // One thread for linear algebra: more only fight over the cores.
  const env = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(command, args, { cwd: here, stdio: 'ignore', env: { ...process.env, ...env } });
  children.push(child);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended before it answered`);
    if (await fetch(url).catch(() => null)) return;
    await delay(100);
  }
}

async function startOnramp(folder: string): Promise<Server> {
  const port = await freePort();
  const settings = ['--home', join(folder, 'home'), '--port', String(port), '--s3-port', '0', '--empty'];
  const child = start(process.execPath, [platform, ...settings, '--api-key', apiKey]);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(`${url}/healthz`, child);
  const client = createClient({ url, apiKey });
  for (const model of models) {
    const spec = { dataset: 'breast-cancer', target: 'diagnosis', positive: 'malignant', learner: model };
    const { run } = await pushFile(client, { model, spec, file: data });
    const { state, message } = await followRun(client, { model, run: run.run });
    if (state !== 'succeeded') throw new Error(`training ended as ${state}: ${message}`);
  }
  const urlOf = (model: ModelName): string => `${url}/v1/models/${model}/predict`;
  return { name: 'onramp', child, headers: { 'x-api-key': apiKey }, urlOf };
}

async function startFlask(name: string, command: readonly string[], port: number): Promise<Server> {
  const child = start(python, command);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(url, child);
  return { name, child, headers: {}, urlOf: (model) => `${url}/${model}` };
}

async function startServers(folder: string): Promise<readonly Server[]> {
  const { status } = spawnSync(python, ['flask_service.py', 'fit', folder, data], {
    cwd: here,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('set ONRAMP_PYTHON to a Python with scikit-learn, flask and gunicorn');
  const [once, naive] = [await freePort(), await freePort()];
  const workers = ['--workers', '2', '--bind', `127.0.0.1:${once}`, '--keep-alive', '60'];
  const app = `flask_service:load_once('${folder}')`;
  return [
    await startOnramp(folder),
    await startFlask('flask + gunicorn', ['-m', 'gunicorn', ...workers, app], once),
    await startFlask('flask, naive', ['flask_service.py', 'run', folder, String(naive)], naive),
  ];
}

/** The measurements without a target, over and over until there are enough rows. */
function makeBody(rows: number): string {
  const [header, ...lines] = readFileSync(data, 'utf8').trim().split('\n');
  const target = header!.split(',').indexOf('diagnosis');
  const table = lines.map((line) => line.split(',').toSpliced(target, 1).map(Number));
  return JSON.stringify({ instances: Array.from({ length: rows }, (_, row) => table[row % table.length]) });
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function print(title: string, names: readonly string[], measures: readonly (readonly Measure[])[]): void {
  const cpu = measures.map((rounds) => median(rounds.map(({ cpuMs }) => cpuMs)));
  const speed = measures.map((rounds) => median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)));
  for (const [at, name] of names.entries()) {
    // Rounds are paired: what else the machine does weighs on both.
    const ratios = measures[at]!.map(({ cpuMs }, round) => cpuMs / measures[0]![round]!.cpuMs);
    const cells = [cpu[at]!.toFixed(3), speed[at]!.toFixed(0), `${median(ratios).toFixed(1)}x`];
    const range = `(${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)})`;
    console.log(
      `${(at === 0 ? title : '').padEnd(20)}${name.padEnd(18)}${cells.map((cell) => cell.padStart(12)).join('')}  ${range}`,
    );
  }
}

async function compare(servers: readonly Server[], rounds: number): Promise<void> {
  const loadsOf = (model: ModelName, rows: number): readonly Load[] => {
    const body = makeBody(rows);
    return servers.map(({ child, headers, urlOf }) => ({
      url: urlOf(model),
      headers,
      body,
      pid: child.pid!,
    }));
  };
  // Whatever compiles itself while it runs shall have done so.
  for (const model of models) for (const load of loadsOf(model, 1)) await measure(load, warmUpMs);
  const heads = ['CPU ms', 'requests/s', 'CPU ratio'].map((head) => head.padStart(12)).join('');
  console.log(`${''.padEnd(38)}${heads}  of ${rounds} rounds; 8 connections`);
  for (const model of models) {
    for (const rows of rowCounts) {
      const loads = loadsOf(model, rows);
      for (const load of loads) await measure(load, durationMs);
      const measures: Measure[][] = servers.map(() => []);
      for (let round = 0; round < rounds; round += 1) {
        for (const [at, load] of loads.entries()) measures[at]!.push(await measure(load, durationMs));
      }
      const names = servers.map(({ name }) => name);
      print(`${model}, ${rows} ${rows === 1 ? 'row' : 'rows'}`, names, measures);
    }
  }
}

async function main(): Promise<void> {
  if (!existsSync(platform)) throw new Error('there is no build; run "npm run build" first');
  const rounds = Number(process.argv[2] ?? defaultRounds);
  const folder = mkdtempSync(join(tmpdir(), 'onramp-bench-'));
  try {
    const servers = await startServers(folder);
    await compare(servers, rounds);
  } finally {
    for (const child of children) child.kill('SIGTERM');
    await delay(1000);
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
