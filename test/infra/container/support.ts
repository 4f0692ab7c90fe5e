/** Runs the container's entry as SageMaker does, as a process with folders of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startObjectServer } from '../../../infra/local/s3/index.ts';
import { createS3ObjectStore } from '../../../lib/storage/index.ts';
import { freePort } from '../../loop/process-group.ts';
import { createWorld, type World } from '../../pipeline/support.ts';

export const entry = fileURLToPath(new URL('../../../dist/container/main.js', import.meta.url));

/** `/opt/ml` in a folder of its own. */
export interface MlFolder {
  readonly path: string;
  write(file: string, content: string | Uint8Array): void;
  remove(): void;
}

export function createMlFolder(): MlFolder {
  const path = mkdtempSync(join(tmpdir(), 'onramp-ml-'));
  return {
    path,
    write: (file, content) => {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content);
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A container at work. */
export interface Container {
  readonly child: ChildProcess;
  /** Its exit code; `null` if a signal ended it. */
  readonly ended: Promise<number | null>;
  output(): string;
}

/** Starts the entry; nothing of this process's AWS settings is handed on. */
export function startContainer(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  file: string = entry,
): Container {
  if (!existsSync(file)) throw new Error(`${file} is missing; run "npm run build"`);
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS|ONRAMP|SAGEMAKER)_/.test(name));
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...Object.fromEntries(kept), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const chunks: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  }
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', kill);
    return code as number | null;
  });
  return { child, ended, output: () => chunks.join('') };
}

/** Starts `serve` on a free port and waits until it answers pings. */
export async function startServing(
  ml: MlFolder,
  environment: Readonly<Record<string, string>> = {},
): Promise<Container & { readonly url: string }> {
  const port = String(await freePort());
  const variables = { SAGEMAKER_BASE_DIR: ml.path, SAGEMAKER_BIND_TO_PORT: port, ...environment };
  const container = startContainer(['serve'], variables);
  const url = `http://127.0.0.1:${port}`;
  let code: number | null | undefined;
  void container.ended.then((value) => {
    code = value;
  });
  while (!(await fetch(`${url}/ping`).catch(() => null))?.ok) {
    if (code !== undefined) throw new Error(`serve ended (${code}):\n${container.output()}`);
    await delay(20);
  }
  return { ...container, url };
}

const credentials = { accessKeyId: 'onramp', secretAccessKey: 'onramp-local' };

/** A platform whose buckets another process can reach, and the environment by which it does. */
export interface SharedWorld {
  readonly world: World;
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Buckets behind a real object server; this process's own AWS settings are set to it. */
export async function createSharedWorld(): Promise<SharedWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'onramp-s3-'));
  const buckets = ['onramp-data', 'onramp-artifacts'] as const;
  const server = await startObjectServer({ directory, port: 0, buckets: [...buckets], credentials });
  const environment = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: server.url,
    ONRAMP_DATA_BUCKET: buckets[0],
    ONRAMP_ARTIFACT_BUCKET: buckets[1],
  };
  Object.assign(process.env, environment);
  const stores = {
    data: createS3ObjectStore({ bucket: buckets[0] }),
    artifacts: createS3ObjectStore({ bucket: buckets[1] }),
  };
  return {
    world: { ...createWorld(), ...stores, clock: { now: () => Date.now() } },
    environment,
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
