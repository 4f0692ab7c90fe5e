/** Entry of a child process that runs one function: takes invocations over IPC, calls the handler, sends the outcome. */
import { setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { Invocation, Outcome } from './function-process.ts';
import { lambdaContext } from './lambda-context.ts';

const [entry, memoryLimitMb] = process.argv.slice(2);
if (!entry || !process.send) throw new Error('function-host is started by the platform, with a handler file');

// Work in the background must not slow the API down.
setPriority(10);
// Ctrl-C in a terminal reaches every process; when to stop is the platform's decision.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
// The event loop cannot notice the end of the platform, nor its own memory, while native code computes.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
new Worker(new URL(`./host-watchdog.${extension}`, import.meta.url), {
  workerData: { parentId: process.ppid, memoryLimitMb: Number(memoryLimitMb) },
}).unref();

const loading: Promise<{ readonly handler: (event: unknown, context: Context) => Promise<unknown> }> = import(
  pathToFileURL(entry).href
);

async function invoke({ event, ...invocation }: Invocation): Promise<Outcome> {
  const { handler } = await loading;
  try {
    return { ok: true, result: await handler(event, lambdaContext(invocation)) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    return { ok: false, type: name, message };
  }
}

process.on('message', (invocation: Invocation) => {
  void invoke(invocation).then((outcome) => process.send?.(outcome));
});
