/** The parts of a stream for whoever reads them: as they come, one at a time, until the end, a break, or the reader leaves. */
import type { ResponseStream } from '@aws-sdk/client-sagemaker-runtime';
import { type CallControl, createAwaiter } from './call-control.ts';
import type { Passage } from './circuit-breaker.ts';
import { brokenStream } from './failures.ts';
import { createWaitLimit, type Timers } from './timers.ts';

/** What a stream is read from. */
export interface PartSource {
  readonly endpoint: string;
  /** What the SDK decoded, read up to behind the first part. */
  readonly events: AsyncIterator<ResponseStream>;
  /** `null` of a stream with nothing in it. */
  readonly first: Uint8Array | null;
  readonly control: CallControl;
  readonly passage: Passage;
  /** How long a part may be waited for. */
  readonly idleMs: number;
  readonly timers: Timers;
}

/** The bytes of the first part that has any; `null` at the end. */
export async function firstPart(events: AsyncIterator<ResponseStream>): Promise<Uint8Array | null> {
  for (;;) {
    const bytes = bytesOf(await events.next());
    if (bytes === null || bytes.byteLength > 0) return bytes;
  }
}

const nothing = new Uint8Array();

/** What an event holds, be it nothing; `null` at the end. */
const bytesOf = ({ value, done }: IteratorResult<ResponseStream>): Uint8Array | null =>
  done ? null : (value.PayloadPart?.Bytes ?? nothing);

/**
 * An iterator by hand, as a generator would make whoever leaves wait for the part that is awaited. Nothing is read ahead:
 * a reader who takes his time slows down the connection, not the memory.
 */
export function partsOf(source: PartSource): AsyncIterableIterator<Uint8Array> {
  const { control, events, idleMs, passage, timers } = source;
  const untilAborted = createAwaiter(control.signal);
  const limit = createWaitLimit(idleMs, timers, () => {
    control.end(new StreamLimit(`nothing came for ${idleMs} ms`));
  });
  let { first } = source;
  let isOver = false;
  const over = (): IteratorReturnResult<undefined> => {
    isOver = true;
    limit.stop();
    control.release();
    return { done: true, value: undefined };
  };
  // A function of its own for what is awaited would be awaited too, for each part.
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    if (isOver) return over();
    try {
      let part: Uint8Array | null = first ?? nothing;
      first = null;
      while (part?.byteLength === 0) {
        control.signal.throwIfAborted();
        limit.begin();
        part = bytesOf(await untilAborted(events.next()));
        limit.end();
      }
      if (part !== null) return { done: false, value: part };
      passage.succeed();
      return over();
    } catch (cause) {
      // Whoever left while a part was awaited is told of the end, not of the break that leaving is.
      if (isOver) return over();
      over();
      throw endOf(source, cause);
    }
  };
  return {
    next,
    return: async () => {
      if (isOver) return over();
      passage.succeed();
      over();
      control.end(left);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const left = new Error('The reader of the stream left.');

/** A limit of ours that a stream ran into. */
export class StreamLimit extends Error {
  override readonly name = 'StreamLimit';
}

/** What is to be thrown when a stream ends before its end. */
function endOf({ endpoint, control, passage }: PartSource, cause: unknown): unknown {
  if (control.signal.aborted && !(control.signal.reason instanceof StreamLimit)) {
    passage.succeed();
    return control.signal.reason;
  }
  passage.fail();
  control.end(cause);
  return brokenStream(endpoint, cause);
}
