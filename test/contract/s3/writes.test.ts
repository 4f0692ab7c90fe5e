import { randomBytes } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, refusalOf, type Target } from './target.ts';

let target: Target;
let Bucket: string;
beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
});
afterAll(() => target.close());

const put = async (Key: string, Body: string | Uint8Array, more: object = {}): Promise<string> =>
  (await target.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).ETag!;
const get = async (Key: string): Promise<string> =>
  (await target.client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();

describe('put and get', () => {
  test('gives back bytes, headers and user metadata as they were put', async () => {
    const Body = randomBytes(100_000);

    await put('whole', Body, {
      ContentType: 'text/csv',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="x.csv"',
      ContentLanguage: 'de',
      ContentEncoding: 'identity',
      Metadata: { owner: 'me', 'two-words': 'a  b' },
    });

    const found = await target.client.send(new GetObjectCommand({ Bucket, Key: 'whole' }));
    expect(Buffer.from(await found.Body!.transformToByteArray())).toEqual(Body);
    expect(found).toMatchObject({
      ContentType: 'text/csv',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="x.csv"',
      ContentLanguage: 'de',
      ContentEncoding: 'identity',
      ContentLength: 100_000,
      Metadata: { owner: 'me', 'two-words': 'a  b' },
    });
  });

  test('the entity tag of a plain put is the MD5 of its bytes', async () => {
    const etag = await put('etag', 'hello');

    const head = await target.client.send(new HeadObjectCommand({ Bucket, Key: 'etag' }));

    expect(etag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(head.ETag).toBe(etag);
  });

  test('stores an object of no bytes', async () => {
    await put('empty', '', { ContentLength: 0 });

    const head = await target.client.send(new HeadObjectCommand({ Bucket, Key: 'empty' }));

    expect(head.ContentLength).toBe(0);
    expect(await get('empty')).toBe('');
  });

  test('bad call: a key or a bucket that does not exist', async () => {
    const key = await refusalOf(get('nowhere'));
    const bucket = await refusalOf(
      target.client.send(new GetObjectCommand({ Bucket: 'contract-no-such-bucket', Key: 'a' })),
    );

    expect(key).toEqual({ status: 404, code: 'NoSuchKey' });
    expect(bucket).toEqual({ status: 404, code: 'NoSuchBucket' });
  });

  test('bad call: more than 2 KB of user metadata', async () => {
    const refusal = await refusalOf(put('meta', 'x', { Metadata: { big: 'a'.repeat(2050) } }));

    expect(refusal).toEqual({ status: 400, code: 'MetadataTooLarge' });
  });
});

describe('conditional writes', () => {
  test('If-None-Match: * creates once and keeps what is there', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });

    const refusal = await refusalOf(put('once', 'second', { IfNoneMatch: '*' }));

    expect(refusal).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect(await get('once')).toBe('first');
  });

  test('of ten writers who all want to create a key, one succeeds', async () => {
    const writers = Array.from({ length: 10 }, (_, writer) =>
      put('race', `writer ${writer}`, { IfNoneMatch: '*' }),
    );

    const outcomes = await Promise.allSettled(writers);

    const winners = outcomes.flatMap(({ status }, writer) => (status === 'fulfilled' ? [writer] : []));
    expect(winners).toHaveLength(1);
    expect(await get('race')).toBe(`writer ${winners[0]}`);
  });

  test('If-Match replaces only the state it names', async () => {
    const first = await put('swap', 'first');
    const second = await put('swap', 'second', { IfMatch: first });

    const stale = await refusalOf(put('swap', 'third', { IfMatch: first }));

    expect(second).not.toBe(first);
    expect(stale).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect(await get('swap')).toBe('second');
  });

  test('bad call: If-Match on a key that does not exist', async () => {
    const refusal = await refusalOf(
      put('swap-missing', 'x', { IfMatch: '"5d41402abc4b2a76b9719d911017c592"' }),
    );

    expect(refusal).toEqual({ status: 404, code: 'NoSuchKey' });
  });

  test('ten writers adding ten each by compare-and-swap count to one hundred', async () => {
    await put('counter', '0');
    const addOne = async (): Promise<void> => {
      for (;;) {
        const found = await target.client.send(new GetObjectCommand({ Bucket, Key: 'counter' }));
        const next = String(Number(await found.Body!.transformToString()) + 1);
        try {
          await put('counter', next, { IfMatch: found.ETag });
          return;
        } catch (error) {
          const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
          if (status !== 412 && status !== 409) throw error;
        }
      }
    };

    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let round = 0; round < 10; round += 1) await addOne();
      }),
    );

    expect(await get('counter')).toBe('100');
  }, 60_000);
});

describe('overwriting', () => {
  test('a reader sees the old bytes or the new bytes, never both', async () => {
    const size = 400_000;
    const body = (letter: string): Uint8Array => Buffer.alloc(size, letter);
    await put('torn', body('a'));
    const letters = ['b', 'c', 'd', 'e', 'f', 'g'];

    const seen: Buffer[] = [];
    let writing = true;
    const read = async (): Promise<void> => {
      while (writing) {
        const { Body } = await target.client.send(new GetObjectCommand({ Bucket, Key: 'torn' }));
        seen.push(Buffer.from(await Body!.transformToByteArray()));
      }
    };
    const write = async (): Promise<void> => {
      for (const letter of letters) await put('torn', body(letter));
      writing = false;
    };
    await Promise.all([read(), read(), write()]);

    const torn = seen.filter((bytes) => bytes.length !== size || !bytes.equals(Buffer.alloc(size, bytes[0])));
    expect(seen.length).toBeGreaterThan(3);
    expect(torn).toHaveLength(0);
  });
});

