/** Entry point of a worker thread: trains what it is sent, one training after the other, and tells how it goes. */
import { parentPort } from 'node:worker_threads';
import { runTraining } from './run-training.ts';
import type { ThreadAnswer, ThreadOrder, ThreadRequest } from './thread.ts';

const answer = (message: ThreadAnswer, transfer: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, transfer);

let paused = false;
let stopped = false;
let saving = false;

async function train({ plan, state }: ThreadRequest): Promise<void> {
  paused = false;
  stopped = false;
  saving = false;
  const hooks = {
    now: () => performance.now(),
    isPaused: () => paused || stopped,
    isSaving: () => saving,
    onProgress: (progress) => answer({ kind: 'progress', progress }),
    save: (checkpoint) => {
      if (stopped) return;
      saving = true;
      answer({ kind: 'checkpoint', checkpoint }, [checkpoint.buffer]);
    },
  } satisfies Parameters<typeof runTraining>[1];
  try {
    answer({ kind: 'end', end: await runTraining(plan, hooks, state) });
  } catch (error) {
    answer({ kind: 'failed', error: describe(error) });
  }
}

/** Errors lose their fields on the way between threads. */
function describe(error: unknown): Extract<ThreadAnswer, { readonly kind: 'failed' }>['error'] {
  const { kind, code, message, stack } = error as Partial<
    Record<'kind' | 'code' | 'message' | 'stack', string>
  >;
  return { kind, code, message: message ?? String(error), stack };
}

parentPort?.on('message', (order: ThreadOrder) => {
  if (order.kind === 'train') void train(order.request);
  if (order.kind === 'pause') paused = true;
  if (order.kind === 'stop') stopped = true;
  if (order.kind === 'saved') saving = false;
});
