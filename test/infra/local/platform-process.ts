/** Builds the platform with tiny functions and runs it as the processes a user would have. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { buildAll } from '../../../scripts/build.ts';

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** What every tiny function starts with; its test's folder is in `HOLD`. */
const head = `
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createS3ObjectStore } from '../../lib/storage/index.ts';
const artifacts = createS3ObjectStore({ bucket: process.env.ONRAMP_ARTIFACT_BUCKET! });
const folder = process.env.HOLD!;
const mark = (name: string): void => writeFileSync(folder + '/' + name, String(process.pid));
const held = async (name: string): Promise<void> => { while (existsSync(folder + '/' + name)) await delay(10); };
const log = (message: string): void => console.log(JSON.stringify({ level: 'INFO', message }));
interface QueueEvent {
  readonly Records: readonly [{ readonly body: string; readonly attributes: { readonly ApproximateReceiveCount: string } }];
}
const keyOf = (event: QueueEvent): string => JSON.parse(event.Records[0].body).detail.object.key;
`;

/** A circle in small: each function writes the object that wakes the next one. `hold-*` files make them wait. */
const sources: Readonly<Record<string, string>> = {
  preprocess: `${head}
    export const handler = async (event: QueueEvent) => {
      const [, dataset] = keyOf(event).split('/');
      log('preprocessed ' + dataset);
      await artifacts.put('datasets/' + dataset + '/versions/${'a'.repeat(64)}/manifest.json', '{}');
    };`,
  train: `${head}
    export const handler = async (event: QueueEvent) => {
      const [kind, dataset] = keyOf(event).split('/');
      if (kind !== 'datasets') return;
      mark('training');
      await held('hold-train');
      const attempt = event.Records[0].attributes.ApproximateReceiveCount;
      await artifacts.put('models/' + dataset + '/versions/1/manifest.json', JSON.stringify({ attempt }));
    };`,
  evaluate: `${head}
    export const handler = async (event: QueueEvent) => {
      const body = JSON.parse(event.Records[0].body);
      const model = body.model ?? keyOf(event).split('/')[1];
      log('evaluated ' + model);
      await artifacts.put('models/' + model + '/evaluations/1.json', JSON.stringify(body));
    };`,
  batch: `export const handler = async () => {};`,
  call: `export const handler = async () => {};`,
  meter: `export const handler = async () => {};`,
  prepare: `export const handler = async () => {};`,
  generate: `export const handler = async () => {};`,
  predict: `${head}
    export const handler = async (event: { readonly pathParameters: { readonly model: string } }) => {
      mark('predicting');
      await held('hold-predict');
      log('predicted');
      return { statusCode: 200, body: JSON.stringify({ model: event.pathParameters.model }) };
    };`,
  import: `export const handler = async () => ({ statusCode: 200, body: '{}' });`,
  control: `
    export const handler = async () => ({ statusCode: 200, body: JSON.stringify({ pid: process.pid }) });`,
};

/** Builds into \`<folder>/dist\`; gives the platform's entry. */
export async function buildTinyPlatform(folder: string): Promise<string> {
  for (const name of ['lib', 'infra', 'node_modules'])
    symlinkSync(join(projectRoot, name), join(folder, name));
  for (const [name, source] of Object.entries(sources)) {
    mkdirSync(join(folder, 'functions', name), { recursive: true });
    writeFileSync(join(folder, 'functions', name, 'index.ts'), source);
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'functions', 'node_modules'));
  await buildAll({ root: folder, dist: join(folder, 'dist') });
  return join(folder, 'dist', 'platform', 'main.js');
}

/** A platform in a process of its own. */
export interface PlatformProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly s3Url: string;
  /** Everything the terminal shows so far. */
  output(): string;
  /** Sends a signal and waits for the end; gives the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Runs the platform until it ends by itself; for refusals and help. */
export async function runPlatform(main: string, args: readonly string[]) {
  const { child, output } = spawnPlatform(main, args);
  const [code] = await once(child, 'close');
  return { code: code as number, output: output() };
}

/** Starts the platform and waits until it says that it is ready. */
export async function startPlatformProcess(main: string, args: readonly string[]): Promise<PlatformProcess> {
  const { child, output } = spawnPlatform(main, args);
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  await Promise.race([
    new Promise<void>((resolve) => {
      child.stdout!.on('data', () => output().includes('Onramp is ready') && resolve());
    }),
    closed.then(() => {
      throw new Error(`the platform ended before it was ready:\n${output()}`);
    }),
  ]);
  const [url, s3Url] = output().match(/http:\/\/127\.0\.0\.1:\d+/g)!;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const [code] = await closed;
    return code;
  };
  return { child, url: url!, s3Url: s3Url!, output, end };
}

function spawnPlatform(main: string, args: readonly string[]) {
  const chunks: string[] = [];
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  }
  return { child, output: () => chunks.join('') };
}
