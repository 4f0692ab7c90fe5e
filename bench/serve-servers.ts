/** Starts the servers that bench/serve.ts compares: Onramp as built, and what people run or could write instead. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, followRun, pushFile } from '../lib/client/index.ts';
import { untilIdle } from './serve-load.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Built by `npm run build`. */
export const platform = fileURLToPath(new URL('../dist/platform/main.js', import.meta.url));
/** Breast cancer: 30 columns of numbers, the target `diagnosis`. */
export const data = fileURLToPath(new URL('../examples/data/breast_cancer.csv', import.meta.url));
const python = process.env.ONRAMP_PYTHON ?? 'python3';
const apiKey = 'bench';

/** The models of every server: the learners of the platform, and their likes in scikit-learn. */
export const models = ['linear', 'forest'] as const;
export type ModelName = (typeof models)[number];

/** A running server and how it is asked. */
export interface Server {
  readonly name: string;
  /** First process; those it starts belong to it. */
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where rows as JSON are posted. */
  urlOf(model: ModelName): string;
}

const children: ChildProcess[] = [];

/** Ends every server. */
export async function stopServers(): Promise<void> {
  for (const child of children) child.kill('SIGTERM');
  await delay(1000);
}

function start(
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): ChildProcess {
  // One thread for linear algebra: more only fight over the cores.
  const env = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1', ...variables };
  const child = spawn(command, args, { cwd: here, stdio: 'ignore', env: { ...process.env, ...env } });
  children.push(child);
  return child;
}

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(typeof address === 'object' && address ? address.port : 0);
}

async function untilAnswering(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended before it answered`);
    if (await fetch(url).catch(() => null)) return;
    await delay(100);
  }
}

/** The platform with its models trained, and their files written into the folder. */
async function startOnramp(folder: string): Promise<Server> {
  const port = await freePort();
  const settings = ['--home', join(folder, 'home'), '--port', port, '--s3-port', '0', '--empty'];
  const child = start(process.execPath, [platform, ...settings, '--api-key', apiKey]);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(`${url}/healthz`, child);
  const client = createClient({ url, apiKey });
  const headers = { 'x-api-key': apiKey };
  for (const model of models) {
    const spec = { dataset: 'breast-cancer', target: 'diagnosis', positive: 'malignant', learner: model };
    const { run } = await pushFile(client, { model, spec, file: data });
    const { state, message } = await followRun(client, { model, run: run.run });
    if (state !== 'succeeded') throw new Error(`training ended as ${state}: ${message}`);
    const artifact = await fetch(`${url}/v1/models/${model}/versions/1/artifact`, { headers });
    writeFileSync(join(folder, `${model}.onnx`), Buffer.from(await artifact.arrayBuffer()));
  }
  await untilIdle(child.pid!);
  return { name: 'onramp', pid: child.pid!, headers, urlOf: (model) => `${url}/v1/models/${model}/predict` };
}

async function startOther(
  name: string,
  makeCommand: (port: string) => readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const [command, ...args] = makeCommand(port) as [string, ...string[]];
  const child = start(command, args, variables);
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(url, child);
  return { name, pid: child.pid!, headers: {}, urlOf: (model) => `${url}/${model}` };
}

/** Trains and starts everything; the platform first, the bare server with the platform's own model files second. */
export async function startServers(folder: string): Promise<readonly Server[]> {
  const fit = ['flask_service.py', 'fit', folder, data];
  if (spawnSync(python, fit, { cwd: here, stdio: 'inherit' }).status !== 0) {
    throw new Error('set ONRAMP_PYTHON to a Python with scikit-learn, flask, gunicorn, fastapi and uvicorn');
  }
  const onramp = await startOnramp(folder);
  const files = models.map((model) => `${model}=${join(folder, `${model}.onnx`)}`);
  const app = `flask_service:load_once('${folder}')`;
  return [
    onramp,
    await startOther('node:http + onnxruntime', (port) => [
      process.execPath,
      'bare-server.ts',
      port,
      ...files,
    ]),
    await startOther('flask + gunicorn', (port) => [
      ...[python, '-m', 'gunicorn', '--workers', '2', '--bind', `127.0.0.1:${port}`],
      ...['--worker-class', 'gthread', '--threads', '4', '--keep-alive', '60', app],
    ]),
    await startOther(
      'fastapi + uvicorn',
      (port) => [
        python,
        '-m',
        'uvicorn',
        '--workers',
        '2',
        '--port',
        port,
        '--no-access-log',
        'fastapi_service:app',
      ],
      { MODELS: folder },
    ),
  ];
}
