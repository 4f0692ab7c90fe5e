/** Ctrl-C while something is waited for: the waiting ends, what is waited for goes on. */
import { OnrampError } from '../lib/core/index.ts';
import type { Terminal } from './terminal.ts';

/** True for what `untilInterrupted` throws. */
export function isInterrupted(error: unknown): boolean {
  return error instanceof OnrampError && error.code === 'interrupted';
}

/**
 * Waits for work; Ctrl-C ends the wait with a word on what goes on.
 *
 * @throws `interrupted` after Ctrl-C
 */
export async function untilInterrupted<T>(
  terminal: Terminal,
  farewell: () => string,
  work: Promise<T>,
): Promise<T> {
  let release = (): void => {};
  const interrupted = new Promise<never>((_resolve, reject) => {
    release = terminal.onInterrupt(() => {
      terminal.stderr.write(`\n${farewell()}\n`);
      reject(new OnrampError('conflict', 'Interrupted.', { code: 'interrupted' }));
    });
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    release();
    // The work may still fail after nobody waits for it.
    work.catch(() => {});
  }
}
