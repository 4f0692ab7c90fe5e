/** GetObject, HeadObject and GetObjectAttributes. */
import type { ObjectRecord } from '../types.ts';
import { checksumElement } from '../wire/checksums.ts';
import { checkRead } from '../wire/conditions.ts';
import { type Operation, type Reply, requireRecord, type S3Request } from '../wire/exchange.ts';
import { checksumHeaders, objectHeaders, refuseUnsendable } from '../wire/object-headers.ts';
import { type ByteRange, parseRange } from '../wire/range.ts';
import { s3Error } from '../wire/s3-error.ts';
import { xmlDocument } from '../wire/xml.ts';
import { slicesOf } from './slices.ts';

const overrides = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];

/** GetObject and HeadObject: they answer the same but for the body. */
export const readObject: Operation = ({ disk }, request) => {
  const record = requireRecord(disk, request);
  const headers = { ...objectHeaders(record), ...overrideHeaders(request) };
  if (!checkRead(record, request.headers)) return { status: 304, headers };
  const part = partRange(record, request.query.get('partNumber'));
  const range = part ?? parseRange(request.headers.get('range'), record.sizeBytes);
  const { start, end } = range ?? { start: 0, end: record.sizeBytes };
  const reply: Reply = {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'content-length': String(end - start),
      ...(range ? { 'content-range': `bytes ${start}-${Math.max(start, end - 1)}/${record.sizeBytes}` } : {}),
      ...(part && record.uploadId ? { 'x-amz-mp-parts-count': String(record.segments.length) } : {}),
      ...(request.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' && !range
        ? checksumHeaders(record)
        : {}),
    },
  };
  if (request.method === 'HEAD' || start === end) return reply;
  return {
    ...reply,
    blobs: { reader: disk.blobs.open(slicesOf(record, { start, end })), sizeBytes: end - start },
  };
};

function overrideHeaders({ query }: S3Request): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of overrides) {
    const value = query.get(`response-${name}`);
    if (value !== undefined) headers[name] = value;
  }
  refuseUnsendable(headers);
  return headers;
}

/** Bytes of one part of an assembled object; an object put in one go is its own part 1. */
function partRange(record: ObjectRecord, partNumber: string | undefined): ByteRange | null {
  if (partNumber === undefined) return null;
  const place = Number(partNumber) - 1;
  if (record.uploadId === undefined && place === 0) return { start: 0, end: record.sizeBytes };
  const segment = record.uploadId === undefined ? undefined : record.segments[place];
  if (!segment) throw s3Error('InvalidPartNumber');
  const start = record.segments.slice(0, place).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { start, end: start + segment.sizeBytes };
}

/** GetObjectAttributes: only what `x-amz-object-attributes` asks for. */
export const getObjectAttributes: Operation = ({ disk }, request) => {
  const record = requireRecord(disk, request);
  const wanted = new Set(
    (request.headers.get('x-amz-object-attributes') ?? '').split(',').map((name) => name.trim()),
  );
  const known = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
  if ([...wanted].some((name) => !known.includes(name))) {
    throw s3Error('InvalidArgument', 'Invalid attribute name specified.');
  }
  const { checksum } = record;
  const values = {
    ETag: record.etag,
    Checksum: checksum && {
      [checksumElement(checksum.algorithm)]: checksum.value,
      ChecksumType: checksum.type,
    },
    ObjectParts: record.uploadId === undefined ? undefined : objectParts(record),
    StorageClass: 'STANDARD',
    ObjectSize: record.sizeBytes,
  };
  const fields = Object.fromEntries(Object.entries(values).filter(([name]) => wanted.has(name)));
  const headers = { 'last-modified': new Date(record.modifiedAt).toUTCString() };
  return { status: 200, headers, xml: xmlDocument('GetObjectAttributesResponse', fields) };
};

function objectParts({
  segments,
  checksum,
}: ObjectRecord): Record<string, number | Record<string, string | number>[]> {
  const listed = checksum ? segments : [];
  return {
    PartsCount: segments.length,
    Part: listed.map(({ sizeBytes, part }) => ({
      PartNumber: part!.number,
      Size: sizeBytes,
      ...(part!.checksum ? { [checksumElement(checksum!.algorithm)]: part!.checksum } : {}),
    })),
  };
}
