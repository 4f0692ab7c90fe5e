/** The text of a request as JSON, and what JSON is made of. */
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

/** Schemas of tools nest a few tens of levels deep. */
const deepest = 200;

/**
 * Refuses what is nested so deep that whatever walks through it, or writes it as JSON again, may run out of stack;
 * `JSON.parse` itself does not.
 *
 * @throws invalid_request `nested_too_deep`
 */
export function requireShallow(value: unknown): void {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > deepest) {
      throw invalidInput(`The body is nested deeper than ${deepest} levels; send it flatter.`, {
        code: 'nested_too_deep',
      });
    }
    level = level.flatMap((one) => (Array.isArray(one) ? one : Object.values(one)).filter(isNested));
  }
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** True for an object of JSON: neither a list nor `null`. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isNested(value) && !Array.isArray(value);
