/** Reading from S3: whole, in part, into a file; an absent object is an answer. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectInfo, StoredObject } from './object-store.ts';
import type { S3Connection } from './s3-connection.ts';
import { isAbsent, statusOf, storeFailure } from './s3-errors.ts';

async function fetchObject(
  { client, sdk, bucket }: S3Connection,
  key: string,
  conditions: { readonly IfNoneMatch?: string; readonly Range?: string } = {},
): Promise<GetObjectCommandOutput | 'unchanged' | null> {
  try {
    return await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...conditions }));
  } catch (error) {
    if (statusOf(error) === 304) return 'unchanged';
    if (isAbsent(error)) return null;
    throw storeFailure('read', bucket, key, error);
  }
}

/** The object with its bytes; `'unchanged'` if it still has the given entity tag. */
export async function readWhole(
  connection: S3Connection,
  key: string,
  ifNoneMatch: string | undefined,
): Promise<StoredObject | 'unchanged' | null> {
  const conditions = ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch };
  const found = await fetchObject(connection, key, conditions);
  if (found === null || found === 'unchanged') return found;
  const body = await bytesOf(connection, key, found);
  return { ...infoOf(key, found), sizeBytes: body.length, body };
}

/** Bytes `start` to `end`, both included. */
export async function readRange(
  connection: S3Connection,
  key: string,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Uint8Array | null> {
  const found = await fetchObject(connection, key, { Range: `bytes=${start}-${end}` });
  return found === null || found === 'unchanged' ? null : bytesOf(connection, key, found);
}

async function bytesOf(
  { bucket }: S3Connection,
  key: string,
  found: GetObjectCommandOutput,
): Promise<Uint8Array> {
  try {
    return (await found.Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    throw storeFailure('read', bucket, key, error);
  }
}

/** What is known of the object without reading it. */
export async function readInfo(
  { client, sdk, bucket }: S3Connection,
  key: string,
): Promise<ObjectInfo | null> {
  try {
    return infoOf(key, await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key })));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw storeFailure('look up', bucket, key, error);
  }
}

/** Writes beside the target and renames, so that a broken transfer leaves no half file under the asked name. */
export async function readIntoFile(
  connection: S3Connection,
  key: string,
  path: string,
): Promise<ObjectInfo | null> {
  const found = await fetchObject(connection, key);
  if (found === null || found === 'unchanged') return null;
  const partial = `${path}.partial`;
  try {
    await pipeline(found.Body as Readable, createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw storeFailure('download', connection.bucket, key, error);
  }
  return infoOf(key, found);
}

function infoOf(
  key: string,
  found: Pick<HeadObjectCommandOutput, 'ETag' | 'ContentLength' | 'LastModified' | 'ContentType'>,
): ObjectInfo {
  return {
    key,
    etag: found.ETag ?? '',
    sizeBytes: found.ContentLength ?? 0,
    modifiedAt: found.LastModified?.getTime() ?? 0,
    ...(found.ContentType !== undefined && { contentType: found.ContentType }),
  };
}
