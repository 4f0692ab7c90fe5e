/** Trains in a thread of its own, so that this process goes on answering. */
import { Worker } from 'node:worker_threads';
import { type ErrorKind, internal, OnrampError } from '../../core/index.ts';
import type { TrainingEnd, TrainingPlan, TrainingProgress } from './plan.ts';
import type { TrainingState } from './state.ts';

/** One training. */
export interface ThreadRequest {
  readonly plan: TrainingPlan;
  readonly state: TrainingState;
}

/** What a thread is told. */
export type ThreadOrder =
  | { readonly kind: 'train'; readonly request: ThreadRequest }
  /** Keep a checkpoint and end. */
  | { readonly kind: 'pause' }
  /** End; nobody waits for anything any more. */
  | { readonly kind: 'stop' }
  /** The last checkpoint has been kept. */
  | { readonly kind: 'saved' };

/** What it tells: any number of news, then how the training ended. */
export type ThreadAnswer =
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Uint8Array }
  | { readonly kind: 'end'; readonly end: TrainingEnd }
  | {
      readonly kind: 'failed';
      readonly error: Readonly<Record<'kind' | 'code' | 'stack', string | undefined>> & {
        readonly message: string;
      };
    };

/** Who watches a training. */
export interface ThreadOptions {
  /** Ends the training; nothing is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the training after the call of the runtime that it is in, with a last checkpoint. */
  readonly pause?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly save?: ((checkpoint: Uint8Array) => Promise<void>) | undefined;
}

/** Beside this module in the source tree, and beside the bundle that holds it. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './training-worker.ts' : './training-worker.js',
  import.meta.url,
);

/** Threads that wait for work; they do not keep the process alive. */
const idle = new Set<Worker>();

/**
 * Runs a training in a thread. An abort is answered at once; the thread goes on to the end of the call of the runtime that
 * it is in, a fraction of a second: a thread that is ended in the middle of one takes the whole process with it
 * (onnxruntime-node 1.30).
 *
 * @throws the reason of `signal` once it is aborted; what the training threw; a checkpoint that could not be kept, if it
 *   was the last one
 */
export function trainInThread(request: ThreadRequest, options: ThreadOptions): Promise<TrainingEnd> {
  const { signal, pause, onProgress, save } = options;
  signal?.throwIfAborted();
  const worker = takeWorker();
  const order = (message: ThreadOrder): void => worker.postMessage(message);
  return new Promise((resolve, reject) => {
    let saved: Promise<void> = Promise.resolve();
    const onPause = (): void => order({ kind: 'pause' });
    const onAbort = (): void => {
      order({ kind: 'stop' });
      reject(signal?.reason);
    };
    const leave = (): void => {
      signal?.removeEventListener('abort', onAbort);
      pause?.removeEventListener('abort', onPause);
      worker.off('message', onMessage).off('error', onDeath).off('exit', onExit);
    };
    const onDeath = (error: unknown): void => {
      leave();
      reject(error);
    };
    const onExit = (): void => onDeath(internal('the training thread ended before it had answered'));
    const rest = (): void => {
      leave();
      worker.unref();
      idle.add(worker);
    };
    const keep = (checkpoint: Uint8Array): void => {
      // One after the other, as an older one must not come to lie over a newer one.
      saved = saved
        .catch(() => {})
        .then(() => save?.(checkpoint))
        .finally(() => order({ kind: 'saved' }));
      // Whoever waits for the last checkpoint hears of its failure; one of the others may fail, as more are to come.
      saved.catch(() => {});
    };
    const onMessage = (answer: ThreadAnswer): void => {
      if (answer.kind === 'progress' && !signal?.aborted) onProgress?.(answer.progress);
      if (answer.kind === 'checkpoint') keep(answer.checkpoint);
      if (answer.kind === 'failed') {
        rest();
        reject(restored(answer.error));
      }
      if (answer.kind === 'end') {
        rest();
        saved.then(() => resolve(answer.end), reject);
      }
    };
    worker.on('message', onMessage).on('error', onDeath).on('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    pause?.addEventListener('abort', onPause);
    order({ kind: 'train', request });
    if (pause?.aborted) onPause();
  });
}

function takeWorker(): Worker {
  for (const worker of idle) {
    idle.delete(worker);
    worker.ref();
    return worker;
  }
  const worker = new Worker(workerFile);
  worker.on('exit', () => idle.delete(worker));
  return worker;
}

function restored({
  kind,
  code,
  message,
  stack,
}: Extract<ThreadAnswer, { readonly kind: 'failed' }>['error']): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  if (kind === undefined) return internal(`the training thread failed: ${message}`, { cause });
  return new OnrampError(kind as ErrorKind, message, { ...(code !== undefined && { code }), cause });
}
