/** The processes that answer HTTP: start them on one port, replace one that died, stop them gently. */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { KnownKey } from '../../lib/access/index.ts';
import { gatewayLimits } from '../../lib/contracts/gateway.ts';
import { upstream } from '../../lib/core/index.ts';
import { localHost } from './config.ts';
import { followLog, type LogFile } from './log-file.ts';
import { makeProcessFolder } from './process-folder.ts';

/** How the processes are made. */
export interface ApiWorkerOptions {
  readonly count: number;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly keys: readonly KnownKey[];
  /** Folder of the built functions. */
  readonly dist: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Shared with the processes, which write to it themselves. */
  readonly log: LogFile;
  readonly report: (message: string) => void;
  /** A process that has been silent for so long is replaced, as Lambda ends a function; default: the gateway's limit. */
  readonly silenceLimitMs?: number;
}

/** The running processes. */
export interface ApiWorkers {
  readonly port: number;
  /** Lets requests under way finish, then ends the processes. */
  close(): Promise<void>;
}

/** A process that died is replaced after this pause, so that one that cannot start does not spin. */
const restartPauseMs = 1000;
/** A process that did not stop by itself is ended after this long. */
const stopLimitMs = 7000;

/** How often silence is measured; processes give a sign of life twice as often. */
const measureMs = 500;

/** How often the size of the log is looked at. */
const lookAtLogMs = 1000;

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * Starts the processes and resolves when all of them listen.
 * @throws `upstream` if one of them ends before that; its reason is in the log and was reported
 */
export async function startApiWorkers(options: ApiWorkerOptions): Promise<ApiWorkers> {
  const { count, log, report } = options;
  // Alone, a process accepts by itself; several share by turns, since the kernel's choice is lopsided.
  cluster.schedulingPolicy = count === 1 ? cluster.SCHED_NONE : cluster.SCHED_RR;
  cluster.setupPrimary({
    exec: fileURLToPath(new URL(`./gateway-worker.${extension}`, import.meta.url)),
    args: [],
    silent: true,
  });
  const workers = new Set<Worker>();
  // Decided once: left to the workers, 0 could mean another port after one was replaced.
  const port = options.port === 0 ? await freePort() : options.port;
  let closing = false;

  const startWorker = (): Worker => {
    const worker = forkWorker(options, port);
    workers.add(worker);
    const watch = watchSilence(worker, options);
    worker.once('exit', (code, signal) => {
      workers.delete(worker);
      watch.stop();
      if (closing) return;
      const reason = watch.silence() ?? `ended (${signal ?? `code ${code}`})`;
      report(`a process of the HTTP API ${reason} and is replaced`);
      setTimeout(() => {
        if (!closing) startWorker();
      }, restartPauseMs);
    });
    return worker;
  };

  const logTimer = setInterval(() => {
    if (log.rotateIfLarge()) for (const worker of workers) worker.send('reopen-log', () => {});
  }, lookAtLogMs);
  logTimer.unref();

  const close = async (): Promise<void> => {
    closing = true;
    clearInterval(logTimer);
    await Promise.all([...workers].map(stopWorker));
  };

  try {
    await Promise.all(Array.from({ length: count }, () => listening(startWorker())));
  } catch (error) {
    await close();
    throw error;
  }
  return { port, close };
}

function forkWorker({ dist, keys, environment, log, report }: ApiWorkerOptions, port: number): Worker {
  const folder = makeProcessFolder(environment);
  const worker = cluster.fork({
    ...folder.environment,
    ONRAMP_DIST: dist,
    ONRAMP_PORT: port,
    ONRAMP_KEYS: JSON.stringify(keys),
    ONRAMP_LOG: log.path,
  });
  // Beside their log: what is written before it is open, or by native code.
  followLog(worker.process.stdout!, log, report);
  followLog(worker.process.stderr!, log, report);
  worker.once('exit', () => void folder.remove());
  return worker;
}

/** Whether a process was ended for its silence. */
interface SilenceWatch {
  /** What is to be said of it, `null` as long as the process is heard. */
  silence(): string | null;
  stop(): void;
}

/**
 * Ends a process whose event loop is blocked: neither its own time-out nor a request to stop would reach it. Silence is
 * counted in turns of this process's timer, so that a machine that slept, or this process being held up itself, is not
 * held against the other; and only once the process listens, since starting may take its time.
 */
function watchSilence(
  worker: Worker,
  { silenceLimitMs = gatewayLimits.timeoutMs }: ApiWorkerOptions,
): SilenceWatch {
  let silentMs: number | null = null;
  let reason: string | null = null;
  const hear = (): void => {
    silentMs = 0;
  };
  // The first request can block a process before it has given a sign of life.
  worker.once('listening', hear);
  worker.on('message', hear);
  const timer = setInterval(() => {
    if (silentMs === null || reason !== null) return;
    silentMs += measureMs;
    if (silentMs <= silenceLimitMs) return;
    reason = `did not react for ${silenceLimitMs / 1000} s (a model that computes without end?)`;
    worker.process.kill('SIGKILL');
  }, measureMs);
  return { silence: () => reason, stop: () => clearInterval(timer) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, localHost);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(worker: Worker): Promise<void> {
  const ended = once(worker, 'exit').then(() => {
    throw upstream('the HTTP API could not be started');
  });
  await Promise.race([once(worker, 'listening'), ended]);
}

async function stopWorker(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const ended = once(worker, 'exit');
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopLimitMs);
  if (worker.isConnected()) worker.send('stop', () => {});
  await ended;
  clearTimeout(timer);
}
