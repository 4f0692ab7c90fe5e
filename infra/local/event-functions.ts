/** The limits under which the functions behind queues run on one machine. */
import { randomUUID } from 'node:crypto';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { deliveryDelaySeconds, type EventFunction } from '../../lib/contracts/events.ts';
import { systemClock } from '../../lib/core/index.ts';
import { type FunctionPool, startFunctionPool } from './function-pool.ts';
import { openLogFile } from './log-file.ts';
import { openQueue, type Queue } from './queue.ts';

const timeoutMs = 15 * 60_000;
const idleMs = 60_000;
const maxReceiveCount = 5;
/** Soon at first, for a passing fault; later long enough to outlast the lease of a worker that died. */
const backoffMs = (receiveCount: number): number => [2_000, 15_000, 60_000][receiveCount - 1] ?? 120_000;

/** A quarter of the machine for each function, within what Lambda offers. */
const memoryLimitMb = (): number => Math.min(10_240, Math.max(1024, Math.floor(totalmem() / 4 / 1_048_576)));

/** Training is the long work: two at a time where the API has cores left. A small job need not wait for a large one. */
function concurrencyOf(name: EventFunction): number {
  if (name === 'batch' || name === 'call') return 2;
  return name === 'train' && availableParallelism() >= 4 ? 2 : 1;
}

/** Opens the queue in front of a function. */
export function openFunctionQueue(database: DatabaseSync, name: EventFunction): Queue {
  const delayMs = (deliveryDelaySeconds[name] ?? 0) * 1000;
  return openQueue(database, { name, maxReceiveCount, delayMs, clock: systemClock, newId: randomUUID });
}

/** Which function to run, and where its files are. */
export interface EventFunctionOptions {
  readonly name: EventFunction;
  /** Folder of the built functions. */
  readonly dist: string;
  /** Folder that holds all data; the log goes to `logs/<name>.log`. */
  readonly home: string;
  readonly queue: Queue;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (message: string) => void;
}

/** Starts feeding a function from its queue; `close` also closes its log. */
export function startEventFunction(options: EventFunctionOptions): FunctionPool {
  const { name, dist, home, queue, environment, report } = options;
  const log = openLogFile(join(home, 'logs', `${name}.log`));
  const pool = startFunctionPool({
    functionName: name,
    entry: join(dist, name, 'index.js'),
    queue,
    environment,
    log,
    concurrency: concurrencyOf(name),
    memoryLimitMb: memoryLimitMb(),
    timeoutMs,
    idleMs,
    maxReceiveCount,
    backoffMs,
    newId: randomUUID,
    now: () => systemClock.now(),
    onLogError: (message) => report(`${name}: ${message}`),
    report,
  });
  const close = async (): Promise<void> => {
    await pool.close();
    log.close();
  };
  return { ...pool, close };
}
