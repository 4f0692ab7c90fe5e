/** Feeds a function from its queue, as Lambda's event source mapping does, with processes that are kept warm. */
import { createHash } from 'node:crypto';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import {
  type FunctionProcess,
  type FunctionProcessOptions,
  startFunctionProcess,
} from './function-process.ts';
import type { Queue, ReceivedMessage } from './queue.ts';

/** How a pool is made. */
export interface FunctionPoolOptions extends FunctionProcessOptions {
  readonly queue: Queue;
  /** Messages become dead letters after this many deliveries; only used to say so. */
  readonly maxReceiveCount: number;
  /** Processes at work at the same time. */
  readonly concurrency: number;
  /** A process without work for so long is ended. */
  readonly idleMs: number;
  /** Pause before the next delivery of a message that failed `receiveCount` times. */
  readonly backoffMs: (receiveCount: number) => number;
  /** What the function is invoked with; default: the event of an SQS queue. */
  readonly eventOf?: (messages: readonly ReceivedMessage[]) => unknown;
  readonly newId: () => string;
  readonly now: () => number;
  /** Tells the person at the terminal about a failed delivery. */
  readonly report: (message: string) => void;
}

/** A pool at work. */
export interface FunctionPool {
  /** Looks at the queue; to be called after each send. */
  wake(): void;
  /** Process ids of the children, those at work first. */
  processIds(): number[];
  /** Stops and ends the children; what they were working on stays in the queue, held. */
  close(): Promise<void>;
}

/** Starts feeding a function. */
export function startFunctionPool(options: FunctionPoolOptions): FunctionPool {
  const { queue, concurrency, timeoutMs, idleMs } = options;
  const busy = new Set<FunctionProcess>();
  const idle = new Map<FunctionProcess, NodeJS.Timeout>();
  let wakeTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const takeProcess = (): FunctionProcess => {
    for (const [child, timer] of idle) {
      clearTimeout(timer);
      idle.delete(child);
      if (child.alive()) return child;
    }
    return startFunctionProcess(options);
  };

  const keepWarm = (child: FunctionProcess): void => {
    if (closed || !child.alive()) return;
    const end = (): void => {
      idle.delete(child);
      void child.kill();
    };
    idle.set(child, setTimeout(end, idleMs));
  };

  const work = async (messages: readonly ReceivedMessage[]): Promise<void> => {
    const child = takeProcess();
    busy.add(child);
    await deliver(options, child, messages, () => closed);
    busy.delete(child);
    keepWarm(child);
    wake();
  };

  const wake = (): void => {
    clearTimeout(wakeTimer);
    while (!closed && busy.size < concurrency) {
      // The hold outlasts the time limit, so that a message is never at two processes.
      const messages = queue.receive({ max: 1, visibilityMs: timeoutMs + 60_000 });
      if (messages.length === 0) break;
      void work(messages);
    }
    const nextAt = closed || busy.size >= concurrency ? null : queue.nextVisibleAt();
    if (nextAt !== null) wakeTimer = setTimeout(wake, Math.max(10, nextAt - options.now()));
  };

  wake();
  return {
    wake,
    processIds: () => [...busy, ...idle.keys()].flatMap(({ id }) => id ?? []),
    close: async () => {
      closed = true;
      clearTimeout(wakeTimer);
      for (const timer of idle.values()) clearTimeout(timer);
      await Promise.all([...busy, ...idle.keys()].map((child) => child.kill()));
    },
  };
}

/** One invocation; afterwards each message is deleted or put back. */
async function deliver(
  options: FunctionPoolOptions,
  child: FunctionProcess,
  messages: readonly ReceivedMessage[],
  closed: () => boolean,
): Promise<void> {
  const { queue, functionName, newId } = options;
  const { eventOf = (given) => sqsEvent(functionName, given) } = options;
  let failed: ReadonlySet<string>;
  let reason = 'the handler reported it as failed';
  try {
    failed = failedIds(await child.invoke(eventOf(messages), newId()), messages);
  } catch (error) {
    failed = new Set(messages.map(({ id }) => id));
    reason = error instanceof Error ? error.message : String(error);
  }
  // Ended on purpose: the messages stay held and are released at the next start.
  if (closed()) return;
  for (const message of messages) {
    if (failed.has(message.id)) retryLater(options, message, reason);
    else queue.delete(message.receipt);
  }
}

function retryLater(options: FunctionPoolOptions, message: ReceivedMessage, reason: string): void {
  const { queue, functionName, maxReceiveCount, log, report } = options;
  const spent = message.receiveCount >= maxReceiveCount;
  queue.putBack(message.receipt, spent ? 0 : options.backoffMs(message.receiveCount));
  const attempt = `attempt ${message.receiveCount} of ${maxReceiveCount}`;
  const next = spent ? 'given up; the message is kept as a dead letter' : 'it will be tried again';
  log.write(`${JSON.stringify({ level: 'WARN', message: reason, messageId: message.id, attempt })}\n`);
  report(`${functionName}: ${reason} (${attempt}); ${next}. Details: ${log.path}`);
}

/**
 * Which messages a partial batch response gives back. As with Lambda, a response without the list means success, and
 * a list with an unknown or empty identifier means that the whole batch failed.
 */
function failedIds(result: unknown, messages: readonly ReceivedMessage[]): Set<string> {
  const failures = (result as { readonly batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (!Array.isArray(failures)) return new Set();
  const known = new Set(messages.map(({ id }) => id));
  const named = failures.map(
    (failure: { readonly itemIdentifier?: unknown } | null) => failure?.itemIdentifier,
  );
  const valid = named.filter((id): id is string => typeof id === 'string' && known.has(id));
  return valid.length === named.length ? new Set(valid) : known;
}

/** The event that Lambda hands to a function behind an SQS queue. */
function sqsEvent(functionName: string, messages: readonly ReceivedMessage[]): SQSEvent {
  const record = (message: ReceivedMessage): SQSRecord => ({
    messageId: message.id,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAtMs),
      SenderId: 'onramp',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(message.body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:onramp-${functionName}`,
    awsRegion: 'us-east-1',
  });
  return { Records: messages.map(record) };
}
