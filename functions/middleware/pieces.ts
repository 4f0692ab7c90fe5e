/** An answer piece by piece: read from whoever makes it, and written as fast as it is taken off. */
import type { Piece } from './http-steps.ts';
import type { StreamWatch } from './watch-stream.ts';

/** A stream whose first piece is there. */
export interface PieceReader {
  next(): Promise<IteratorResult<Piece>>;
  /** Tells the producer, if it has not come to its end, that nobody reads on; does not wait for it for ever. */
  close(): Promise<void>;
}

/** How long a producer that is left may clean up, and add to the line of the log. */
const closeLimitMs = 1000;

/**
 * Waits for the first piece, or for the end of a stream that has none.
 *
 * @throws what the producer throws before its first piece, and why the wait was given up
 */
export async function openPieces(stream: AsyncIterable<Piece>, watch: StreamWatch): Promise<PieceReader> {
  const iterator = stream[Symbol.asyncIterator]();
  const pull = (): Promise<IteratorResult<Piece>> => watch.race(iterator.next());
  const close = async (): Promise<void> => {
    if (iterator.return) await watch.settle(iterator.return(), closeLimitMs);
  };
  try {
    let first: IteratorResult<Piece> | null = await pull();
    const next = (): Promise<IteratorResult<Piece>> => {
      if (first === null) return pull();
      const result = Promise.resolve(first);
      first = null;
      return result;
    };
    return { next, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How far an answer has gone. */
export interface Progress {
  bytes: number;
  /** By the clock of `performance`; `null` before the first byte. */
  firstByteAtMs: number | null;
}

/**
 * Writes pieces, ends the output, and with it the watch; the next piece is only asked for when there is room for it.
 *
 * @param progress is kept up to date on the way
 * @throws what the producer throws, and why it was given up; the output is open then
 */
export async function sendPieces(
  reader: PieceReader,
  output: NodeJS.WritableStream,
  { watch, progress }: { readonly watch: StreamWatch; readonly progress: Progress },
): Promise<void> {
  for (let piece = await reader.next(); !piece.done; piece = await reader.next()) {
    const hasRoom = output.write(piece.value);
    progress.firstByteAtMs ??= performance.now();
    progress.bytes += Buffer.byteLength(piece.value);
    if (!hasRoom) await watch.race(new Promise<void>((resolve) => void output.once('drain', resolve)));
  }
  const ended = new Promise<void>((resolve) => {
    output.end(() => {
      // At once: outputs close when they have ended, which must not look like a client that leaves.
      watch.stop();
      resolve();
    });
  });
  await watch.race(ended);
}

/** A whole body as its only piece. */
export function onePiece(piece: Piece): PieceReader {
  let isRead = false;
  return {
    next: async () => {
      if (isRead) return { done: true, value: undefined };
      isRead = true;
      return { done: false, value: piece };
    },
    close: async () => {},
  };
}
