/** The text of a request as JSON. */
import { invalidInput } from './errors.ts';

/**
 * What the body of a request says.
 *
 * @throws invalid_request `invalid_json`
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidInput(`The body is not valid JSON: ${(cause as Error).message}.`, {
      code: 'invalid_json',
      cause,
    });
  }
}
