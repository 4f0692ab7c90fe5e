/** What an operation is given and what it gives back. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../../../lib/core/index.ts';
import type { BlobReader } from '../disk/blob-files.ts';
import type { ObjectDisk } from '../disk/object-disk.ts';
import type { ObjectRecord, WriteOrigin } from '../types.ts';
import type { Authorization } from './authorize.ts';
import { s3Error } from './s3-error.ts';

/** A request whose sender is known. */
export interface S3Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name; on a presigned URL also the `x-amz-` headers that were moved into the query. */
  readonly headers: ReadonlyMap<string, string>;
  readonly authorization: Authorization;
  readonly requestId: string;
  readonly sourceIpAddress: string;
  /** The bytes as they come over the wire; may be called once. */
  readonly rawBody: () => AsyncIterable<Buffer>;
}

/** What an operation works with. */
export interface Platform {
  readonly disk: ObjectDisk;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly region: string;
  /** Tells the platform of a committed object and waits until it has taken note. */
  readonly announce: (record: ObjectRecord) => Promise<void>;
}

/** An answer: no body, a text, or bytes of blobs. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly xml?: string;
  readonly blobs?: { readonly reader: BlobReader; readonly sizeBytes: number };
}

/** One operation of S3. */
export type Operation = (platform: Platform, request: S3Request) => Promise<Reply> | Reply;

/**
 * Query parameters of a presigned URL that stand for headers: all but those of the signature. The checksum of a body
 * is left out too: it was made before there was a body, and S3 ignores it.
 */
const hoistedHeader =
  /^x-amz-(?!(checksum-(crc32c?|crc64nvme|sha1|sha256)|sdk-checksum-algorithm|algorithm|credential|date|expires|signature|signedheaders|content-sha256|security-token)$)/;

/** Headers by lower-case name, with those a presigned URL carries in its query. */
export function effectiveHeaders(
  incoming: IncomingMessage,
  query: readonly (readonly [string, string])[],
): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of query) {
    if (hoistedHeader.test(name.toLowerCase())) headers.set(name.toLowerCase(), headerText(value));
  }
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (values !== undefined) headers.set(name, values.join(','));
  }
  return headers;
}

/** Text as a header carries it: its UTF-8 bytes, one character each, as Node takes and gives them. */
export function headerText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** How a write came about, for its record and its event. */
export function originOf(request: S3Request, reason: WriteOrigin['reason']): WriteOrigin {
  const { requestId, sourceIpAddress, authorization } = request;
  return { requestId, requester: authorization.accessKeyId, sourceIpAddress, reason };
}

/** The record of the requested object. @throws NoSuchBucket, NoSuchKey */
export function requireRecord(
  disk: ObjectDisk,
  address: { readonly bucket: string; readonly key: string },
): ObjectRecord {
  const record = disk.bucket(address.bucket).records.get(address.key);
  if (!record) throw s3Error('NoSuchKey', undefined, { fields: { Key: address.key } });
  return record;
}
