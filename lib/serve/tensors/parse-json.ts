/** JSON with integers that are longer than a JavaScript number can hold. */
import { invalidInput, parseJson } from '../../core/index.ts';

/** What the engine tells a reviver of a value besides the value. */
interface ReviverContext {
  /** The text of a number, text, boolean or null. */
  readonly source?: string;
}

/** The call of `JSON.parse` that the compiler's library does not yet know. */
type Parse = (
  text: string,
  reviver: (key: string, value: unknown, context: ReviverContext) => unknown,
) => unknown;

/**
 * The text as JSON; whole numbers beyond 2^53 that are written as digits alone become `bigint`.
 *
 * @param longIntegers whether 64-bit integers may be in it; otherwise the quick way is taken
 * @throws invalid_request `invalid_json`
 */
export function parseTensorJson(text: string, longIntegers: boolean): unknown {
  const plain = parseJson(text);
  // Most requests of such models hold no number of so many digits.
  if (!longIntegers || !/[0-9]{16}/.test(text)) return plain;
  try {
    return (JSON.parse as Parse)(text, (_key, value, { source = '' }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && /^-?[0-9]+$/.test(source)
        ? BigInt(source)
        : value,
    );
  } catch (cause) {
    // The text is JSON; what the reviver cannot do is to go very deep.
    throw invalidInput('The body is nested too deeply.', { code: 'invalid_json', cause });
  }
}
