/** Hands a model's sequences to requests, one each, in the order in which they came. */
import { rateLimited } from '../../../lib/core/index.ts';
import type { Sequence, Token } from './library.ts';

/** Which sequence is wanted. */
export interface SequenceWish {
  /** The sequence that holds the most of these from earlier is best. */
  readonly tokens: readonly Token[];
  /** Gives the place in the queue up. */
  readonly signal: AbortSignal;
}

/** Sequences that requests share. */
export interface SequencePool {
  /**
   * Waits for a sequence that nobody else uses, and lends it until the work is done.
   *
   * @throws rate_limited `queue_full`, or the reason of the signal
   */
  lend<Result>(
    wish: SequenceWish,
    work: (sequence: Sequence) => AsyncGenerator<Result>,
  ): AsyncGenerator<Result>;
}

/** When a place may be free again is not known; a short answer takes about so long. */
const retryAfterSeconds = 1;

/** A pool of sequences, before which `queueLength` requests can wait. */
export function createSequencePool(sequences: readonly Sequence[], queueLength: number): SequencePool {
  const free = [...sequences];
  const waiting: (() => void)[] = [];

  async function take({ tokens, signal }: SequenceWish): Promise<Sequence> {
    signal.throwIfAborted();
    if (free.length > 0) return takeBest(free, tokens);
    if (waiting.length >= queueLength) {
      throw rateLimited(
        `The model works on ${sequences.length} requests and ${waiting.length} more are waiting; try again later.`,
        { code: 'queue_full', retryAfterSeconds },
      );
    }
    return new Promise((resolve, reject) => {
      const call = (): void => {
        signal.removeEventListener('abort', leave);
        // At once, before anybody else can.
        resolve(takeBest(free, tokens));
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(call), 1);
        reject(signal.reason);
      };
      waiting.push(call);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  async function* lend<Result>(
    wish: SequenceWish,
    work: (sequence: Sequence) => AsyncGenerator<Result>,
  ): AsyncGenerator<Result> {
    const sequence = await take(wish);
    try {
      yield* work(sequence);
    } finally {
      free.push(sequence);
      waiting.shift()?.();
    }
  }
  return { lend };
}

/** Takes out the sequence whose tokens begin most like these. */
function takeBest(free: Sequence[], tokens: readonly Token[]): Sequence {
  const shared = free.map(({ contextTokens }) => sharedLength(contextTokens, tokens));
  return free.splice(shared.indexOf(Math.max(...shared)), 1)[0]!;
}

function sharedLength(left: readonly Token[], right: readonly Token[]): number {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length += 1;
  return length;
}
