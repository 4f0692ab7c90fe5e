/** Which bucket and key a request speaks of: path style, or virtual-host style on `bucket.localhost`. */
import { s3Error } from './s3-error.ts';
import { decodeUri } from './uri.ts';

/** The bucket and the key; `null` where the address stops earlier. */
export interface Address {
  readonly bucket: string | null;
  readonly key: string | null;
}

const hostSuffix = '.localhost';
const maxKeyBytes = 1024;

/**
 * Reads the address out of the raw request path (still percent-encoded, no query) and the Host header.
 *
 * @throws InvalidURI, KeyTooLongError
 * @example parseAddress('/data/a%20b', '127.0.0.1:9000') // { bucket: 'data', key: 'a b' }
 */
export function parseAddress(rawPath: string, host: string): Address {
  const path = rawPath.startsWith('/') ? rawPath.slice(1) : rawPath;
  const hostname = host.replace(/:\d+$/, '').toLowerCase();
  if (hostname.endsWith(hostSuffix)) {
    return { bucket: hostname.slice(0, -hostSuffix.length), key: checkedKey(path) };
  }
  const slash = path.indexOf('/');
  if (slash < 0) return { bucket: path === '' ? null : decodeUri(path), key: null };
  return { bucket: decodeUri(path.slice(0, slash)), key: checkedKey(path.slice(slash + 1)) };
}

function checkedKey(encoded: string): string | null {
  const key = decodeUri(encoded);
  if (Buffer.byteLength(key) > maxKeyBytes) throw s3Error('KeyTooLongError');
  return key === '' ? null : key;
}

/**
 * Reads the value of `x-amz-copy-source`.
 *
 * @throws InvalidArgument when it is not `bucket/key`; NotImplemented when it names a version
 */
export function parseCopySource(header: string): { readonly bucket: string; readonly key: string } {
  const [source = '', query] = header.split('?', 2);
  if (query !== undefined) throw s3Error('NotImplemented', 'This server keeps no object versions.');
  const { bucket, key } = parseAddress(source, '');
  if (bucket === null || key === null) {
    throw s3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  return { bucket, key };
}

/** True for a name that S3 allows: 3 to 63 of a-z, 0-9, dot and hyphen, no label empty, not an IP address. */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !/^\d+(\.\d+){3}$/.test(name)
  );
}
