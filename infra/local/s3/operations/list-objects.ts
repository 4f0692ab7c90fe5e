/** ListObjectsV2 and ListObjects: keys in order, rolled up by a delimiter, page by page. */
import type { Bucket } from '../disk/object-disk.ts';
import { afterPrefix, compareKeys, type SortedKeys } from '../disk/sorted-keys.ts';
import type { ObjectRecord } from '../types.ts';
import type { Operation, S3Request } from '../wire/exchange.ts';
import { s3Error } from '../wire/s3-error.ts';
import { encodeKey } from '../wire/uri.ts';
import { type XmlFields, xmlDocument } from '../wire/xml.ts';

const maxPage = 1000;

/** What to list; `after` is the last name given out: a key or a common prefix. */
export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
  readonly maxKeys: number;
}

/** One page. */
export interface ListPage {
  readonly records: readonly ObjectRecord[];
  readonly prefixes: readonly string[];
  /** Where the next page goes on, or `null` after the last one. */
  readonly next: string | null;
}

/** Walks the sorted keys; a common prefix is one step, however many keys it stands for. */
export function listPage({ keys, records }: Pick<Bucket, 'keys' | 'records'>, query: ListQuery): ListPage {
  const { prefix, delimiter, after, maxKeys } = query;
  const page = { records: [] as ObjectRecord[], prefixes: [] as string[] };
  let last = after;
  let place = keys.firstFrom(compareKeys(after, prefix) > 0 ? after : prefix);
  if (after !== '' && keys.at(place) === after) place += 1;
  for (let key = keys.at(place); key?.startsWith(prefix); key = keys.at(place)) {
    const rolled = commonPrefix(key, prefix, delimiter);
    place = rolled === null ? place + 1 : placeBehind(keys, rolled);
    if (rolled !== null && rolled === after) continue;
    if (page.records.length + page.prefixes.length >= maxKeys)
      return { ...page, next: maxKeys === 0 ? null : last };
    last = rolled ?? key;
    if (rolled === null) page.records.push(records.get(key)!);
    else page.prefixes.push(rolled);
  }
  return { ...page, next: null };
}

/** Place of the first key that does not start with `prefix`, all those that do lying before it. */
function placeBehind(keys: SortedKeys, prefix: string): number {
  const beyond = afterPrefix(prefix);
  return beyond === undefined ? keys.size : keys.firstFrom(beyond);
}

/** What a key is rolled up to: everything up to the first delimiter after the prefix; `null` when it stands alone. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | null {
  const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return cut < 0 ? null : key.slice(0, cut + delimiter.length);
}

/** ListObjectsV2. */
export const listObjectsV2: Operation = ({ disk }, request) => {
  const { query } = request;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const listQuery = commonQuery(request, token === undefined ? (startAfter ?? '') : readToken(token));
  const page = listPage(disk.bucket(request.bucket), listQuery);
  const encode = keyEncoder(request);
  return {
    status: 200,
    xml: xmlDocument('ListBucketResult', {
      ...echo(request, listQuery, page),
      KeyCount: page.records.length + page.prefixes.length,
      ContinuationToken: token,
      NextContinuationToken: page.next === null ? undefined : writeToken(page.next),
      StartAfter: startAfter && encode(startAfter),
      ...contents(request, page, query.get('fetch-owner') === 'true'),
    }),
  };
};

/** ListObjects, the first version: a marker instead of a token, and owners. */
export const listObjects: Operation = ({ disk }, request) => {
  const marker = request.query.get('marker') ?? '';
  const listQuery = commonQuery(request, marker);
  const page = listPage(disk.bucket(request.bucket), listQuery);
  const encode = keyEncoder(request);
  const named = page.next !== null && listQuery.delimiter !== '';
  return {
    status: 200,
    xml: xmlDocument('ListBucketResult', {
      ...echo(request, listQuery, page),
      Marker: encode(marker),
      NextMarker: named ? encode(page.next!) : undefined,
      ...contents(request, page, true),
    }),
  };
};

function commonQuery({ query }: S3Request, after: string): ListQuery {
  const maxKeys = query.get('max-keys') ?? String(maxPage);
  if (!/^\d{1,10}$/.test(maxKeys))
    throw s3Error('InvalidArgument', 'Argument max-keys must be an integer between 0 and 2147483647');
  const encoding = query.get('encoding-type');
  if (encoding !== undefined && encoding !== 'url')
    throw s3Error('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    after,
    maxKeys: Math.min(maxPage, Number(maxKeys)),
  };
}

/** With `encoding-type=url` names come percent-encoded, as XML cannot carry every character. */
export function keyEncoder({ query }: S3Request): (key: string) => string {
  return query.get('encoding-type') === 'url' ? encodeKey : (key) => key;
}

function echo(request: S3Request, { prefix, delimiter, maxKeys }: ListQuery, page: ListPage): XmlFields {
  const encode = keyEncoder(request);
  return {
    Name: request.bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: request.query.get('encoding-type'),
    IsTruncated: page.next !== null,
  };
}

function contents(request: S3Request, page: ListPage, withOwner: boolean): XmlFields {
  const encode = keyEncoder(request);
  return {
    Contents: page.records.map((record) => ({
      Key: encode(record.key),
      LastModified: new Date(record.modifiedAt).toISOString(),
      ETag: `"${record.etag}"`,
      ChecksumAlgorithm: record.checksum?.algorithm,
      ChecksumType: record.checksum?.type,
      Size: record.sizeBytes,
      Owner: withOwner ? { ID: request.authorization.accessKeyId } : undefined,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function writeToken(name: string): string {
  return Buffer.from(JSON.stringify({ after: name })).toString('base64url');
}

function readToken(token: string): string {
  try {
    const { after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { readonly after?: unknown };
    if (typeof after === 'string') return after;
  } catch {
    // Refused below, like every other token that was not given out here.
  }
  throw s3Error('InvalidArgument', 'The continuation token provided is incorrect');
}
