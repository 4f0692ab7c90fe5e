/** Entry of the child process in which a model nobody knows is inspected; a thread of it watches the memory. */
import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { isOnrampError } from '../../core/index.ts';
import { inspect, type ModelInspection } from './inspection.ts';

/** What the child tells its parent. */
export type InspectionReport =
  | { readonly kind: 'inspected'; readonly inspection: ModelInspection }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

const watchMs = 20;
/** A refusal may quote a name of the file, and names have any length. */
const maxMessageLength = 2000;
const [path = '', memoryLimitMb = '', parentId = ''] = process.argv.slice(2);

if (isMainThread) {
  // Native code blocks this thread, so that the limits have to be kept by another one.
  const watch = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2) });
  watch.once('online', () => {
    void report().then((answer) => process.send?.(answer, () => process.exit(0)));
  });
} else {
  setInterval(() => {
    const isOrphan = process.ppid !== Number(parentId);
    const isTooLarge = process.memoryUsage.rss() > Number(memoryLimitMb) * 1_048_576;
    if (isTooLarge) writeSync(2, 'memory limit passed');
    if (isOrphan || isTooLarge) process.kill(process.pid, 'SIGKILL');
  }, watchMs);
}

async function report(): Promise<InspectionReport> {
  try {
    return { kind: 'inspected', inspection: await inspect(await readFile(path), () => performance.now()) };
  } catch (error) {
    const code = isOnrampError(error) && error.kind === 'invalid_request' ? error.code : 'probe_failed';
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'refused', code, message: message.slice(0, maxMessageLength) };
  }
}
