/** Runs fits on worker threads, which are kept for the next fit but never keep the process alive. */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { internal } from '../../core/index.ts';
import { type JobResult, runJob, type TreeJob } from './jobs.ts';
import { sharedInt32 } from './memory.ts';
import { soloTeam, TEAM_CONTROL_WORDS } from './team.ts';
import type { FitOptions } from './types.ts';

/** What a thread is asked to do. */
export interface WorkerRequest {
  readonly member: number;
  readonly size: number;
  readonly control: Int32Array;
  readonly job: TreeJob;
}

/** What a thread answers: any number of fractions, then one result. */
export type WorkerAnswer =
  | { readonly kind: 'progress'; readonly fraction: number }
  | { readonly kind: 'result'; readonly result: JobResult<TreeJob> };

type RunOptions = Pick<FitOptions, 'signal' | 'onProgress'>;

/** Threads that wait for work. */
const idle = new Set<Worker>();

/** Beside this module in the source tree, and beside the bundle that holds it. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './tree-worker.ts' : './tree-worker.js',
  import.meta.url,
);

/**
 * Runs a job by so many threads, or in this one if `threads` is 1, where the event loop turns after every
 * step. Returns the results of all members, in order.
 *
 * @throws the reason of `signal` once it is aborted
 */
export async function runByThreads<Job extends TreeJob>(
  job: Job,
  threads: number,
  options: RunOptions,
): Promise<JobResult<Job>[]> {
  options.signal?.throwIfAborted();
  return threads === 1 ? [await runHere(job, options)] : runByTeam(job, threads, options);
}

/** Ends the threads that wait for work; the next fit starts new ones. */
export async function closeTreeWorkers(): Promise<void> {
  const workers = [...idle];
  idle.clear();
  await Promise.all(workers.map((worker) => worker.terminate()));
}

async function runHere<Job extends TreeJob>(
  job: Job,
  { signal, onProgress }: RunOptions,
): Promise<JobResult<Job>> {
  const steps = runJob(soloTeam, job);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    onProgress?.(step.value);
    await setImmediate();
    signal?.throwIfAborted();
  }
}

/** A thread cannot be stopped halfway without stopping its team, so a failure or an abort ends them all. */
async function runByTeam<Job extends TreeJob>(
  job: Job,
  threads: number,
  options: RunOptions,
): Promise<JobResult<Job>[]> {
  const control = sharedInt32(TEAM_CONTROL_WORDS);
  const workers = Array.from({ length: threads }, takeWorker);
  try {
    const results = await Promise.all(
      workers.map((worker, member) => askWorker(worker, { member, size: threads, control, job }, options)),
    );
    for (const worker of workers) release(worker);
    return results as JobResult<Job>[];
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  }
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

function release(worker: Worker): void {
  worker.unref();
  idle.add(worker);
}

function askWorker(
  worker: Worker,
  request: WorkerRequest,
  { signal, onProgress }: RunOptions,
): Promise<JobResult<TreeJob>> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const onMessage = (answer: WorkerAnswer): void => {
      if (answer.kind === 'progress') onProgress?.(answer.fraction);
      else settle(() => resolve(answer.result))();
    };
    const onError = (cause: unknown): void =>
      settle(() => reject(internal('a tree worker failed; its error is the cause', { cause })))();
    const onExit = settle(() => reject(internal('a tree worker ended before it had answered')));
    const onAbort = settle(() => reject(signal?.reason));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    worker.postMessage(request);
  });
}
