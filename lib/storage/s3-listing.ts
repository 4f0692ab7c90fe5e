/** Listings of S3, page after page until the end. */
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ObjectInfo } from './object-store.ts';
import type { S3Connection } from './s3-connection.ts';
import { storeFailure } from './s3-errors.ts';

/** Every object below the prefix, in key order. */
export async function* listKeys(
  connect: () => Promise<S3Connection>,
  prefix: string,
): AsyncGenerator<ObjectInfo> {
  for await (const page of pages(await connect(), prefix)) {
    for (const { Key = '', ETag = '', Size = 0, LastModified } of page.Contents ?? []) {
      const key = decodeKey(page, Key);
      yield { key, etag: ETag, sizeBytes: Size, modifiedAt: LastModified?.getTime() ?? 0 };
    }
  }
}

/** The next path parts below the prefix, each with its `/`. */
export async function* listPrefixes(
  connect: () => Promise<S3Connection>,
  prefix: string,
): AsyncGenerator<string> {
  for await (const page of pages(await connect(), prefix, '/')) {
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
      yield decodeKey(page, Prefix).slice(prefix.length);
    }
  }
}

async function* pages(
  { client, sdk, bucket }: S3Connection,
  prefix: string,
  delimiter?: string,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await client
      .send(
        new sdk.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          EncodingType: 'url',
          ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      )
      .catch((error: unknown) => {
        throw storeFailure('list', bucket, prefix, error);
      });
    yield page;
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** Keys may hold characters that XML cannot, so they are asked for and given in URL encoding. */
function decodeKey(page: ListObjectsV2CommandOutput, key: string): string {
  return page.EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}
