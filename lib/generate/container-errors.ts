/** What containers say when they fail, in an answer or in the middle of a stream, as errors of ours. */
import { invalidInput, isRecord, type OnrampError, rateLimited, upstream } from '../core/index.ts';
import { loggedWords, readContainerWords } from '../endpoint/index.ts';
import type { Fields } from './types.ts';

/**
 * What a container sent, as JSON.
 *
 * @param kind of the event it came by
 * @throws upstream `endpoint_failed` for what is no object, or says that the container failed; invalid_request
 *   `endpoint_refused_input`, or the container's own code, and rate_limited `endpoint_busy` if it says so
 */
export function readContent(text: string, kind = ''): Fields {
  const content = parsed(text);
  if (!isRecord(content)) throw noAnswer('what it sent is not an object of JSON');
  // An error that is null is none.
  if (content.error || kind === 'error' || content.object === 'error') throw failureOf(content, text);
  return content;
}

/** The failure of a container whose answer cannot be used. */
export const noAnswer = (problem: string): OnrampError =>
  upstream(`The answer of the model's container cannot be read: ${problem}.`, { code: 'endpoint_failed' });

function parsed(text: string): unknown {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw noAnswer('it is not valid JSON');
  }
  // Containers of Hugging Face put the answer to one input in a list.
  return Array.isArray(content) && content.length === 1 ? content[0] : content;
}

/** In a body that came with status 200 the status of the failure is a field, if it is anywhere. */
function failureOf(content: Fields, text: string): OnrampError {
  const { message, param, code = 'endpoint_refused_input' } = readContainerWords(text);
  const error = isRecord(content.error) ? content.error : content;
  const status = [error.code, error.status, content.code].find((one) => typeof one === 'number') ?? 500;
  if (status === 429) return rateLimited(message, { code: 'endpoint_busy' });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return invalidInput(message, { code, ...(param !== undefined && { param }) });
  }
  const told = `The model's container failed: ${loggedWords(message)}`;
  return upstream(told, { code: 'endpoint_failed', told });
}
