/** The event table: which object, once written, wakes which function; and the events' own shapes. */
import * as z from 'zod';
import { callJobLimits } from './jobs.ts';

/** The two buckets by their role. */
export type BucketRole = 'data' | 'artifacts';

/** The functions that take events. */
export type EventFunction = 'preprocess' | 'train' | 'evaluate' | 'batch' | 'call';

/** One line of the event table. */
export interface Subscription {
  readonly name: string;
  readonly bucket: BucketRole;
  /** Key pattern; `*` stands for any characters, as in an EventBridge wildcard. */
  readonly keys: string;
  /** The function behind the queue the event goes to; each function has one queue with a dead-letter queue. */
  readonly function: EventFunction;
}

/** S3 -> EventBridge -> SQS -> function. The cloud's rules and the local dispatcher are both made from this. */
export const subscriptions: readonly Subscription[] = [
  { name: 'uploaded', bucket: 'data', keys: 'datasets/*/uploads/*', function: 'preprocess' },
  { name: 'data-ready', bucket: 'artifacts', keys: 'datasets/*/versions/*/manifest.json', function: 'train' },
  { name: 'spec-changed', bucket: 'artifacts', keys: 'models/*/spec.json', function: 'train' },
  { name: 'retrain-asked', bucket: 'artifacts', keys: 'models/*/retrains/*.json', function: 'train' },
  { name: 'training-due', bucket: 'artifacts', keys: 'models/*/trainings/*.json', function: 'train' },
  { name: 'published', bucket: 'artifacts', keys: 'models/*/versions/*/manifest.json', function: 'evaluate' },
  {
    name: 'evaluation-asked',
    bucket: 'artifacts',
    keys: 'models/*/evaluation-requests/*.json',
    function: 'evaluate',
  },
  { name: 'job-asked', bucket: 'artifacts', keys: 'jobs/*/request.json', function: 'batch' },
  { name: 'endpoint-due', bucket: 'artifacts', keys: 'jobs/*/visits/*.json', function: 'call' },
];

/** How long messages wait in a queue before they are given to its function; the others wait for nothing. */
export const deliveryDelaySeconds: Readonly<Partial<Record<EventFunction, number>>> = {
  call: callJobLimits.visitEverySeconds,
};

/** One condition on a field of an event: a value, or how it begins; as in an EventBridge pattern. */
export type EventCondition = string | { readonly prefix: string };

/** One line of the table of state changes. */
export interface StateChange {
  readonly name: string;
  readonly source: string;
  readonly detailType: string;
  /** Fields of `detail`, each with the values that count: an EventBridge pattern as it is. */
  readonly detail: Readonly<Record<string, readonly EventCondition[]>>;
  readonly function: EventFunction;
}

/** How the name of every training job begins that Onramp starts. */
export const trainingJobPrefix = 'onramp-';

/** Other AWS services -> EventBridge -> SQS -> function: what they tell of the work they were given. */
export const stateChanges: readonly StateChange[] = [
  {
    name: 'training-job-ended',
    source: 'aws.sagemaker',
    detailType: 'SageMaker Training Job State Change',
    detail: {
      TrainingJobName: [{ prefix: trainingJobPrefix }],
      TrainingJobStatus: ['Completed', 'Failed', 'Stopped'],
    },
    function: 'train',
  },
];

/** True if an event is one of a line's. */
export function stateChangeMatches(
  line: StateChange,
  event: {
    readonly source: string;
    readonly 'detail-type': string;
    readonly detail: Readonly<Record<string, unknown>>;
  },
): boolean {
  return (
    event.source === line.source &&
    event['detail-type'] === line.detailType &&
    Object.entries(line.detail).every(([field, conditions]) => {
      const value = String(event.detail[field]);
      return conditions.some((condition) =>
        typeof condition === 'string' ? value === condition : value.startsWith(condition.prefix),
      );
    })
  );
}

/** One line of the table of timers. */
export interface Timer {
  readonly name: string;
  /** A rate in EventBridge's words. */
  readonly every: string;
  /** The whole message, the same each time. */
  readonly event: TimerEvent;
  readonly function: EventFunction;
}

/** EventBridge rule with a rate -> SQS -> function. Needed only where there are training jobs. */
export const timers: readonly Timer[] = [
  {
    name: 'training-jobs-due',
    every: 'rate(1 hour)',
    event: { source: 'onramp.timer', name: 'training-jobs-due' },
    function: 'train',
  },
];

/** True if a key falls under a subscription's pattern. */
export function keyMatches(pattern: string, key: string): boolean {
  const expression = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${expression}$`).test(key);
}

/** The part Onramp reads of EventBridge's "Object Created" event. */
export const objectCreatedEvent = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  time: z.string(),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().optional(),
      etag: z.string().optional(),
      sequencer: z.string(),
    }),
  }),
});
export type ObjectCreatedEvent = z.infer<typeof objectCreatedEvent>;

/** What a model's schedule puts on the queue of evaluate. */
export const scheduledEvent = z.object({
  source: z.literal('onramp.schedule'),
  model: z.string(),
  /** When it was due, ISO 8601; the id of the report, so that a second delivery changes nothing. */
  time: z.string(),
});
export type ScheduledEvent = z.infer<typeof scheduledEvent>;

/**
 * The part Onramp reads of EventBridge's "SageMaker Training Job State Change" event. The same change may be told
 * more than once: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
 */
export const trainingJobEvent = z.object({
  source: z.literal('aws.sagemaker'),
  'detail-type': z.literal('SageMaker Training Job State Change'),
  time: z.string(),
  detail: z.object({
    TrainingJobName: z.string(),
    /** `Completed`, `Failed`, `Stopped`, or one that a job passes on its way there. */
    TrainingJobStatus: z.string(),
    /** Tells a job that took too long (`MaxRuntimeExceeded`) from one that was stopped. */
    SecondaryStatus: z.string().optional(),
    /** Only of a failed job. */
    FailureReason: z.string().optional(),
  }),
});
export type TrainingJobEvent = z.infer<typeof trainingJobEvent>;

/** What a timer puts on a queue. */
export const timerEvent = z.object({ source: z.literal('onramp.timer'), name: z.string() });
export type TimerEvent = z.infer<typeof timerEvent>;
