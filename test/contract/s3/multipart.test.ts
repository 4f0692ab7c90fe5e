import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, refusalOf, type Target } from './target.ts';

const big = 5 * 1024 * 1024;
const pieces = [randomBytes(big), randomBytes(big + 7), randomBytes(11)] as const;
let target: Target;
let Bucket: string;
beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
});
afterAll(() => target.close());

async function create(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> {
  return (await target.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
}
async function upload(
  Key: string,
  UploadId: string,
  PartNumber: number,
  Body: Uint8Array,
  more: object = {},
): Promise<CompletedPart> {
  const { ETag, ChecksumCRC32, ChecksumSHA256 } = await target.client.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }),
  );
  return { PartNumber, ETag, ChecksumCRC32, ChecksumSHA256 };
}
const complete = (Key: string, UploadId: string, Parts: CompletedPart[], more: object = {}) =>
  target.client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
  );
const bytesOf = async (Key: string, more: object = {}): Promise<Buffer> =>
  Buffer.from(
    await (
      await target.client.send(new GetObjectCommand({ Bucket, Key, ...more }))
    ).Body!.transformToByteArray(),
  );

describe('multipart upload', () => {
  test('parts sent out of order become one object, readable across their seams', async () => {
    const Key = 'assembled';
    const id = await create(Key, { ContentType: 'text/x', Metadata: { a: '1' }, Tagging: 'k=v' });
    const parts: CompletedPart[] = [];
    for (const number of [3, 1, 2]) parts[number - 1] = await upload(Key, id, number, pieces[number - 1]!);

    const { ETag } = await complete(Key, id, parts);

    const md5s = pieces.map((piece) => createHash('md5').update(piece).digest());
    const expected = createHash('md5').update(Buffer.concat(md5s)).digest('hex');
    const head = await target.client.send(new HeadObjectCommand({ Bucket, Key }));
    const whole = Buffer.concat(pieces);
    expect(ETag).toBe(`"${expected}-3"`);
    expect(head).toMatchObject({
      ETag,
      ContentLength: whole.length,
      ContentType: 'text/x',
      Metadata: { a: '1' },
    });
    expect((await bytesOf(Key)).equals(whole)).toBe(true);
    const seam = await bytesOf(Key, { Range: `bytes=${big - 3}-${big + 3}` });
    expect(seam).toEqual(whole.subarray(big - 3, big + 4));
    const second = await bytesOf(Key, { PartNumber: 2 });
    expect(second.equals(pieces[1])).toBe(true);
    const tail = await bytesOf(Key, { Range: 'bytes=-20' });
    expect(tail).toEqual(whole.subarray(-20));
  });

  test('a part sent again replaces the one before', async () => {
    const Key = 'replaced';
    const id = await create(Key);
    await upload(Key, id, 1, Buffer.from('first'));
    const part = await upload(Key, id, 1, Buffer.from('second'));

    await complete(Key, id, [part]);

    expect((await bytesOf(Key)).toString()).toBe('second');
  });

  test('only the listed parts are taken', async () => {
    const Key = 'chosen';
    const id = await create(Key);
    await upload(Key, id, 1, Buffer.from('left out'));
    const part = await upload(Key, id, 7, Buffer.from('taken'));

    await complete(Key, id, [part]);

    expect((await bytesOf(Key)).toString()).toBe('taken');
  });

  test('lists uploads under way and their parts, and neither after the end', async () => {
    const Key = 'listed/one';
    const id = await create(Key);
    const part = await upload(Key, id, 2, Buffer.from('part two'));
    await upload(Key, id, 5, Buffer.from('part five'));

    const uploads = await target.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/' }));
    const firstPage = await target.client.send(
      new ListPartsCommand({ Bucket, Key, UploadId: id, MaxParts: 1 }),
    );
    const PartNumberMarker = firstPage.NextPartNumberMarker!;
    const secondPage = await target.client.send(
      new ListPartsCommand({ Bucket, Key, UploadId: id, PartNumberMarker }),
    );
    await complete(Key, id, [part]);
    const after = await target.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/' }));

    expect(uploads.Uploads).toMatchObject([{ Key, UploadId: id }]);
    expect(firstPage).toMatchObject({
      IsTruncated: true,
      Parts: [{ PartNumber: 2, Size: 8, ETag: part.ETag }],
    });
    expect(secondPage).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 5, Size: 9 }] });
    expect(after.Uploads ?? []).toHaveLength(0);
  });

  test('uploads under way are listed page by page and rolled up by a delimiter', async () => {
    const keys = ['pages/a', 'pages/a', 'pages/b/1', 'pages/b/2', 'pages/c'];
    for (const Key of keys) await create(Key);
    const query = { Bucket, Prefix: 'pages/' };

    const found: (string | undefined)[] = [];
    let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    for (let page = 0; page < 5; page += 1) {
      const command = new ListMultipartUploadsCommand({ ...query, MaxUploads: 2, ...markers });
      const {
        Uploads = [],
        IsTruncated,
        NextKeyMarker,
        NextUploadIdMarker,
      } = await target.client.send(command);
      found.push(...Uploads.map(({ Key }) => Key));
      if (!IsTruncated) break;
      markers = { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker };
    }
    const rolled = await target.client.send(new ListMultipartUploadsCommand({ ...query, Delimiter: '/' }));

    expect(found).toEqual(keys);
    expect(rolled.Uploads!.map(({ Key }) => Key)).toEqual(['pages/a', 'pages/a', 'pages/c']);
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'pages/b/' }]);
  });

  test('an aborted upload is gone', async () => {
    const Key = 'aborted';
    const id = await create(Key);
    const part = await upload(Key, id, 1, Buffer.from('x'));

    await target.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id }));

    const gone = { status: 404, code: 'NoSuchUpload' };
    expect(await refusalOf(upload(Key, id, 2, Buffer.from('y')))).toEqual(gone);
    expect(await refusalOf(complete(Key, id, [part]))).toEqual(gone);
    expect(await refusalOf(bytesOf(Key))).toEqual({ status: 404, code: 'NoSuchKey' });
  });

  test('a part may be a range of another object', async () => {
    const Key = 'copied parts';
    await target.client.send(new PutObjectCommand({ Bucket, Key: 'part source', Body: '0123456789' }));
    const id = await create(Key);
    const CopySource = `${Bucket}/part%20source`;

    const { CopyPartResult } = await target.client.send(
      new UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId: id,
        PartNumber: 1,
        CopySource,
        CopySourceRange: 'bytes=2-5',
      }),
    );
    await complete(Key, id, [
      { PartNumber: 1, ETag: CopyPartResult!.ETag, ChecksumCRC32: CopyPartResult!.ChecksumCRC32 },
    ]);

    expect((await bytesOf(Key)).toString()).toBe('2345');
  });

  test('completing with If-None-Match: * keeps what is there', async () => {
    const Key = 'conditional';
    const id = await create(Key);
    const part = await upload(Key, id, 1, Buffer.from('late'));
    await target.client.send(new PutObjectCommand({ Bucket, Key, Body: 'early' }));

    const refusal = await refusalOf(complete(Key, id, [part], { IfNoneMatch: '*' }));

    expect(refusal).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect((await bytesOf(Key)).toString()).toBe('early');
  });
});

