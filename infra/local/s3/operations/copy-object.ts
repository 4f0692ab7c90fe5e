/** CopyObject, and the choice of source bytes it shares with UploadPartCopy. */
import { createHash } from 'node:crypto';
import type { ObjectDisk } from '../disk/object-disk.ts';
import type { ObjectRecord, Segment } from '../types.ts';
import { parseCopySource } from '../wire/address.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumElement,
  createChecksum,
  parseChecksumAlgorithm,
} from '../wire/checksums.ts';
import { checkCopySource, writeGuard } from '../wire/conditions.ts';
import { type Operation, originOf, requireRecord, type S3Request } from '../wire/exchange.ts';
import { keptHeaders, parseTagHeader } from '../wire/object-headers.ts';
import type { ByteRange } from '../wire/range.ts';
import { s3Error } from '../wire/s3-error.ts';
import { xmlDocument } from '../wire/xml.ts';
import { slicesOf } from './slices.ts';
import { commitAndAnnounce } from './write-object.ts';

/** CopyObject: whole objects put in one go are linked, everything else is read and written anew. */
export const copyObject: Operation = async (platform, request) => {
  const { disk } = platform;
  const { bucket, key, headers } = request;
  const guard = writeGuard(headers);
  guard.atStart(disk.bucket(bucket).records.get(key));
  const source = copySource(disk, request);
  const replaceHeaders = replaces(headers.get('x-amz-metadata-directive'));
  const replaceTags = replaces(headers.get('x-amz-tagging-directive'));
  if (source.bucket === bucket && source.key === key && !replaceHeaders && !replaceTags) {
    throw s3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
    );
  }
  const kept = keptHeaders(headers);
  const record = await commitAndAnnounce(
    platform,
    {
      bucket,
      key,
      headers: replaceHeaders ? kept : source.headers,
      tags: replaceTags ? parseTagHeader(headers.get('x-amz-tagging')) : source.tags,
      sizeBytes: source.sizeBytes,
      origin: originOf(request, 'CopyObject'),
      ...(await copyBytes(disk, source, headers.get('x-amz-checksum-algorithm'))),
    },
    { guard },
  );
  return { status: 200, xml: xmlDocument('CopyObjectResult', copyResult(record)) };
};

/** The record a copy reads from. @throws NoSuchBucket, NoSuchKey, PreconditionFailed */
export function copySource(disk: ObjectDisk, request: S3Request): ObjectRecord {
  const source = requireRecord(disk, parseCopySource(request.headers.get('x-amz-copy-source')!));
  checkCopySource(source, request.headers);
  return source;
}

/** What a copy answers. */
export function copyResult({
  etag,
  modifiedAt,
  checksum,
}: Pick<ObjectRecord, 'etag' | 'modifiedAt' | 'checksum'>): Record<string, string> {
  return {
    ETag: `"${etag}"`,
    LastModified: new Date(modifiedAt).toISOString(),
    ...(checksum
      ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }
      : {}),
  };
}

function replaces(directive: string | undefined): boolean {
  if (directive === undefined || directive === 'COPY') return false;
  if (directive === 'REPLACE') return true;
  throw s3Error('InvalidArgument', 'Unknown directive: COPY and REPLACE are allowed.');
}

type CopiedBytes = Pick<ObjectRecord, 'etag' | 'segments' | 'checksum'>;

/** A copy is one piece, so that an assembled source gets a new entity tag and a checksum over its bytes, as in S3. */
async function copyBytes(
  disk: ObjectDisk,
  source: ObjectRecord,
  wanted: string | undefined,
): Promise<CopiedBytes> {
  const algorithm = wanted === undefined ? source.checksum?.algorithm : parseChecksumAlgorithm(wanted);
  const { etag, checksum, segments } = source;
  const [first] = segments;
  if (source.uploadId === undefined && first && checksum?.algorithm === algorithm) {
    const hold = disk.blobs.open([{ blob: first.blob, start: 0, end: first.sizeBytes }]);
    try {
      const blob = await disk.blobs.duplicate(first.blob);
      return { etag, segments: [{ blob, sizeBytes: first.sizeBytes }], ...(checksum ? { checksum } : {}) };
    } finally {
      await hold.close();
    }
  }
  const copied = await rewriteBytes(disk, source, { range: { start: 0, end: source.sizeBytes }, algorithm });
  return {
    etag: copied.etag,
    segments: [copied.segment],
    ...(copied.checksum ? { checksum: copied.checksum } : {}),
  };
}

/** Reads a range of an object into a new blob and digests it on the way. */
export async function rewriteBytes(
  disk: ObjectDisk,
  source: ObjectRecord,
  { range, algorithm }: { readonly range: ByteRange; readonly algorithm: ChecksumAlgorithm | undefined },
): Promise<{ readonly segment: Segment; readonly etag: string; readonly checksum?: Checksum }> {
  const reader = disk.blobs.open(slicesOf(source, range));
  const md5 = createHash('md5');
  const digest = algorithm && createChecksum(algorithm);
  async function* tapped(): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of reader.stream() as AsyncIterable<Buffer>) {
      md5.update(piece);
      digest?.update(piece);
      yield piece;
    }
  }
  try {
    const segment = await disk.blobs.write(tapped());
    const etag = md5.digest('hex');
    if (!algorithm || !digest) return { segment, etag };
    return {
      segment,
      etag,
      checksum: { algorithm, type: 'FULL_OBJECT', value: digest.digest().toString('base64') },
    };
  } finally {
    await reader.close();
  }
}
