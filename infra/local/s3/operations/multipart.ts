/** CreateMultipartUpload, UploadPart, UploadPartCopy and AbortMultipartUpload. */
import type { UploadAddress } from '../disk/uploads.ts';
import type { PartRecord, UploadRecord } from '../types.ts';
import { type ChecksumAlgorithm, type ChecksumType, parseChecksumAlgorithm } from '../wire/checksums.ts';
import type { Operation, Platform, S3Request } from '../wire/exchange.ts';
import { checksumHeaders, keptHeaders, parseTagHeader } from '../wire/object-headers.ts';
import { parseRange } from '../wire/range.ts';
import { maxObjectBytes, verifiedBody } from '../wire/request-body.ts';
import { s3Error } from '../wire/s3-error.ts';
import { xmlDocument } from '../wire/xml.ts';
import { copyResult, copySource, rewriteBytes } from './copy-object.ts';

const maxPartNumber = 10_000;

/** CreateMultipartUpload: what the object will be, but for its bytes. */
export const createMultipartUpload: Operation = async ({ disk, clock, createId }, request) => {
  const { bucket, key, headers } = request;
  disk.bucket(bucket);
  const checksum = uploadChecksum(headers);
  const record: UploadRecord = {
    uploadId: createId(),
    bucket,
    key,
    startedAt: clock.now(),
    headers: keptHeaders(headers),
    tags: parseTagHeader(headers.get('x-amz-tagging')),
    ...(checksum ? { checksum } : {}),
  };
  await disk.uploads.start(record);
  const announced = checksum && {
    'x-amz-checksum-algorithm': checksum.algorithm,
    'x-amz-checksum-type': checksum.type,
  };
  const fields = { Bucket: bucket, Key: key, UploadId: record.uploadId };
  return {
    status: 200,
    headers: { ...announced },
    xml: xmlDocument('InitiateMultipartUploadResult', fields),
  };
};

function uploadChecksum(headers: ReadonlyMap<string, string>): UploadRecord['checksum'] {
  const name = headers.get('x-amz-checksum-algorithm');
  const type = headers.get('x-amz-checksum-type')?.toUpperCase();
  if (name === undefined) return undefined;
  const algorithm = parseChecksumAlgorithm(name);
  const chosen = type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (!isAllowed(algorithm, chosen)) {
    throw s3Error(
      'InvalidRequest',
      `The ${chosen} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  }
  return { algorithm, type: chosen };
}

function isAllowed(algorithm: ChecksumAlgorithm, type: string): type is ChecksumType {
  if (type === 'FULL_OBJECT') return algorithm.startsWith('CRC');
  return type === 'COMPOSITE' && algorithm !== 'CRC64NVME';
}

/** Names the upload of a request. */
export function uploadAddress({ bucket, key, query }: S3Request): UploadAddress {
  return { bucket, key, uploadId: query.get('uploadId') ?? '' };
}

/** UploadPart: parts come in any order and may be sent again. */
export const uploadPart: Operation = async (platform, request) => {
  const number = partNumber(request);
  const { checksum } = openUpload(platform, request);
  const body = verifiedBody(request, maxObjectBytes, checksum?.algorithm);
  refuseOtherChecksum(checksum, request.headers);
  const { blob, sizeBytes } = await platform.disk.blobs.write(body.bytes);
  const { md5, checksum: computed } = body.digests();
  const part = {
    number,
    blob,
    sizeBytes,
    etag: md5,
    modifiedAt: platform.clock.now(),
    ...(computed ? { checksum: computed } : {}),
  };
  await platform.disk.uploads.addPart(uploadAddress(request), part);
  const { 'x-amz-checksum-type': _type, ...sums } = checksumHeaders(part);
  return { status: 200, headers: { etag: `"${md5}"`, ...sums } };
};

/** A part must bring the checksum its upload was created with; over the whole object it may also leave it to the server. */
function refuseOtherChecksum(upload: UploadRecord['checksum'], headers: ReadonlyMap<string, string>): void {
  if (!upload) return;
  const named = [...headers.keys(), headers.get('x-amz-trailer') ?? '']
    .map((name) => /^x-amz-checksum-(crc32c?|crc64nvme|sha1|sha256)$/.exec(name)?.[1])
    .find((name) => name !== undefined);
  if (named === upload.algorithm.toLowerCase() || (named === undefined && upload.type === 'FULL_OBJECT'))
    return;
  const expected = upload.algorithm.toLowerCase();
  throw s3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected}, actual checksum Type: ${named ?? 'null'}`,
  );
}

/** UploadPartCopy: a part that is a range of an object. */
export const uploadPartCopy: Operation = async (platform, request) => {
  const number = partNumber(request);
  const { checksum } = openUpload(platform, request);
  const source = copySource(platform.disk, request);
  const header = request.headers.get('x-amz-copy-source-range');
  const range = parseRange(header, source.sizeBytes);
  if (header !== undefined && (range === null || Number(/-(\d+)$/.exec(header)?.[1]) >= source.sizeBytes)) {
    throw s3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last, within the source.',
    );
  }
  const copied = await rewriteBytes(platform.disk, source, {
    range: range ?? { start: 0, end: source.sizeBytes },
    algorithm: checksum?.algorithm,
  });
  const { segment, ...digests } = copied;
  const part: PartRecord = { number, ...segment, ...digests, modifiedAt: platform.clock.now() };
  await platform.disk.uploads.addPart(uploadAddress(request), part);
  return { status: 200, xml: xmlDocument('CopyPartResult', copyResult(part)) };
};

/** AbortMultipartUpload: its parts are gone when it answers. */
export const abortMultipartUpload: Operation = async ({ disk }, request) => {
  disk.bucket(request.bucket);
  await disk.uploads.finish(uploadAddress(request), async () => ({ result: undefined, kept: [] }));
  return { status: 204 };
};

function openUpload({ disk }: Platform, request: S3Request): UploadRecord {
  disk.bucket(request.bucket);
  return disk.uploads.get(uploadAddress(request)).record;
}

function partNumber({ query }: S3Request): number {
  const number = Number(query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > maxPartNumber) {
    throw s3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`,
    );
  }
  return number;
}
