/** ListParts and ListMultipartUploads. */
import { compareKeys } from '../disk/sorted-keys.ts';
import type { UploadRecord } from '../types.ts';
import { checksumElement } from '../wire/checksums.ts';
import type { Operation } from '../wire/exchange.ts';
import { s3Error } from '../wire/s3-error.ts';
import { xmlDocument } from '../wire/xml.ts';
import { commonPrefix, keyEncoder } from './list-objects.ts';
import { uploadAddress } from './multipart.ts';

const maxPage = 1000;

/** ListParts, by number. */
export const listParts: Operation = ({ disk }, request) => {
  disk.bucket(request.bucket);
  const { record, parts } = disk.uploads.get(uploadAddress(request));
  const marker = pageMarker(request.query.get('part-number-marker'));
  const limit = pageSize(request.query.get('max-parts'));
  const waiting = [...parts.values()]
    .filter(({ number }) => number > marker)
    .sort((left, right) => left.number - right.number);
  const page = waiting.slice(0, limit);
  return {
    status: 200,
    xml: xmlDocument('ListPartsResult', {
      Bucket: request.bucket,
      Key: request.key,
      UploadId: record.uploadId,
      PartNumberMarker: marker,
      NextPartNumberMarker: page.at(-1)?.number ?? marker,
      MaxParts: limit,
      IsTruncated: waiting.length > page.length,
      ChecksumAlgorithm: record.checksum?.algorithm,
      ChecksumType: record.checksum?.type,
      StorageClass: 'STANDARD',
      Part: page.map(({ number, etag, sizeBytes, modifiedAt, checksum }) => ({
        PartNumber: number,
        LastModified: new Date(modifiedAt).toISOString(),
        ETag: `"${etag}"`,
        Size: sizeBytes,
        ...(checksum ? { [checksumElement(checksum.algorithm)]: checksum.value } : {}),
      })),
    }),
  };
};

/** ListMultipartUploads, by key and then by age, rolled up by the delimiter. */
export const listMultipartUploads: Operation = ({ disk }, request) => {
  const { query, bucket } = request;
  disk.bucket(bucket);
  const encode = keyEncoder(request);
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const limit = pageSize(query.get('max-uploads'));
  const uploads = [...disk.uploads.all()]
    .map(({ record }) => ({ ...record, rolled: commonPrefix(record.key, prefix, delimiter) }))
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix))
    .sort((left, right) => compareKeys(left.key, right.key) || left.startedAt - right.startedAt);
  const waiting = resume(uploads, query.get('key-marker') ?? '', query.get('upload-id-marker') ?? '');
  const entries = waiting.filter(
    ({ rolled }, place) => rolled === null || rolled !== waiting[place - 1]?.rolled,
  );
  const page = entries.slice(0, limit);
  const truncated = entries.length > page.length;
  const last = truncated ? page.at(-1) : undefined;
  return {
    status: 200,
    xml: xmlDocument('ListMultipartUploadsResult', {
      Bucket: bucket,
      KeyMarker: encode(query.get('key-marker') ?? ''),
      UploadIdMarker: query.get('upload-id-marker') ?? '',
      NextKeyMarker: last && encode(last.rolled ?? last.key),
      NextUploadIdMarker: last && (last.rolled === null ? last.uploadId : ''),
      Prefix: encode(prefix),
      Delimiter: delimiter === '' ? undefined : encode(delimiter),
      EncodingType: query.get('encoding-type'),
      MaxUploads: limit,
      IsTruncated: truncated,
      Upload: page
        .filter(({ rolled }) => rolled === null)
        .map(({ key, uploadId, startedAt, checksum }) => ({
          Key: encode(key),
          UploadId: uploadId,
          Initiated: new Date(startedAt).toISOString(),
          StorageClass: 'STANDARD',
          ChecksumAlgorithm: checksum?.algorithm,
          ChecksumType: checksum?.type,
        })),
      CommonPrefixes: page.flatMap(({ rolled }) => (rolled === null ? [] : [{ Prefix: encode(rolled) }])),
    }),
  };
};

interface ListedUpload extends UploadRecord {
  /** The common prefix that stands for it, or `null`. */
  readonly rolled: string | null;
}

/**
 * What comes after the last entry given out: an upload, or all uploads of a key or of a common prefix. An upload that
 * has ended since has no place any more; then all of its key are given, which may repeat some but skips none.
 */
function resume(
  uploads: readonly ListedUpload[],
  keyMarker: string,
  uploadIdMarker: string,
): readonly ListedUpload[] {
  const given = uploads.findIndex(({ uploadId }) => uploadId === uploadIdMarker);
  if (given >= 0) return uploads.slice(given + 1);
  const isBehind = (key: string): boolean =>
    compareKeys(key, keyMarker) > 0 || (uploadIdMarker !== '' && key === keyMarker);
  return uploads.filter(({ key, rolled }) => isBehind(key) && (rolled === null || rolled !== keyMarker));
}

function pageMarker(text = '0'): number {
  if (!/^\d{1,10}$/.test(text))
    throw s3Error('InvalidArgument', 'part-number-marker must be an integer from 0.');
  return Number(text);
}

function pageSize(text: string | undefined): number {
  if (text === undefined) return maxPage;
  if (!/^\d{1,10}$/.test(text))
    throw s3Error('InvalidArgument', 'The size of a page must be an integer from 0.');
  return Math.min(maxPage, Number(text));
}
