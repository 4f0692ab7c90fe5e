/** Entry of a process that answers HTTP: loads the handlers of the route table and runs the gateway. */
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type HttpFunction, routes } from '../../lib/contracts/routes.ts';
import { localHost } from './config.ts';
import { createGateway, type HttpHandler } from './gateway.ts';

/** Requests under way at a stop get this long. */
const graceMs = 5000;

/** Reads the settings that `api-workers.ts` passes in the environment, and takes the key out of the handlers' sight. */
function takeSettings(): { readonly dist: string; readonly port: number; readonly apiKey: string } {
  const { ONRAMP_DIST: dist, ONRAMP_PORT: port, ONRAMP_API_KEY: apiKey } = process.env;
  if (!dist || !port || !apiKey) throw new Error('gateway-worker is started by the platform');
  delete process.env.ONRAMP_API_KEY;
  return { dist, port: Number(port), apiKey };
}

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

/** Takes no more connections, lets the requests under way finish, and ends the process. */
function stop(server: Server): void {
  server.close(() => process.exit(0));
  setInterval(() => server.closeIdleConnections(), 50);
  setTimeout(() => process.exit(0), graceMs);
}

/** How often the platform hears that this process is not blocked. */
const heartbeatMs = 250;

/** How long log lines may wait to be written together. */
const logDelayMs = 20;

/** Joins the lines that the handlers log: a write for every one costs more than the request it tells of. */
function writeLogInBatches(): void {
  const { stdout } = process;
  const writeNow = stdout.write.bind(stdout);
  let pending = '';
  const flush = (): void => {
    writeNow(pending);
    pending = '';
  };
  stdout.write = ((chunk: string | Uint8Array, ...rest: never[]): boolean => {
    if (typeof chunk !== 'string' || rest.length > 0) return writeNow(chunk, ...rest);
    if (pending === '') setTimeout(flush, logDelayMs);
    pending += chunk;
    return true;
  }) as typeof stdout.write;
  process.on('exit', flush);
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

const { dist, port, apiKey } = takeSettings();
const server = createGateway({ routes, handlers: await loadHandlers(dist), apiKey, report });
writeLogInBatches();
process.on('message', (message) => {
  if (message === 'stop') stop(server);
});
server.on('error', (error: NodeJS.ErrnoException) => {
  report(
    error.code === 'EADDRINUSE' ? `port ${port} is in use; choose another one with --port` : error.message,
  );
  process.exit(1);
});
setInterval(() => process.send?.('alive', () => {}), heartbeatMs).unref();
server.listen(port, localHost);
