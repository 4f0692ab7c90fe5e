/** Checks a request against a zod schema and says what is wrong where, in the words of whoever sent it. */
import type * as z from 'zod';
import { invalidInput } from '../../lib/core/index.ts';

/**
 * The value as the schema reads it.
 *
 * @param at what the value is called, put before the names of its fields; empty for a body
 * @throws invalid_request `invalid_field` or `unknown_field` with `param` such as `features.exclude[0]`
 */
export function validate<T extends z.ZodType>(schema: T, value: unknown, at = ''): z.output<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const param = paramOf(at, [...issue.path, issue.keys[0]!]);
    throw invalidInput(`"${param}" is not a field of this request; remove it or check its spelling.`, {
      code: 'unknown_field',
      param,
    });
  }
  const param = paramOf(at, issue.path);
  const where = param === '' ? 'The body' : `"${param}"`;
  const problem = issue.input === undefined ? 'is missing; add it' : `is not right: ${issue.message}`;
  throw invalidInput(`${where} ${problem}.`, { code: 'invalid_field', ...(param === '' ? {} : { param }) });
}

function paramOf(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, at);
}
