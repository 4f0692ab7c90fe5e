/** Writing to S3 under conditions: a refused condition is an answer, an undecided one is asked again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { ObjectVersion, PutOptions } from './object-store.ts';
import type { S3Connection } from './s3-connection.ts';
import { isAbsent, statusOf, storeFailure } from './s3-errors.ts';

const attempts = 4;
const pauseMs = 40;

/** A write: its conditions and where its bytes come from. */
export interface Write extends PutOptions {
  /** Makes the body; called anew for each attempt, as a stream can be sent once only. */
  readonly body: () => Pick<PutObjectCommandInput, 'Body' | 'ContentLength'>;
  /** True for streams, which the SDK does not send a second time by itself. */
  readonly streamed?: boolean;
}

/**
 * Writes an object; `null` when the condition did not hold.
 * 412 says so. 409 says that S3 could not tell because another write was under way, so it is asked again a few
 * times. 404 on If-Match says that the object is gone.
 */
export async function writeObject(
  { client, sdk, bucket }: S3Connection,
  key: string,
  { body, streamed = false, ...options }: Write,
): Promise<ObjectVersion | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const input = { Bucket: bucket, Key: key, ...headersOf(options), ...body() };
      const { ETag } = await client.send(new sdk.PutObjectCommand(input));
      return { etag: ETag ?? '' };
    } catch (error) {
      const undecided = statusOf(error) === 409;
      if (statusOf(error) === 412 || (options.ifMatch !== undefined && isAbsent(error))) return null;
      if (attempt === attempts || !(undecided || (streamed && isTransient(error)))) {
        if (undecided) return null;
        throw storeFailure('write', bucket, key, error);
      }
      await delay(pauseMs * attempt);
    }
  }
}

/** Removes an object; none to remove is fine. */
export async function removeObject({ client, sdk, bucket }: S3Connection, key: string): Promise<void> {
  try {
    await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
  } catch (error) {
    if (!isAbsent(error)) throw storeFailure('delete', bucket, key, error);
  }
}

function headersOf({ ifAbsent, ifMatch, contentType }: PutOptions): Partial<PutObjectCommandInput> {
  return {
    ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
    ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }),
    ...(contentType === undefined ? {} : { ContentType: contentType }),
  };
}

/** No answer at all, or one of the server's own troubles. */
function isTransient(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429;
}
