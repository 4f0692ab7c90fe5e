/** Keys by their digests, and how a request presents one. */
import { sha256 } from '../core/index.ts';
import type { Access } from './access.ts';

/** A key that is known. */
export interface KnownKey {
  /** SHA-256 of the key, 64 lower-case hexadecimal digits. */
  readonly digest: string;
  readonly access: Access;
}

/** Finds a key. */
export interface KeyTable {
  /** What the key may do, `null` for an unknown one. */
  find(key: string): Access | null;
}

/**
 * A table that holds digests only. How long a search takes can tell something about digests of keys, and nobody can
 * choose keys by the beginnings of their digests: so it tells nothing about the keys.
 */
export function keyTable(keys: Iterable<KnownKey>): KeyTable {
  const accesses = new Map<string, Access>();
  for (const { digest, access } of keys) accesses.set(digest, access);
  return { find: (key) => accesses.get(sha256(key)) ?? null };
}

/** What a header can carry; the keys of API Gateway have 20 to 128 characters. */
const keyPattern = /^[\x21-\x7e]{1,256}$/;

/** True for a text that can be a key. */
export const isKeyText = (text: string): boolean => keyPattern.test(text);

/**
 * The key that a request presents, `null` if it presents none: the header `x-api-key`, or else
 * `Authorization: Bearer <key>`.
 */
export function presentedKey(apiKey: string | undefined, authorization: string | undefined): string | null {
  const text = apiKey ?? (authorization && /^Bearer +(.*)$/i.exec(authorization)?.[1]) ?? '';
  return isKeyText(text) ? text : null;
}
