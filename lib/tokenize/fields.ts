/** Reads the objects of `tokenizer.json`: what is there must be understood, as half a tokenizer gives wrong vectors. */
import { invalidInput, type OnrampError } from '../core/index.ts';
import type { Fields } from './types.ts';

/** The refusal of a file; `place` is the path of what is wrong in it, such as `normalizer.type`. */
export const refuse = (place: string, problem: string): OnrampError =>
  invalidInput(`tokenizer.json: ${place === '' ? '' : `"${place}" `}${problem}`, {
    code: 'unsupported_tokenizer',
    param: 'tokenizer.json',
  });

/**
 * An object with no other fields than these; those that are null count as absent.
 *
 * @throws invalid_request `unsupported_tokenizer` naming the field
 */
export function fieldsOf(value: unknown, place: string, known: readonly string[]): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refuse(place, 'must be an object.');
  }
  for (const [name, field] of Object.entries(value)) {
    if (field !== null && !known.includes(name)) {
      throw refuse(place === '' ? name : `${place}.${name}`, 'is not known here.');
    }
  }
  return value as Fields;
}

/** The `type` that says which fields a part has. */
export function typeOf(value: unknown, place: string): string {
  const type = (value as Fields | null)?.type;
  if (typeof type !== 'string') throw refuse(place, 'must be an object with a "type".');
  return type;
}

/** A text. */
export function textOf(fields: Fields, name: string, place: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw refuse(`${place}.${name}`, 'must be a text.');
  return value;
}

/** A boolean; absent, the default. */
export function flagOf(fields: Fields, name: string, place: string, otherwise: boolean): boolean {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'boolean') throw refuse(`${place}.${name}`, 'must be true or false.');
  return value;
}

/** A list. */
export function listOf(fields: Fields, name: string, place: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw refuse(`${place}.${name}`, 'must be a list.');
  return value;
}

/** A token's number. */
export function idOf(value: unknown, place: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > 0x7fffffff) {
    throw refuse(place, 'must be the number of a token.');
  }
  return value as number;
}

/** Refuses a setting that would change ids and is not supported. */
export function requireDefault(fields: Fields, place: string, defaults: Fields): void {
  for (const [name, value] of Object.entries(defaults)) {
    const given = fields[name];
    if (given !== undefined && given !== null && given !== value) {
      throw refuse(`${place}.${name}`, `is ${JSON.stringify(given)}, which is not supported.`);
    }
  }
}
