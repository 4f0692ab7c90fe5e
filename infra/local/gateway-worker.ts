/** Entry of a process that answers HTTP: loads the handlers of the route table and runs the gateway. */
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { KnownKey } from '../../lib/access/index.ts';
import { type HttpFunction, routes } from '../../lib/contracts/routes.ts';
import { localHost } from './config.ts';
import { createGateway, type HttpHandler } from './gateway.ts';
import { identifier } from './keys.ts';
import { openLogFile } from './log-file.ts';
import { provideAwslambda } from './response-stream.ts';

/** Requests under way at a stop get this long. */
const graceMs = 5000;

/** What `api-workers.ts` passes in the environment. */
interface Settings {
  readonly dist: string;
  readonly port: number;
  readonly keys: readonly KnownKey[];
  readonly logPath: string;
}

/** Reads the settings, and takes the keys out of the handlers' sight. */
function takeSettings(): Settings {
  const { ONRAMP_DIST: dist, ONRAMP_PORT: port, ONRAMP_KEYS: keys, ONRAMP_LOG: logPath } = process.env;
  if (!dist || !port || !keys || !logPath) throw new Error('gateway-worker is started by the platform');
  delete process.env.ONRAMP_KEYS;
  return { dist, port: Number(port), keys: JSON.parse(keys), logPath };
}

/** How long the handlers of answers that were broken off have for their line in the log. */
const lastLinesMs = 1000;

async function loadHandlers(dist: string): Promise<Record<HttpFunction, HttpHandler>> {
  const names = [...new Set(routes.map((route) => route.function))];
  const load = async (name: HttpFunction): Promise<[HttpFunction, HttpHandler]> => {
    const module: { readonly handler: HttpHandler } = await import(
      pathToFileURL(join(dist, name, 'index.js')).href
    );
    return [name, module.handler];
  };
  return Object.fromEntries(await Promise.all(names.map(load))) as Record<HttpFunction, HttpHandler>;
}

/** Takes no more connections, lets the requests under way finish, breaks off those that last, and ends the process. */
function stop(server: Server): void {
  let isLate = false;
  server.close(() => {
    if (!isLate) process.exit(0);
  });
  setInterval(() => server.closeIdleConnections(), 50);
  setTimeout(() => {
    isLate = true;
    server.closeAllConnections();
    setTimeout(() => process.exit(0), lastLinesMs);
  }, graceMs);
}

/** How often the platform hears that this process is not blocked. */
const heartbeatMs = 250;

/** How long log lines may wait to be written together. */
const logDelayMs = 20;

/**
 * Sends what the handlers log straight to the file, joined: a write for every line, and a pipe to the platform, cost more
 * than the request they tell of. Who wants to hear that a line is written has it written at once, with those before it.
 * Gives what begins the file anew, once it was moved aside.
 */
function logInto(path: string): () => void {
  const { stdout } = process;
  let file = openLogFile(path, { isShared: true });
  let pending = '';
  const flush = (): void => {
    if (pending !== '') file.write(pending);
    pending = '';
  };
  stdout.write = ((chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (pending === '') setTimeout(flush, logDelayMs);
    pending += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const done = rest.findLast((argument) => typeof argument === 'function');
    if (done) {
      flush();
      process.nextTick(done);
    }
    return true;
  }) as typeof stdout.write;
  process.on('exit', flush);
  return () => {
    flush();
    file.close();
    file = openLogFile(path, { isShared: true });
  };
}

/** In the form of the handlers' own log lines, so that the platform shows it in short and the log keeps it whole. */
const report = (message: string): void => {
  process.stderr.write(`${JSON.stringify({ level: 'ERROR', message })}\n`);
};

// Ctrl-C in a terminal reaches every process; when to stop is the platform's decision.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

// A model that computes without end hides the end of the platform from the event loop, not from a thread beside it.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
new Worker(new URL(`./host-watchdog.${extension}`, import.meta.url), {
  workerData: { parentId: process.ppid, memoryLimitMb: Number.POSITIVE_INFINITY },
}).unref();

const { dist, port, keys, logPath } = takeSettings();
provideAwslambda();
const server = createGateway({
  routes,
  handlers: await loadHandlers(dist),
  identify: identifier(keys),
  report,
});
const reopenLog = logInto(logPath);
process.on('message', (message) => {
  if (message === 'stop') stop(server);
  if (message === 'reopen-log') reopenLog();
});
server.on('error', (error: NodeJS.ErrnoException) => {
  report(
    error.code === 'EADDRINUSE' ? `port ${port} is in use; choose another one with --port` : error.message,
  );
  process.exit(1);
});
setInterval(() => process.send?.('alive', () => {}), heartbeatMs).unref();
server.listen(port, localHost);
