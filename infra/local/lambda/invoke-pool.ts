/** Runs one function for whoever invokes it: a few processes, kept warm between invocations, ended when nobody asks. */
import { AwsRefusal } from '../aws/index.ts';
import {
  type FunctionProcess,
  type FunctionProcessOptions,
  startFunctionProcess,
} from '../function-process.ts';

/** How a pool is made. */
export interface InvokePoolOptions extends FunctionProcessOptions {
  /** Processes at a time; each does one invocation after the other, as on Lambda. */
  readonly concurrency: number;
  /** Invocations that may wait for a process. */
  readonly maxWaiting: number;
  /** A process without work for so long is ended. */
  readonly idleMs: number;
}

/** One invocation. */
export interface PoolInvocation {
  readonly event: unknown;
  readonly requestId: string;
  /** Asked when its turn comes: whoever has left is not worked for. */
  readonly isWanted: () => boolean;
}

/** A pool that waits for invocations. */
export interface InvokePool {
  /**
   * The handler's answer; `undefined` for an invocation that nobody wants any more.
   *
   * @throws AwsRefusal `TooManyRequestsException` where too many wait; what `FunctionProcess.invoke` throws
   */
  invoke(invocation: PoolInvocation): Promise<unknown>;
  /** Process ids of the children. */
  processIds(): number[];
  /** Ends the children. */
  close(): Promise<void>;
}

/** Makes a pool; the first invocation starts the first process. */
export function createInvokePool(options: InvokePoolOptions): InvokePool {
  const { concurrency, maxWaiting, idleMs } = options;
  const busy = new Set<FunctionProcess>();
  const idle = new Map<FunctionProcess, NodeJS.Timeout>();
  const waiting: (() => void)[] = [];
  let started = 0;

  const turn = async (): Promise<void> => {
    if (started < concurrency) {
      started += 1;
      return;
    }
    if (waiting.length >= maxWaiting) throw tooMany();
    // Whoever ends hands its place on.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const endTurn = (): void => {
    const next = waiting.shift();
    if (next) next();
    else started -= 1;
  };
  const take = (): FunctionProcess => {
    for (const [child, timer] of idle) {
      clearTimeout(timer);
      idle.delete(child);
      if (child.alive()) return child;
    }
    return startFunctionProcess(options);
  };
  const keepWarm = (child: FunctionProcess): void => {
    busy.delete(child);
    if (!child.alive()) return;
    const end = (): void => {
      idle.delete(child);
      void child.kill();
    };
    idle.set(child, setTimeout(end, idleMs));
  };

  return {
    invoke: async ({ event, requestId, isWanted }) => {
      await turn();
      try {
        if (!isWanted()) return undefined;
        const child = take();
        busy.add(child);
        return await child.invoke(event, requestId).finally(() => keepWarm(child));
      } finally {
        endTurn();
      }
    },
    processIds: () => [...busy, ...idle.keys()].flatMap(({ id }) => id ?? []),
    close: async () => {
      for (const timer of idle.values()) clearTimeout(timer);
      await Promise.all([...busy, ...idle.keys()].map((child) => child.kill()));
      for (const timer of idle.values()) clearTimeout(timer);
    },
  };
}

const tooMany = (): AwsRefusal =>
  new AwsRefusal('TooManyRequestsException', 'Rate Exceeded.', {
    Type: 'User',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  });
