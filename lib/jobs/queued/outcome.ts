/** What has become of a request in the queue of an endpoint: looked up in S3, where SageMaker leaves it, or waited for. */
import { setTimeout as delay } from 'node:timers/promises';
import type { OnrampError } from '../../core/index.ts';
import { readQueuedFailure } from '../../endpoint/index.ts';
import type { ObjectInfo } from '../../storage/index.ts';
import type { QueueContext, Ticket } from './hand-over.ts';

/** The answer lies there, or there will be none. */
export type Outcome =
  | { readonly answer: ObjectInfo }
  /** `failedAt` in milliseconds since 1970-01-01 UTC; absent where nobody knows when, or whether. */
  | { readonly failure: OnrampError; readonly failedAt?: number };

/** The outcome; `null` while there is none. */
export async function findOutcome(
  { artifacts }: Pick<QueueContext, 'artifacts'>,
  ticket: Ticket,
  endpoint: string,
): Promise<Outcome | null> {
  const answer = await artifacts.head(ticket.answer);
  if (answer) return { answer };
  const words = ticket.failure === null ? null : await artifacts.get(ticket.failure);
  if (!words) return null;
  const failure = readQueuedFailure(new TextDecoder().decode(words.body), endpoint);
  return { failure, failedAt: words.modifiedAt };
}

/** How long to wait. */
export interface Patience {
  readonly limitMs: number;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
}

/** A container that is awake may answer in a moment; one that is not needs minutes. */
const firstPauseMs = 200;
const longestPauseMs = 5_000;
const growth = 1.4;

/**
 * The outcome as soon as it is there; `null` if there is none within the time.
 *
 * @throws the reason of the signal
 */
export async function waitForOutcome(
  context: Pick<QueueContext, 'artifacts' | 'clock' | 'sleep'>,
  { ticket, endpoint }: { readonly ticket: Ticket; readonly endpoint: string },
  { limitMs, signal }: Patience,
): Promise<Outcome | null> {
  const { clock, sleep = machineSleep } = context;
  const endMs = clock.now() + limitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * growth)) {
    signal?.throwIfAborted();
    const outcome = await findOutcome(context, ticket, endpoint);
    const leftMs = endMs - clock.now();
    if (outcome || leftMs <= 0) return outcome;
    await sleep(Math.min(pauseMs, leftMs), signal);
  }
}

async function machineSleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal ? { signal } : {}).catch((ended: unknown) => {
    signal?.throwIfAborted();
    throw ended;
  });
}
