/** What can end an answer before its end while it is streamed: a client that leaves, and the time that Lambda gives. */
import type { Context } from 'aws-lambda';
import { OnrampError } from '../../lib/core/index.ts';

/** Calls once after a while, unless what it returns is called before. */
export type Timer = (run: () => void, delayMs: number) => () => void;

/** An answer under way. */
export interface StreamWatch {
  /** Tells the producer to stop. */
  readonly signal: AbortSignal;
  /** What ended the answer early, `null` as long as nothing did. */
  early(): 'client_left' | 'time_limit' | null;
  /**
   * What the promise gives, one at a time; but it rejects at once with the reason when the client leaves, or has left,
   * and when the time is up, so that nothing that hangs holds up the end.
   */
  race<T>(promise: Promise<T>): Promise<T>;
  /** Runs out of patience after a while, whatever the promise does; never rejects. */
  settle(promise: Promise<unknown>, limitMs: number): Promise<void>;
  /** The answer is complete, or given up: from here on nothing is early any more. */
  stop(): void;
}

/** What remains at the end for last words, the log and the way back, at most. */
const longestMarginMs = 5000;
/** Of the time there is at all: what is short is not all margin. */
const marginShare = 0.1;

const systemTimer: Timer = (run, delayMs) => {
  const timeout = setTimeout(run, delayMs);
  return () => clearTimeout(timeout);
};

/** Watches an answer from its request on. When the time is nearly up, the producer has half of what is left to end. */
export function watchStream(
  output: NodeJS.EventEmitter,
  context: Context,
  timer: Timer = systemTimer,
): StreamWatch {
  const controller = new AbortController();
  let early: 'client_left' | 'time_limit' | null = null;
  let isWatching = true;
  let giveUp: (reason: unknown) => void = () => {};
  const leave = (): void => {
    if (!isWatching || early === 'client_left') return;
    early = 'client_left';
    const reason = clientLeft();
    controller.abort(reason);
    giveUp(reason);
  };
  // Stays when nobody watches any more: an error that nobody listens to would end the process.
  output.on('close', leave).on('error', leave);

  const leftMs = context.getRemainingTimeInMillis();
  const marginMs = Math.min(longestMarginMs, leftMs * marginShare);
  // Again and again: what was given up is followed by a refusal, which must not hang either.
  const endSoon = (reason: OnrampError, restMs: number): void => {
    cancel = timer(() => {
      endSoon(reason, restMs / 2);
      giveUp(reason);
    }, restMs / 2);
  };
  const warn = (): void => {
    const reason = timeIsUp(leftMs - marginMs);
    early ??= 'time_limit';
    controller.abort(reason);
    endSoon(reason, marginMs);
  };
  let cancel = timer(warn, leftMs - marginMs);

  return {
    signal: controller.signal,
    early: () => early,
    race: (promise) =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        promise.then(resolve, reject);
        if (early === 'client_left') reject(controller.signal.reason);
      }),
    settle: async (promise, limitMs) => {
      let cancelLimit = (): void => {};
      const limit = new Promise<void>((resolve) => {
        cancelLimit = timer(resolve, limitMs);
      });
      await Promise.race([promise, limit]).catch(() => {});
      cancelLimit();
    },
    stop: () => {
      isWatching = false;
      cancel();
    },
  };
}

const clientLeft = (): OnrampError =>
  new OnrampError('invalid_request', 'The client left before the answer was complete.', {
    code: 'client_left',
  });

const timeIsUp = (ms: number): OnrampError =>
  new OnrampError(
    'too_large',
    `The answer was not complete after ${Math.round(ms / 1000)} s, the longest there is; ask for a shorter one.`,
    { code: 'time_limit' },
  );
