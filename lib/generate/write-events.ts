/** Writes pieces of an answer as server-sent events, with a sign of life in silence and failures in band. */
import type { Fields } from './types.ts';

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

/** Stands for the event that ends an answer; what follows it is waited for, but nothing. */
export const lastEvent: unique symbol = Symbol('last event');

/** What an event says: an object of JSON, or that it is the last. */
export type EventContent = Fields | typeof lastEvent;

/** What `orSilence` gives where there is nothing yet. */
export const silence: unique symbol = Symbol('silence');

/** Comments are for people, and for proxies and time-outs on the way; clients skip them. */
const commentOf = (text: string): string => `: ${text}\n\n`;

/**
 * The text of pieces, of which no more are asked for than are read; the events of one piece go out together. A failure
 * is the last event, told in band. Leaving the loop ends the pieces.
 */
export function writeEvents(
  pieces: AsyncGenerator<readonly EventContent[]>,
  { keepAliveMs, news, describe }: EventStreamOptions,
): EventStream {
  let pending: Promise<IteratorResult<readonly EventContent[]>> | null = null;
  let hasFailed = false;
  const nextPiece = () => {
    pending ??= pieces.next();
    return pending;
  };
  const next = async (): Promise<IteratorResult<string>> => {
    try {
      if (hasFailed) return { done: true, value: undefined };
      const result = await orSilence(nextPiece(), keepAliveMs);
      if (result === silence) return { done: false, value: commentOf(news()) };
      if (result.done) return { done: true, value: undefined };
      pending = null;
      return { done: false, value: result.value.map(eventOf).join('') };
    } catch (failure) {
      hasFailed = true;
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
        await pieces.return(undefined);
        return { done: true, value: undefined };
      },
    }),
  };
}

const eventOf = (content: object | typeof lastEvent): string =>
  content === lastEvent ? 'data: [DONE]\n\n' : `data: ${JSON.stringify(content)}\n\n`;

/** What is there within so long, or that nothing is; the promise can be asked again. */
export function orSilence<T>(promise: Promise<T>, timeoutMs: number): Promise<T | typeof silence> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, timeoutMs, silence);
    const settled =
      <Result>(settle: (result: Result) => void) =>
      (result: Result): void => {
        clearTimeout(timer);
        settle(result);
      };
    promise.then(settled(resolve), settled(reject));
  });
}
