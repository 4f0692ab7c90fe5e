/** From an object that was written to the function that works on it: EventBridge rules and queues. */
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { deliveryDelaySeconds, type EventFunction, subscriptions } from '../../lib/contracts/events.ts';
import type { StageConfig } from '../config.ts';
import { idOf, nameIn } from '../constructs/names.ts';
import { WorkQueue } from '../constructs/work-queue.ts';
import type { FunctionTable } from './functions.ts';
import type { Storage } from './storage.ts';

/** What the events go from and to. */
export interface EventsProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly functions: FunctionTable;
}

/** The queues by the names of their functions; there is none where there is no function. */
export type QueueTable = Readonly<Record<Exclude<EventFunction, 'call'>, WorkQueue> & { call?: WorkQueue }>;

/** One queue for each function that takes events, and one rule for each line of the event table. */
export class Events extends Construct {
  readonly queues: QueueTable;

  constructor(scope: Construct, id: string, { config, storage, functions }: EventsProps) {
    super(scope, id);
    const names = new Set(subscriptions.map((line) => line.function));
    this.queues = Object.fromEntries(
      [...names].flatMap((name) => {
        const worker = functions[name];
        const settings = { concurrency: config.queueConcurrency, delaySeconds: deliveryDelaySeconds[name] };
        return worker ? [[name, new WorkQueue(this, idOf(name), { name, worker, ...settings })]] : [];
      }),
    ) as unknown as QueueTable;
    for (const { name, bucket, keys, function: target } of subscriptions) {
      const work = this.queues[target];
      if (!work) continue;
      new Rule(this, `${idOf(name)}Rule`, {
        ruleName: nameIn(this, name),
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          detail: {
            bucket: { name: [storage[bucket].bucket.bucketName] },
            object: { key: [{ wildcard: keys }] },
          },
        },
        targets: [new SqsQueue(work.queue, { deadLetterQueue: work.deadLetters })],
      });
    }
  }
}
