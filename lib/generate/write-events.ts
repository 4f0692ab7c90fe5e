/** Writes pieces of an answer as server-sent events, with a sign of life in silence and failures in band. */
import { createWaitLimit, systemTimers } from '../endpoint/index.ts';

/** What a stream of events is made of. */
export interface EventStreamOptions {
  /** Longest silence before a sign of life. */
  readonly keepAliveMs: number;
  /** What a sign of life says, in one line. */
  readonly news: () => string;
  /** What the client is told of a failure. */
  readonly describe: (failure: unknown) => object;
}

/** The events as text, and a way to look at the beginning of it. */
export interface EventStream extends AsyncIterable<string> {
  /**
   * Waits until there is a first piece, or for so long.
   *
   * @throws what the pieces throw in that time
   */
  start(timeoutMs: number): Promise<void>;
}

/** The event of a content in JSON. */
export const jsonEvent = (json: string): string => `data: ${json}\n\n`;

/** The event of a content. */
export const eventOf = (content: object): string => jsonEvent(JSON.stringify(content));

/** The event that ends an answer. */
export const lastEvent = 'data: [DONE]\n\n';

/** What `orSilence` gives where there is nothing yet. */
export const silence: unique symbol = Symbol('silence');

/** Comments are for people, and for proxies and time-outs on the way; clients skip them. */
const commentOf = (text: string): string => `: ${text}\n\n`;

/**
 * The pieces, of which no more are asked for than are read, and what is to be said beside them. A failure is the last
 * event, told in band. Leaving the loop ends the pieces.
 */
export function writeEvents(
  pieces: AsyncGenerator<string>,
  { keepAliveMs, news, describe }: EventStreamOptions,
): EventStream {
  const patience = createPatience(keepAliveMs);
  let pending: Promise<IteratorResult<string>> | null = null;
  let isOver = false;
  const nextPiece = () => {
    pending ??= pieces.next();
    return pending;
  };
  const over = (): IteratorReturnResult<undefined> => {
    isOver = true;
    patience.end();
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<string>> => {
    if (isOver) return over();
    try {
      const result = await patience.wait(nextPiece());
      if (result === silence) return { done: false, value: commentOf(news()) };
      pending = null;
      return result.done ? over() : result;
    } catch (failure) {
      over();
      return { done: false, value: eventOf(describe(failure)) };
    }
  };
  return {
    start: async (timeoutMs) => {
      await orSilence(nextPiece(), timeoutMs);
    },
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => {
        over();
        await pieces.return('');
        return { done: true, value: undefined };
      },
    }),
  };
}

/** What is there within so long, or that nothing is; the promise can be asked again. */
export function orSilence<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof silence> {
  const patience = createPatience(timeoutMs);
  return patience.wait(promise).finally(patience.end);
}

/** The same for many promises, one at a time. */
function createPatience(limitMs: number) {
  let giveUp = (): void => {};
  const limit = createWaitLimit(limitMs, systemTimers, () => giveUp());
  return {
    wait: <T>(promise: Promise<T>): Promise<T | typeof silence> =>
      new Promise((resolve, reject) => {
        giveUp = () => resolve(silence);
        limit.begin();
        promise.then(resolve, reject);
      }),
    end: limit.stop,
  };
}