describe('refused completions', () => {
  test('bad call: parts out of order, unknown, of another entity tag, or too small', async () => {
    const Key = 'refused';
    const id = await create(Key);
    const one = await upload(Key, id, 1, Buffer.from('small'));
    const two = await upload(Key, id, 2, Buffer.from('last'));

    const order = await refusalOf(complete(Key, id, [two, one]));
    const unknown = await refusalOf(complete(Key, id, [one, { ...two, PartNumber: 3 }]));
    const tag = await refusalOf(complete(Key, id, [{ ...one, ETag: two.ETag }]));
    const small = await refusalOf(complete(Key, id, [one, two]));

    expect(order).toEqual({ status: 400, code: 'InvalidPartOrder' });
    expect(unknown).toEqual({ status: 400, code: 'InvalidPart' });
    expect(tag).toEqual({ status: 400, code: 'InvalidPart' });
    expect(small).toEqual({ status: 400, code: 'EntityTooSmall' });
  });
});

describe('checksums of assembled objects', () => {
  test('a composite checksum is the checksum of the checksums', async () => {
    const Key = 'composite';
    const id = await create(Key, { ChecksumAlgorithm: 'SHA256' });
    const bodies = [pieces[0], pieces[2]];
    const parts = await Promise.all(
      bodies.map((body, index) => upload(Key, id, index + 1, body, { ChecksumAlgorithm: 'SHA256' })),
    );

    const done = await complete(Key, id, parts);

    const sums = bodies.map((body) => createHash('sha256').update(body).digest());
    const expected = createHash('sha256').update(Buffer.concat(sums)).digest('base64');
    expect(done).toMatchObject({ ChecksumSHA256: `${expected}-2`, ChecksumType: 'COMPOSITE' });
    const attributes = await target.client.send(
      new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectParts'] }),
    );
    expect(attributes.ObjectParts).toMatchObject({
      TotalPartsCount: 2,
      Parts: [
        { PartNumber: 1, Size: big, ChecksumSHA256: sums[0]!.toString('base64') },
        { PartNumber: 2, Size: 11 },
      ],
    });
  });

  test('a full-object checksum is the same as if it had been put in one go', async () => {
    const body = Buffer.concat([pieces[0], pieces[2]]);
    const ChecksumAlgorithm = 'CRC32';
    const whole = await target.client.send(
      new PutObjectCommand({ Bucket, Key: 'one go', Body: body, ChecksumAlgorithm }),
    );
    const Key = 'joined';
    const id = await create(Key, { ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' });
    const parts = [
      await upload(Key, id, 1, pieces[0], { ChecksumAlgorithm }),
      await upload(Key, id, 2, pieces[2], { ChecksumAlgorithm }),
    ];

    const wrong = await refusalOf(
      complete(Key, id, parts, { ChecksumCRC32: 'AAAAAA==', ChecksumType: 'FULL_OBJECT' }),
    );
    const done = await complete(Key, id, parts, {
      ChecksumCRC32: whole.ChecksumCRC32,
      ChecksumType: 'FULL_OBJECT',
    });

    expect(wrong).toEqual({ status: 400, code: 'BadDigest' });
    expect(done.ChecksumCRC32).toBe(whole.ChecksumCRC32);
  });
});
