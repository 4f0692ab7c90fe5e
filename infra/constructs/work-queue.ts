/** A queue in front of a function: with dead letters, time enough, and failures told message by message. */
import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ModelFunction } from './model-function.ts';
import { nameIn } from './names.ts';

/** Settings of a queue. */
export interface WorkQueueProps {
  readonly name: string;
  readonly worker: ModelFunction;
  /** Messages that are worked on at a time. */
  readonly concurrency: number;
  /** How long each message waits before it is given to the function. */
  readonly delaySeconds?: number | undefined;
}

/** SQS asks for this many times the function's timeout, so that no message is given to a second worker meanwhile. */
const visibilityFactor = 6;
const kept = Duration.days(14);

/**
 * A queue that feeds a function one message at a time, so that each has the function's whole time and memory. What fails
 * five times goes to the dead letters, from where it can be sent again.
 *
 * @example
 * const queue = new WorkQueue(this, 'TrainQueue', { name: 'train', worker: train, concurrency: 2 });
 */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { name, worker, concurrency, delaySeconds }: WorkQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: nameIn(this, `${name}-dead-letters`),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: kept,
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: nameIn(this, name),
      // EventBridge cannot write to a queue that is encrypted by the account's own key of SQS in KMS.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: kept,
      ...(delaySeconds !== undefined && { deliveryDelay: Duration.seconds(delaySeconds) }),
      visibilityTimeout: Duration.seconds(visibilityFactor * worker.settings.timeoutSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    worker.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 1,
        maxConcurrency: concurrency,
        reportBatchItemFailures: true,
      }),
    );
  }
}
