/** What an endpoint that works off a queue leaves where it failed, as the error that the same call would have thrown. */
import type { OnrampError } from '../core/index.ts';
import { judgeFailure } from './failures.ts';

/** The words of SageMaker on a container that refused or failed; those of the container stand between the quotes. */
const refusal = /Received (?:client|server) error \((\d{1,3})\) from \S+ with message "([\s\S]*)"/;

/**
 * Reads the text of a failure.
 *
 * @param endpoint its name, for messages
 * @example readQueuedFailure('Received client error (400) from primary with message "no text".', 'llm').message // no text
 */
export function readQueuedFailure(text: string, endpoint: string): OnrampError {
  const [, status = '0', body = ''] = refusal.exec(text) ?? [];
  const words = {
    ...{ name: 'ModelError', message: text.trim() },
    ...{ OriginalStatusCode: Number(status), OriginalMessage: body },
  };
  return judgeFailure(words, endpoint).error;
}
