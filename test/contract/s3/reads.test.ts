import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendSigned } from './raw-http.ts';
import { openTarget, refusalOf, type Target } from './target.ts';

const text = '0123456789';
let target: Target;
let Bucket: string;
let ETag: string;
beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
  ETag = (await target.client.send(new PutObjectCommand({ Bucket, Key: 'digits', Body: text }))).ETag!;
});
afterAll(() => target.close());

const read = async (
  more: object,
): Promise<{ body: string; range: string | undefined; status: number | undefined }> => {
  const found = await target.client.send(new GetObjectCommand({ Bucket, Key: 'digits', ...more }));
  const body = await found.Body!.transformToString();
  return { body, range: found.ContentRange, status: found.$metadata.httpStatusCode };
};

describe('ranges', () => {
  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', text, 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=0-0', '0', 'bytes 0-0/10'],
  ])('%s gives %s', async (Range, body, range) => {
    const found = await read({ Range });

    expect(found).toEqual({ body, range, status: 206 });
  });

  test('bad call: a range behind the end of the object', async () => {
    const refusal = await refusalOf(read({ Range: 'bytes=10-' }));
    const raw = await sendSigned(target, {
      method: 'GET',
      path: `/${Bucket}/digits`,
      headers: { range: 'bytes=10-12' },
    });

    expect(refusal).toEqual({ status: 416, code: 'InvalidRange' });
    expect(raw.status).toBe(416);
    expect(raw.code).toBe('InvalidRange');
  });

  test('a range that is no range is ignored', async () => {
    const found = await read({ Range: 'lines=1-2' });

    expect(found).toEqual({ body: text, range: undefined, status: 200 });
  });
});

describe('conditional reads', () => {
  const past = new Date('2001-01-01T00:00:00Z');
  const future = new Date(Date.now() + 3_600_000);

  test('gives the object while the condition holds', async () => {
    const outcomes = [
      await read({ IfMatch: ETag }),
      await read({ IfMatch: '*' }),
      await read({ IfNoneMatch: '"other"' }),
      await read({ IfModifiedSince: past }),
      await read({ IfUnmodifiedSince: future }),
      await read({ IfMatch: ETag, IfUnmodifiedSince: past }),
    ];

    for (const { body } of outcomes) expect(body).toBe(text);
  });

  test('says 304 while the copy of the client is good', async () => {
    const byTag = await refusalOf(read({ IfNoneMatch: ETag }));
    const byDate = await refusalOf(
      target.client.send(new HeadObjectCommand({ Bucket, Key: 'digits', IfModifiedSince: future })),
    );
    const raw = await sendSigned(target, {
      method: 'GET',
      path: `/${Bucket}/digits`,
      headers: { 'if-none-match': ETag },
    });

    expect(byTag.status).toBe(304);
    expect(byDate.status).toBe(304);
    expect(raw.status).toBe(304);
    expect(raw.headers.etag).toBe(ETag);
    expect(raw.body).toHaveLength(0);
  });

  test('bad call: a condition that does not hold', async () => {
    const byTag = await refusalOf(read({ IfMatch: '"other"' }));
    const byDate = await refusalOf(read({ IfUnmodifiedSince: past }));

    expect(byTag).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect(byDate).toEqual({ status: 412, code: 'PreconditionFailed' });
  });
});

describe('answers', () => {
  test('a read may ask for other content headers', async () => {
    const found = await target.client.send(
      new GetObjectCommand({
        Bucket,
        Key: 'digits',
        ResponseContentType: 'text/plain',
        ResponseContentDisposition: 'attachment; filename="d.txt"',
      }),
    );

    expect(found.ContentType).toBe('text/plain');
    expect(found.ContentDisposition).toBe('attachment; filename="d.txt"');
    expect(await found.Body!.transformToString()).toBe(text);
  });

  test('HEAD says what GET says and sends no body', async () => {
    const path = `/${Bucket}/digits`;

    const get = await sendSigned(target, { method: 'GET', path });
    const head = await sendSigned(target, { method: 'HEAD', path });

    for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'accept-ranges']) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
    expect(get.headers['content-length']).toBe('10');
    expect(head.body).toHaveLength(0);
  });

  test('bad call: an operation nobody offers', async () => {
    const response = await sendSigned(target, { method: 'PATCH', path: `/${Bucket}/digits` });

    expect([405, 501]).toContain(response.status);
  });
});

describe('odd keys', () => {
  const keys = [
    'with space',
    'plus+sign',
    'percent%41',
    'a//b',
    '/leading',
    'trailing/',
    'dots/../up',
    './here',
    '..',
    'quote\'"<&>',
    'ünïcödé/ключ/鍵',
    '🙂/emoji',
    'question?mark#hash',
    'semi;colon=equals,comma',
    '~tilde*(star)!',
    'a\\b',
    `long/${'x'.repeat(1019)}`,
  ];

  test('every key comes back as it was put, and holds what was put under it', async () => {
    for (const Key of keys)
      await target.client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }));

    const { Contents = [] } = await target.client.send(new ListObjectsV2Command({ Bucket }));
    const listed = Contents.map(({ Key }) => Key).filter((key) => key !== 'digits');
    const bodies = await Promise.all(
      keys.map(async (Key) =>
        (await target.client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString(),
      ),
    );

    expect(new Set(listed)).toEqual(new Set(keys));
    expect(bodies).toEqual(keys.map((key) => `body of ${key}`));
    for (const Key of keys) await target.client.send(new DeleteObjectCommand({ Bucket, Key }));
  });

  test('bad call: a key of more than 1024 bytes', async () => {
    const refusal = await refusalOf(
      target.client.send(new PutObjectCommand({ Bucket, Key: 'ü'.repeat(513), Body: 'x' })),
    );

    expect(refusal).toEqual({ status: 400, code: 'KeyTooLongError' });
  });
});
