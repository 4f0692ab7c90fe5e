/** The middy stack of functions behind a queue: each message on its own, failures reported one by one. */
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import {
  type ObjectCreatedEvent,
  objectCreatedEvent,
  type ScheduledEvent,
  scheduledEvent,
  type TimerEvent,
  type TrainingJobEvent,
  timerEvent,
  trainingJobEvent,
} from '../../lib/contracts/events.ts';
import { isOnrampError, type Logger } from '../../lib/core/index.ts';
import { createLogger } from './logging.ts';
import { type Counters, createCounters } from './metrics.ts';

/** A message as handlers see it. */
export interface QueueMessage {
  /** The same at every delivery of the message: who holds leases in its name. */
  readonly id: string;
  /** How often it was delivered, this time included. */
  readonly deliveries: number;
  readonly event: ObjectCreatedEvent | ScheduledEvent | TrainingJobEvent | TimerEvent;
}

/** Does the work of one message, or throws to have it delivered again and, in the end, put aside. */
export type MessageHandler = (message: QueueMessage, context: Context) => Promise<void>;

/** A Lambda handler behind SQS with `ReportBatchItemFailures`. */
export type LambdaQueueHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** Settings of the stack. */
export interface QueueStackOptions {
  /** Name of the function in log lines. */
  readonly service: string;
  readonly logger?: Logger;
  /** Where `MessagesDone` and `MessagesFailed` are counted: the invocation itself never fails, so nobody else does. */
  readonly counters?: Counters;
}

const anyEvent = z.discriminatedUnion('source', [
  objectCreatedEvent,
  scheduledEvent,
  trainingJobEvent,
  timerEvent,
]);

/**
 * Hands the messages of a batch to the handler one after the other, as each may need all the memory there is.
 * Those that fail, or cannot even be read, are reported; the queue gives them again and then to its dead letters.
 */
export function queueStack(
  handleMessage: MessageHandler,
  { service, logger = createLogger(service), counters = createCounters(service) }: QueueStackOptions,
): LambdaQueueHandler {
  const handler = async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const record of Records) {
      const startedAtMs = performance.now();
      const failure = await attempt(record, context, handleMessage);
      if (failure) batchItemFailures.push({ itemIdentifier: record.messageId });
      logger[failure ? 'error' : 'info'](failure ? 'message failed' : 'message done', {
        message_id: record.messageId,
        deliveries: deliveriesOf(record),
        ms: Math.round(performance.now() - startedAtMs),
        ...(failure ? describe(failure.reason) : {}),
      });
    }
    counters.count('MessagesDone', Records.length - batchItemFailures.length);
    counters.count('MessagesFailed', batchItemFailures.length);
    counters.publish();
    return { batchItemFailures };
  };
  return middy({ timeoutEarlyInMillis: 0 }).handler(handler as never) as unknown as LambdaQueueHandler;
}

async function attempt(
  record: SQSRecord,
  context: Context,
  handleMessage: MessageHandler,
): Promise<{ readonly reason: unknown } | null> {
  try {
    const event = anyEvent.parse(JSON.parse(record.body));
    await handleMessage({ id: record.messageId, deliveries: deliveriesOf(record), event }, context);
    return null;
  } catch (reason) {
    return { reason };
  }
}

function deliveriesOf({ attributes }: SQSRecord): number {
  return Number(attributes?.ApproximateReceiveCount ?? 1);
}

function describe(reason: unknown): Record<string, unknown> {
  return isOnrampError(reason)
    ? { code: reason.code, error: reason }
    : { code: 'unexpected', error: reason instanceof Error ? reason : String(reason) };
}
