/** One container as a process: started with SageMaker's environment, pinged until it answers, stopped as SageMaker does. */
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { localHost } from '../../config.ts';
import { followLog, type LogFile } from '../../log-file.ts';
import { makeProcessFolder } from '../../process-folder.ts';
import type { ContainerEnd } from './container-host.ts';
import type { ContainerSettings } from './container-settings.ts';
import { killTree } from './kill-tree.ts';

/** What every container is started with. */
export interface ContainerOptions {
  /** As the functions have it: buckets, endpoints, credentials, a folder for temporary files. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: LogFile;
  readonly onLogError: (message: string) => void;
}

/** A container that was started. */
export interface ContainerProcess {
  /** Where it listens, once it is up. */
  readonly port: number;
  /** Resolves with the reason when it is gone, and everything it started with it. */
  readonly gone: Promise<string>;
  /** Resolves when a ping is answered with 200; never, if the container ends before. */
  readonly healthy: Promise<void>;
  /** Says SIGTERM, and SIGKILL when the time is up; resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const hostFile = fileURLToPath(new URL(`./container-host.${extension}`, import.meta.url));
const pingPauseMs = 100;
/** SageMaker's limit for the answer to a ping. */
const pingLimitMs = 2000;

/** Starts a container on a free port. */
export async function startContainer(
  { command, environment, modelFolder, workingFolder }: ContainerSettings,
  options: ContainerOptions,
): Promise<ContainerProcess> {
  const folder = makeProcessFolder(options.environment);
  const base = folder.environment.TMPDIR!;
  // A junction needs no rights on Windows; elsewhere it is a symbolic link like any other.
  if (modelFolder !== null) symlinkSync(modelFolder, join(base, 'model'), 'junction');
  const port = await freePort();
  const child = fork(hostFile, command, {
    cwd: workingFolder,
    env: {
      ...folder.environment,
      ...environment,
      SAGEMAKER_BIND_TO_PORT: String(port),
      ONRAMP_BIND_TO_HOST: localHost,
      SAGEMAKER_BASE_DIR: base,
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // The leader of a group, so that it can be ended with everything the command starts.
    detached: true,
    windowsHide: true,
  });
  followLog(child.stdout!, options.log, options.onLogError);
  followLog(child.stderr!, options.log, options.onLogError);
  const ended = new Promise<string>((resolve) => {
    child.once('message', ({ reason }: ContainerEnd) => resolve(reason));
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    // Only for a host that could not say it itself any more; its group lives on without it.
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) killTree(child.pid);
      resolve(`was ended with ${signal ?? `code ${code}`}`);
    });
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  let isGone = false;
  const gone = Promise.all([ended, closed]).then(async ([reason]) => {
    isGone = true;
    givenPorts.delete(port);
    await folder.remove();
    return reason;
  });
  return {
    port,
    gone,
    healthy: untilHealthy(port, () => isGone),
    stop: async (graceMs) => {
      // A host that is ending cannot be written to; then there is nothing left to say.
      child.send('stop', () => {});
      const timer = setTimeout(() => child.pid !== undefined && killTree(child.pid), graceMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

async function untilHealthy(port: number, isGone: () => boolean): Promise<void> {
  while (!(await isHealthy(port))) {
    if (isGone()) return new Promise(() => {});
    await delay(pingPauseMs);
  }
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://${localHost}:${port}/ping`, {
      signal: AbortSignal.timeout(pingLimitMs),
    });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** Ports of connections to elsewhere begin above; one of them could take a port while a container loads its model. */
const [lowestPort, highestPort] = [20_000, 32_000];

/** Containers listen only when their model is loaded; until then nobody else sees that a port is theirs. */
const givenPorts = new Set<number>();

/** A port for a container. If a stranger takes it before, the container ends by that, and is started on another. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowestPort, highestPort);
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    if (await isFree(port)) return port;
    givenPorts.delete(port);
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, localHost, () => server.close(() => resolve(true)));
  });
