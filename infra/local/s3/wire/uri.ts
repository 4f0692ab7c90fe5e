/** Keys, paths and queries as S3 encodes them. */
import { encodeUri } from '../../aws/index.ts';
import { s3Error } from './s3-error.ts';

/** Encodes a key and keeps its slashes. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeUri).join('/');
}

/** @throws InvalidURI when the escapes are not UTF-8 */
export function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw s3Error('InvalidURI', undefined, { cause });
  }
}

/** Name and value of each query parameter in the order sent; a parameter without `=` has the value `''`. */
export function parseQuery(text: string): readonly (readonly [string, string])[] {
  const decode = (part: string): string => decodeUri(part.replaceAll('+', ' '));
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const split = pair.indexOf('=');
      return split < 0 ? [decode(pair), ''] : [decode(pair.slice(0, split)), decode(pair.slice(split + 1))];
    });
}
