/** CompleteMultipartUpload: the parts become the object without being copied. */
import { createHash } from 'node:crypto';
import type { ObjectDraft } from '../disk/object-disk.ts';
import type { OpenUpload } from '../disk/uploads.ts';
import type { ObjectRecord, PartRecord } from '../types.ts';
import {
  assembleChecksum,
  type Checksum,
  type ChecksumAlgorithm,
  checksumElement,
  checksumHeader,
  checksumMismatch,
} from '../wire/checksums.ts';
import { writeGuard } from '../wire/conditions.ts';
import { type Operation, originOf, type Platform, type Reply, type S3Request } from '../wire/exchange.ts';
import { readDocument } from '../wire/request-body.ts';
import { S3Error, s3Error } from '../wire/s3-error.ts';
import { childrenNamed, childText, parseXml, type XmlElement, xmlDocument } from '../wire/xml.ts';
import { uploadAddress } from './multipart.ts';

const minPartBytes = 5 * 1024 ** 2;

/** CompleteMultipartUpload; sent again after it succeeded, it answers the same. */
export const completeMultipartUpload: Operation = async (platform, request) => {
  const { disk } = platform;
  disk.bucket(request.bucket);
  const guard = writeGuard(request.headers);
  const document = parseXml(await readDocument(withoutChecksums(request)), 'CompleteMultipartUpload');
  const wanted = childrenNamed(document, 'Part');
  if (wanted.length === 0) throw s3Error('MalformedXML');
  try {
    const record = await disk.uploads.finish(uploadAddress(request), async (upload) => {
      guard.atStart(disk.bucket(request.bucket).records.get(request.key));
      const draft = assemble(request, upload, choose(upload, wanted));
      const result = await disk.commit(draft, guard.atCommit);
      return { result, kept: draft.segments.map(({ blob }) => blob) };
    });
    await platform.announce(record);
    return completed(record);
  } catch (error) {
    const earlier =
      error instanceof S3Error && error.code === 'NoSuchUpload' && earlierResult(platform, request);
    if (!earlier) throw error;
    return completed(earlier);
  }
};

/** A checksum in the headers speaks of the whole object here, not of the document in the body. */
function withoutChecksums(request: S3Request): S3Request {
  const headers = new Map([...request.headers].filter(([name]) => !name.startsWith('x-amz-checksum-')));
  return { ...request, headers };
}

function earlierResult({ disk }: Platform, request: S3Request): ObjectRecord | undefined {
  const record = disk.bucket(request.bucket).records.get(request.key);
  return record?.uploadId === request.query.get('uploadId') ? record : undefined;
}

function completed({ bucket, key, etag, checksum }: ObjectRecord): Reply {
  return {
    status: 200,
    xml: xmlDocument('CompleteMultipartUploadResult', {
      Location: `/${bucket}/${key}`,
      Bucket: bucket,
      Key: key,
      ETag: `"${etag}"`,
      ...(checksum
        ? { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }
        : {}),
    }),
  };
}

/** The listed parts. @throws InvalidPartOrder, InvalidPart, EntityTooSmall */
function choose({ record, parts }: OpenUpload, wanted: readonly XmlElement[]): readonly PartRecord[] {
  let previous = 0;
  const chosen = wanted.map((element) => {
    const number = Number(childText(element, 'PartNumber'));
    if (!(number > previous)) throw s3Error('InvalidPartOrder');
    previous = number;
    const part = parts.get(number);
    const etag = childText(element, 'ETag')?.replace(/^"(.*)"$/, '$1');
    if (!part || part.etag !== etag)
      throw s3Error('InvalidPart', undefined, { fields: { PartNumber: String(number) } });
    const algorithm = record.checksum?.algorithm;
    if (algorithm)
      comparePartChecksum(
        part,
        childText(element, checksumElement(algorithm)),
        record.checksum.type === 'COMPOSITE',
      );
    return part;
  });
  const small = chosen.slice(0, -1).find(({ sizeBytes }) => sizeBytes < minPartBytes);
  if (small) {
    throw s3Error('EntityTooSmall', undefined, {
      fields: {
        PartNumber: String(small.number),
        ProposedSize: String(small.sizeBytes),
        MinSizeAllowed: String(minPartBytes),
      },
    });
  }
  return chosen;
}

function comparePartChecksum(
  { number, checksum }: PartRecord,
  given: string | undefined,
  required: boolean,
): void {
  if (given === undefined && required) {
    throw s3Error(
      'InvalidRequest',
      `The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    );
  }
  if (given !== undefined && given !== checksum?.value)
    throw s3Error('InvalidPart', undefined, { fields: { PartNumber: String(number) } });
}

function assemble(request: S3Request, { record }: OpenUpload, parts: readonly PartRecord[]): ObjectDraft {
  const { bucket, key, headers, tags, uploadId } = record;
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const declared = request.headers.get('x-amz-mp-object-size');
  if (declared !== undefined && Number(declared) !== sizeBytes) {
    throw s3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${sizeBytes}`,
    );
  }
  const checksum = wholeChecksum(request, record.checksum, parts);
  return {
    bucket,
    key,
    headers,
    tags,
    uploadId,
    sizeBytes,
    etag: assembledEtag(parts),
    segments: parts.map((part) => ({
      blob: part.blob,
      sizeBytes: part.sizeBytes,
      part: { number: part.number, ...(checksum && part.checksum ? { checksum: part.checksum.value } : {}) },
    })),
    origin: originOf(request, 'CompleteMultipartUpload'),
    ...(checksum ? { checksum } : {}),
  };
}

/** MD5 over the MD5 of the parts, and their number. */
function assembledEtag(parts: readonly PartRecord[]): string {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'));
  return `${md5.digest('hex')}-${parts.length}`;
}

/** @throws BadDigest when the client sent another checksum for the whole */
function wholeChecksum(
  { headers }: S3Request,
  wanted: { readonly algorithm: ChecksumAlgorithm; readonly type: Checksum['type'] } | undefined,
  parts: readonly PartRecord[],
): Checksum | undefined {
  if (!wanted) return undefined;
  const sums = parts.map(({ checksum, sizeBytes }) => ({ value: checksum!.value, sizeBytes }));
  const checksum = assembleChecksum(wanted.algorithm, wanted.type, sums);
  const given = headers.get(checksumHeader(wanted.algorithm));
  if (given !== undefined && given !== checksum.value) throw checksumMismatch(wanted.algorithm);
  return checksum;
}
