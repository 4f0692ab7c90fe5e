/** PutObject, DeleteObject and DeleteObjects. */

import type { ObjectDraft } from '../disk/object-disk.ts';
import type { ObjectRecord, WriteOrigin } from '../types.ts';
import { deleteGuard, type WriteGuard, writeGuard } from '../wire/conditions.ts';
import { type Operation, originOf, type Platform } from '../wire/exchange.ts';
import { checksumHeaders, keptHeaders, parseTagHeader } from '../wire/object-headers.ts';
import { maxObjectBytes, readDocument, type VerifiedBody, verifiedBody } from '../wire/request-body.ts';
import { S3Error, s3Error } from '../wire/s3-error.ts';
import { childrenNamed, childText, parseXml, xmlDocument } from '../wire/xml.ts';

/** PutObject: conditional, verified, and announced before the client hears of it. */
export const putObject: Operation = async (platform, request) => {
  const { bucket, key, headers } = request;
  const guard = writeGuard(headers);
  guard.atStart(platform.disk.bucket(bucket).records.get(key));
  const draft = {
    bucket,
    key,
    headers: keptHeaders(headers),
    tags: parseTagHeader(headers.get('x-amz-tagging')),
  };
  const body = verifiedBody(request, maxObjectBytes);
  const record = await storeBody(platform, body, { ...draft, guard, origin: originOf(request, 'PutObject') });
  return { status: 200, headers: { etag: `"${record.etag}"`, ...checksumHeaders(record) } };
};

/** What a new object is but for its bytes. */
export interface NewObject extends Pick<ObjectDraft, 'bucket' | 'key' | 'headers' | 'tags'> {
  readonly guard: WriteGuard;
  readonly origin: WriteOrigin;
}

/** Streams a body to the disk, puts the object in force, and announces it. */
export async function storeBody(
  platform: Platform,
  body: VerifiedBody,
  { guard, ...draft }: NewObject,
): Promise<ObjectRecord> {
  const { blob, sizeBytes, flush } = await platform.disk.blobs.stage(body.bytes);
  const { md5, checksum } = body.digests();
  return commitAndAnnounce(
    platform,
    { ...draft, sizeBytes, etag: md5, segments: [{ blob, sizeBytes }], ...(checksum ? { checksum } : {}) },
    { guard, flush },
  );
}

/** Commits a draft that owns its blobs: a refused draft takes them along. */
export async function commitAndAnnounce(
  { disk, announce }: Platform,
  draft: ObjectDraft,
  { guard, flush }: { readonly guard: WriteGuard; readonly flush?: () => Promise<void> },
): Promise<ObjectRecord> {
  const record = await disk.commit(draft, guard.atCommit, flush).catch(async (error: unknown) => {
    await disk.blobs.remove(draft.segments.map(({ blob }) => blob));
    throw error;
  });
  await announce(record);
  return record;
}

/** DeleteObject: no error when there is none. */
export const deleteObject: Operation = async ({ disk }, { bucket, key, headers }) => {
  await disk.remove(bucket, key, deleteGuard(headers.get('if-match')));
  return { status: 204 };
};

const maxDeletes = 1000;

/** DeleteObjects: each key has an outcome of its own. */
export const deleteObjects: Operation = async ({ disk }, request) => {
  disk.bucket(request.bucket);
  const protectedBody = [...request.headers.keys()].some((name) =>
    /^(content-md5|x-amz-checksum-|x-amz-trailer)/.test(name),
  );
  if (!protectedBody)
    throw s3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
  const document = parseXml(await readDocument(request), 'Delete');
  const objects = childrenNamed(document, 'Object');
  if (objects.length === 0 || objects.length > maxDeletes) throw s3Error('MalformedXML');
  const outcomes = await Promise.all(
    objects.map(async (object) => {
      const key = childText(object, 'Key') ?? '';
      try {
        if (key === '' || childText(object, 'VersionId') !== undefined) throw s3Error('NotImplemented');
        await disk.remove(request.bucket, key, deleteGuard(childText(object, 'ETag')));
        return { deleted: { Key: key } };
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        return { error: { Key: key, Code: error.code, Message: error.message } };
      }
    }),
  );
  const quiet = childText(document, 'Quiet') === 'true';
  const Deleted = quiet ? [] : outcomes.flatMap(({ deleted }) => deleted ?? []);
  return {
    status: 200,
    xml: xmlDocument('DeleteResult', { Deleted, Error: outcomes.flatMap(({ error }) => error ?? []) }),
  };
};
