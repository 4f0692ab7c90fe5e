/** Headers that describe an object: kept on a write, given back on a read. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { ObjectRecord, Tag } from '../types.ts';
import { checksumHeader } from './checksums.ts';
import { s3Error } from './s3-error.ts';
import { parseQuery } from './uri.ts';

const contentHeaders = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const maxMetadataBytes = 2048;
const maxTags = 10;

/** Headers that would change what is stored in ways this server does not do. */
const unsupported =
  /^x-amz-(server-side-encryption-customer-|copy-source-server-side-|object-lock-|grant-|write-offset-|website-redirect-)/;

/**
 * What to keep of the headers of a write.
 *
 * @throws NotImplemented for headers whose effect is missing here, MetadataTooLarge above 2 KB of user metadata
 */
export function keptHeaders(headers: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    if (unsupported.test(name))
      throw s3Error('NotImplemented', `This server does not implement the header ${name}.`);
    if (name.startsWith('x-amz-meta-')) {
      metadataBytes += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value, 'latin1');
      kept[name] = value;
    } else if (contentHeaders.includes(name) && value !== '') kept[name] = value;
  }
  refuseUnsendable(kept);
  if (metadataBytes > maxMetadataBytes) throw s3Error('MetadataTooLarge');
  const encodings = (kept['content-encoding'] ?? '').split(',').map((item) => item.trim());
  const stored = encodings.filter((item) => item !== '' && item !== 'aws-chunked');
  if (stored.length > 0) kept['content-encoding'] = stored.join(',');
  else delete kept['content-encoding'];
  return kept;
}

/** Headers to be sent later that came out of a query or a form. @throws InvalidArgument when HTTP cannot carry one */
export function refuseUnsendable(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      throw s3Error(
        'InvalidArgument',
        `The header ${JSON.stringify(name)} has characters that HTTP cannot carry.`,
        { cause },
      );
    }
  }
}

/** Tags of the header `x-amz-tagging`, written like a query. @throws InvalidTag */
export function parseTagHeader(header: string | undefined): readonly Tag[] {
  return checkTags(parseQuery(header ?? '').map(([key, value]) => ({ key, value })));
}

/** @throws InvalidTag for an empty, repeated or overlong key, an overlong value, or more than ten */
export function checkTags(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length > maxTags) throw s3Error('InvalidTag', 'Object tags cannot be greater than 10');
  for (const { key, value } of tags) {
    if (key === '' || key.length > 128)
      throw s3Error('InvalidTag', 'The TagKey you have provided is invalid');
    if (value.length > 256) throw s3Error('InvalidTag', 'The TagValue you have provided is invalid');
  }
  if (new Set(tags.map(({ key }) => key)).size < tags.length) {
    throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return tags;
}

/** What a GET or HEAD says of an object, its length and range apart. */
export function objectHeaders(record: ObjectRecord): Record<string, string> {
  return {
    ...record.headers,
    ...(record.tags.length > 0 ? { 'x-amz-tagging-count': String(record.tags.length) } : {}),
    etag: `"${record.etag}"`,
    'last-modified': new Date(record.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** The checksum of an object as headers; none when it has none. */
export function checksumHeaders({ checksum }: Pick<ObjectRecord, 'checksum'>): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}
