/** AWS's own runtime client for Node, which stands between Lambda and a handler, and a process that runs it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '4.0.2';
const folder = fileURLToPath(new URL('../../.oracle/aws-lambda-ric', import.meta.url));
const installed = join(folder, 'node_modules/aws-lambda-ric');

/**
 * Installs the client in `.oracle/` when it is missing; it is compiled then, which takes minutes.
 *
 * @throws Error that says what is missing
 */
export function ensureRuntimeClient(): void {
  if (installedVersion() === version) return;
  if (process.platform !== 'linux') throw new Error('aws-lambda-ric runs on Linux only');
  for (const tool of ['cmake', 'g++', 'make', 'python3']) {
    if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0) {
      throw new Error(`aws-lambda-ric is compiled when it is installed, and there is no ${tool}`);
    }
  }
  mkdirSync(folder, { recursive: true });
  const manifest = { private: true, allowScripts: { 'aws-lambda-ric': true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const install = ['install', '--no-audit', '--no-fund', '--save-exact', `aws-lambda-ric@${version}`];
  const { status, stderr } = spawnSync('npm', install, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`aws-lambda-ric could not be installed: ${stderr.trim()}`);
}

/** The version that is there and compiled. */
function installedVersion(): string | null {
  if (!existsSync(join(installed, 'rapid-client.node'))) return null;
  return JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).version;
}

/** A function's process, as Lambda would start it. */
export interface RuntimeProcess {
  /** What it wrote to standard output and standard error. */
  output(): string;
  /** Memory in use, bytes. */
  residentBytes(): number;
  /** As Lambda does it after a time-out: at once. */
  kill(): Promise<void>;
}

/** Starts a handler under the client. */
export function startFunction(options: {
  readonly code: string;
  readonly handler: string;
  readonly api: string;
  readonly environment: Readonly<Record<string, string>>;
}): RuntimeProcess {
  const child: ChildProcess = spawn(process.execPath, [join(installed, 'index.mjs'), options.handler], {
    cwd: options.code,
    env: {
      ...options.environment,
      AWS_LAMBDA_RUNTIME_API: options.api,
      AWS_LAMBDA_FUNCTION_NAME: 'predict',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/predict',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
      LAMBDA_TASK_ROOT: options.code,
      _HANDLER: options.handler,
    },
  });
  let output = '';
  const take = (text: Buffer): void => {
    output += text.toString();
  };
  child.stdout!.on('data', take);
  child.stderr!.on('data', take);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    output: () => output,
    residentBytes: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
