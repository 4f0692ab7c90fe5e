import {
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, refusalOf, type Target } from './target.ts';

// In the order of UTF-8 bytes, which is not that of UTF-16: U+FF61 comes before the emoji.
const keys = ['a', 'a/', 'a/1', 'a/2', 'a/b/3', 'a/b/4', 'b', 'c/1', 'd&e', 'd/1', 'é', '\uff61', '🙂'];
let target: Target;
let Bucket: string;
beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
  await Promise.all(keys.map((Key) => target.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
});
afterAll(() => target.close());

/** Every page of a listing, as keys and common prefixes. */
async function pages(
  query: Partial<ListObjectsV2CommandInput>,
): Promise<{ keys: string[]; prefixes: string[] }[]> {
  const found = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await target.client.send(
      new ListObjectsV2Command({ Bucket, ...query, ...(ContinuationToken ? { ContinuationToken } : {}) }),
    );
    const entry = {
      keys: (page.Contents ?? []).map(({ Key }) => Key!),
      prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
    };
    expect(page.KeyCount).toBe(entry.keys.length + entry.prefixes.length);
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    found.push(entry);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined && found.length < 100);
  return found;
}

describe('ListObjectsV2', () => {
  test('lists every key in the order of its bytes, with size and entity tag', async () => {
    const { Contents = [], IsTruncated } = await target.client.send(new ListObjectsV2Command({ Bucket }));

    expect(Contents.map(({ Key }) => Key)).toEqual(keys);
    expect(Contents[0]).toMatchObject({ Key: 'a', Size: 1, ETag: '"0cc175b9c0f1b6a831c399e269772661"' });
    expect(Contents[0]!.LastModified).toBeInstanceOf(Date);
    expect(IsTruncated).toBe(false);
  });

  test.each([1, 2, 3, 5, 13])('pages of %i keys together are the whole list', async (MaxKeys) => {
    const found = await pages({ MaxKeys });

    expect(found.flatMap((page) => page.keys)).toEqual(keys);
    expect(found).toHaveLength(Math.ceil(keys.length / MaxKeys));
  });

  test('a delimiter rolls keys up into common prefixes', async () => {
    const [top] = await pages({ Delimiter: '/' });
    const [below] = await pages({ Delimiter: '/', Prefix: 'a/' });

    expect(top).toEqual({ keys: ['a', 'b', 'd&e', 'é', '\uff61', '🙂'], prefixes: ['a/', 'c/', 'd/'] });
    expect(below).toEqual({ keys: ['a/', 'a/1', 'a/2'], prefixes: ['a/b/'] });
  });

  test.each([1, 2, 4])('pages of %i with a delimiter give each prefix once', async (MaxKeys) => {
    const found = await pages({ Delimiter: '/', MaxKeys });

    expect(found.flatMap((page) => page.keys)).toEqual(['a', 'b', 'd&e', 'é', '\uff61', '🙂']);
    expect(found.flatMap((page) => page.prefixes)).toEqual(['a/', 'c/', 'd/']);
    for (const page of found) expect(page.keys.length + page.prefixes.length).toBeLessThanOrEqual(MaxKeys);
  });

  test('starts after a key, whether it exists or not', async () => {
    const [existing] = await pages({ StartAfter: 'b' });
    const [between] = await pages({ StartAfter: 'bb' });

    expect(existing!.keys).toEqual(keys.slice(7));
    expect(between!.keys).toEqual(keys.slice(7));
  });

  test('a prefix nobody has gives an empty list', async () => {
    const found = await pages({ Prefix: 'nobody' });

    expect(found).toEqual([{ keys: [], prefixes: [] }]);
  });

  test('with encoding-type=url names come percent-encoded', async () => {
    const page = await target.client.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'd&', EncodingType: 'url' }),
    );

    expect(page.Contents!.map(({ Key }) => Key)).toEqual(['d%26e']);
    expect(page.EncodingType).toBe('url');
  });

  test('bad call: a token that was never given out', async () => {
    const refusal = await refusalOf(
      target.client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'made up' })),
    );

    expect(refusal).toEqual({ status: 400, code: 'InvalidArgument' });
  });
});

describe('ListObjects', () => {
  test('goes on from a marker', async () => {
    const first = await target.client.send(new ListObjectsCommand({ Bucket, MaxKeys: 4 }));
    const rest = await target.client.send(
      new ListObjectsCommand({ Bucket, Marker: first.Contents!.at(-1)!.Key! }),
    );

    expect(first.IsTruncated).toBe(true);
    expect([...first.Contents!, ...rest.Contents!].map(({ Key }) => Key)).toEqual(keys);
  });

  test('with a delimiter it names the next marker', async () => {
    const first = await target.client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 2 }));
    const rest = await target.client.send(
      new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: first.NextMarker! }),
    );

    expect(first.NextMarker).toBe('a/');
    expect(first.CommonPrefixes!.map(({ Prefix }) => Prefix)).toEqual(['a/']);
    expect(rest.CommonPrefixes!.map(({ Prefix }) => Prefix)).toEqual(['c/', 'd/']);
  });
});

describe('buckets', () => {
  test('a bucket is listed and found', async () => {
    const { Buckets = [] } = await target.client.send(new ListBucketsCommand({}));
    const head = await target.client.send(new HeadBucketCommand({ Bucket }));

    expect(Buckets.map(({ Name }) => Name)).toContain(Bucket);
    expect(head.$metadata.httpStatusCode).toBe(200);
  });

  test('bad call: a bucket that does not exist', async () => {
    const head = await refusalOf(
      target.client.send(new HeadBucketCommand({ Bucket: 'contract-no-such-bucket' })),
    );
    const list = await refusalOf(
      target.client.send(new ListObjectsV2Command({ Bucket: 'contract-no-such-bucket' })),
    );

    expect(head.status).toBe(404);
    expect(list).toEqual({ status: 404, code: 'NoSuchBucket' });
  });
});