describe('deleting', () => {
  test('a deleted object is gone, and deleting it again is no error', async () => {
    await put('gone', 'x');
    await target.client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));

    const again = await target.client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));

    expect(again.$metadata.httpStatusCode).toBe(204);
    expect(await refusalOf(get('gone'))).toEqual({ status: 404, code: 'NoSuchKey' });
  });

  test('If-Match deletes only the state it names', async () => {
    const first = await put('guarded', 'first');
    await put('guarded', 'second');

    const stale = await refusalOf(
      target.client.send(new DeleteObjectCommand({ Bucket, Key: 'guarded', IfMatch: first })),
    );

    expect(stale).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect(await get('guarded')).toBe('second');
  });

  test('deletes many keys at once and says which', async () => {
    const keys = ['many/a', 'many/b & c', 'many/<d>'];
    for (const key of keys) await put(key, 'x');

    const Objects = [...keys, 'many/not-there'].map((Key) => ({ Key }));
    const outcome = await target.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(outcome.Errors ?? []).toHaveLength(0);
    expect(outcome.Deleted!.map(({ Key }) => Key).sort()).toEqual([...keys, 'many/not-there'].sort());
    for (const key of keys) expect(await refusalOf(get(key))).toEqual({ status: 404, code: 'NoSuchKey' });
  });

  test('a quiet deletion answers nothing but errors', async () => {
    await put('quiet', 'x');

    const outcome = await target.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'quiet' }], Quiet: true } }),
    );

    expect(outcome.Deleted ?? []).toHaveLength(0);
    expect(await refusalOf(get('quiet'))).toEqual({ status: 404, code: 'NoSuchKey' });
  });
});

describe('copying', () => {
  test('a copy has the bytes, headers and tags of its source', async () => {
    const etag = await put('source one', 'copied', {
      ContentType: 'text/x',
      Metadata: { a: '1' },
      Tagging: 'k=v',
    });

    const CopySource = `${Bucket}/source%20one`;
    const copy = await target.client.send(new CopyObjectCommand({ Bucket, Key: 'target', CopySource }));
    await put('source one', 'changed since');

    const found = await target.client.send(new GetObjectCommand({ Bucket, Key: 'target' }));
    expect(copy.CopyObjectResult!.ETag).toBe(etag);
    expect(await found.Body!.transformToString()).toBe('copied');
    expect(found).toMatchObject({ ContentType: 'text/x', Metadata: { a: '1' }, TagCount: 1 });
  });

  test('REPLACE gives the copy metadata of its own', async () => {
    await put('plain', 'x', { Metadata: { a: '1' } });

    const CopySource = `${Bucket}/plain`;
    await target.client.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'plain',
        CopySource,
        MetadataDirective: 'REPLACE',
        Metadata: { b: '2' },
      }),
    );

    const head = await target.client.send(new HeadObjectCommand({ Bucket, Key: 'plain' }));
    expect(head.Metadata).toEqual({ b: '2' });
  });

  test('bad call: a source that does not fit the condition, is missing, or is the target itself', async () => {
    await put('conditional', 'x');
    const copy = (CopySource: string, more: object = {}): Promise<unknown> =>
      target.client.send(new CopyObjectCommand({ Bucket, Key: 'conditional', CopySource, ...more }));

    const stale = await refusalOf(copy(`${Bucket}/plain`, { CopySourceIfMatch: '"stale"' }));
    const missing = await refusalOf(copy(`${Bucket}/not-there`));
    const self = await refusalOf(copy(`${Bucket}/conditional`));

    expect(stale).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect(missing).toEqual({ status: 404, code: 'NoSuchKey' });
    expect(self).toEqual({ status: 400, code: 'InvalidRequest' });
  });
});

describe('tags', () => {
  test('tags come with the object, are replaced and are removed', async () => {
    await put('tagged', 'x', { Tagging: 'stage=raw&owner=a%20b' });
    const tags = async (): Promise<unknown> =>
      (await target.client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet;

    const atFirst = await tags();
    const TagSet = [{ Key: 'stage', Value: 'clean & <done>' }];
    await target.client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
    const replaced = await tags();
    await target.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    const removed = await tags();

    expect(atFirst).toEqual(
      expect.arrayContaining([
        { Key: 'stage', Value: 'raw' },
        { Key: 'owner', Value: 'a b' },
      ]),
    );
    expect(replaced).toEqual(TagSet);
    expect(removed).toEqual([]);
    expect(await get('tagged')).toBe('x');
  });

  test('bad call: eleven tags, and the same tag twice', async () => {
    await put('tagged', 'x');
    const tag = (TagSet: { Key: string; Value: string }[]): Promise<unknown> =>
      target.client.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));

    const eleven = await refusalOf(tag(Array.from({ length: 11 }, (_, n) => ({ Key: `k${n}`, Value: 'v' }))));
    const twice = await refusalOf(
      tag([
        { Key: 'k', Value: '1' },
        { Key: 'k', Value: '2' },
      ]),
    );

    expect(eleven.status).toBe(400);
    expect(twice).toEqual({ status: 400, code: 'InvalidTag' });
  });
});

describe('attributes', () => {
  test('gives the attributes that are asked for', async () => {
    await put('attributes', 'hello', { ChecksumAlgorithm: 'SHA256' });

    const found = await target.client.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: 'attributes',
        ObjectAttributes: ['ETag', 'ObjectSize', 'Checksum'],
      }),
    );

    expect(found).toMatchObject({
      ETag: '5d41402abc4b2a76b9719d911017c592',
      ObjectSize: 5,
      Checksum: { ChecksumSHA256: 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=' },
    });
    expect(found.StorageClass).toBeUndefined();
  });
});
