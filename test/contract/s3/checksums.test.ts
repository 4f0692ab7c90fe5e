import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hmacSha256, type RawResponse, send, sendSigned, sha256Hex, sign } from './raw-http.ts';
import { openTarget, refusalOf, type Target } from './target.ts';

// Published check values: CRCs of "123456789" from the catalogue of CRC algorithms, digests from the standards' tools.
const digits = '123456789';
const known = [
  { algorithm: 'CRC32', value: Buffer.from('cbf43926', 'hex').toString('base64') },
  { algorithm: 'CRC32C', value: Buffer.from('e3069283', 'hex').toString('base64') },
  { algorithm: 'CRC64NVME', value: Buffer.from('ae8b14860a799888', 'hex').toString('base64') },
  { algorithm: 'SHA1', value: createHash('sha1').update(digits).digest('base64') },
  { algorithm: 'SHA256', value: createHash('sha256').update(digits).digest('base64') },
] as const;

let target: Target;
let Bucket: string;
beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
});
afterAll(() => target.close());

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  target.client.send(new PutObjectCommand({ Bucket, Key, Body: digits, ...more }));
const putRaw = (
  key: string,
  headers: Readonly<Record<string, string>>,
  body: string = digits,
): Promise<RawResponse> => sendSigned(target, { method: 'PUT', path: `/${Bucket}/${key}`, headers, body });
const absent = async (Key: string): Promise<void> => {
  const refusal = await refusalOf(target.client.send(new GetObjectCommand({ Bucket, Key })));
  expect(refusal).toEqual({ status: 404, code: 'NoSuchKey' });
};

describe.each(known)('$algorithm', ({ algorithm, value }) => {
  const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
  const field = `Checksum${algorithm}` as const;

  test('a right checksum is accepted, kept, and given back when asked for', async () => {
    const response = await putRaw(algorithm, { [header]: value });

    const asked = await target.client.send(
      new HeadObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }),
    );
    const plain = await sendSigned(target, { method: 'HEAD', path: `/${Bucket}/${algorithm}` });
    expect(response.status).toBe(200);
    expect(response.headers[header]).toBe(value);
    expect(asked[field]).toBe(value);
    expect(asked.ChecksumType).toBe('FULL_OBJECT');
    expect(plain.headers[header]).toBeUndefined();
  });

  test('bad call: a wrong checksum stores nothing', async () => {
    const wrong = Buffer.alloc(Buffer.from(value, 'base64').length, 1).toString('base64');

    const response = await putRaw(`wrong-${algorithm}`, { [header]: wrong });

    expect(response.code).toBe('BadDigest');
    expect(response.status).toBe(400);
    await absent(`wrong-${algorithm}`);
  });

  test('bad call: a checksum of the wrong length', async () => {
    const response = await putRaw(`short-${algorithm}`, { [header]: 'AAA=' });

    expect(response).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});

describe('other digests', () => {
  const md5 = createHash('md5').update(digits).digest('base64');

  test('Content-MD5 is checked', async () => {
    const right = await putRaw('md5', { 'content-md5': md5 });
    const wrong = await putRaw('md5-wrong', {
      'content-md5': createHash('md5').update('else').digest('base64'),
    });
    const malformed = await putRaw('md5-malformed', { 'content-md5': 'AAAA' });

    expect(right.status).toBe(200);
    expect(wrong).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(malformed).toMatchObject({ status: 400, code: 'InvalidDigest' });
    await absent('md5-wrong');
  });

  test('x-amz-content-sha256 is checked', async () => {
    const raw = { method: 'PUT', path: `/${Bucket}/sha`, body: digits };

    const response = await sendSigned(target, raw, { payloadHash: sha256Hex('something else') });

    expect(response).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' });
    await absent('sha');
  });

  test('bad call: two checksums at once', async () => {
    const response = await putRaw('two', {
      'x-amz-checksum-crc32': known[0].value,
      'x-amz-checksum-sha1': known[3].value,
    });

    expect(response).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  test('the SDK finds its own checksum again on reading', async () => {
    for (const algorithm of Object.values(ChecksumAlgorithm).filter((name) =>
      known.some((item) => item.algorithm === name),
    )) {
      await put(`sdk-${algorithm}`, { ChecksumAlgorithm: algorithm });

      const found = await target.client.send(
        new GetObjectCommand({ Bucket, Key: `sdk-${algorithm}`, ChecksumMode: 'ENABLED' }),
      );

      const expected = known.find((item) => item.algorithm === algorithm)!.value;
      expect(found[`Checksum${algorithm}` as 'ChecksumCRC32']).toBe(expected);
      expect(await found.Body!.transformToString()).toBe(digits);
    }
  });
});

describe('streams in chunks', () => {
  const path = '/chunked';
  const body = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40));
  const cut = [body.subarray(0, 1000), body.subarray(1000)];
  const crc32 = 'x-amz-checksum-crc32';
  // zlib.crc32 is what the server itself uses, so the value comes from the SDK, which has its own.
  let sum: string;
  beforeAll(async () => {
    const { ChecksumCRC32 } = await put('reference', { Body: body, ChecksumAlgorithm: 'CRC32' });
    sum = ChecksumCRC32!;
  });

  test('the SDK streams a body of known length with its checksum in the trailer', async () => {
    const Body = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(70_000, 'b'), Buffer.alloc(11, 'c')]);

    await put('sdk-stream', { Body, ContentLength: 140_011, ChecksumAlgorithm: 'CRC32' });

    const found = await target.client.send(new GetObjectCommand({ Bucket, Key: 'sdk-stream' }));
    expect(await found.Body!.transformToString()).toBe(
      'a'.repeat(70_000) + 'b'.repeat(70_000) + 'c'.repeat(11),
    );
    expect(found.ContentEncoding).toBeUndefined();
    await target.client.send(new DeleteObjectCommand({ Bucket, Key: 'sdk-stream' }));
  });

  const unsigned = (trailer: string): Promise<RawResponse> => {
    const frames = [
      ...cut.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`),
      `0\r\n${trailer}\r\n`,
    ].join('');
    const headers = {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(body.length),
      'x-amz-trailer': crc32,
    };
    const raw = { method: 'PUT', path: `/${Bucket}${path}`, headers, body: frames };
    return sendSigned(target, raw, { payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' });
  };

  test('an unsigned stream is held to the checksum in its trailer', async () => {
    const right = await unsigned(`${crc32}:${sum}\r\n`);
    const stored = await target.client.send(new GetObjectCommand({ Bucket, Key: 'chunked' }));
    const wrong = await unsigned(`${crc32}:AAAAAA==\r\n`);
    const missing = await unsigned('');

    expect(right).toMatchObject({ status: 200 });
    expect(await stored.Body!.transformToString()).toBe(body.toString());
    expect(wrong).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(missing.status).toBe(400);
  });

  /** A stream whose every chunk is signed; `tamper` may change the bytes after signing. */
  const signed = (trailing: boolean, tamper = (frames: string): string => frames): Promise<RawResponse> => {
    const headers: Record<string, string> = {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(body.length),
      ...(trailing ? { 'x-amz-trailer': crc32 } : {}),
    };
    const payloadHash = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailing ? '-TRAILER' : ''}`;
    const raw = { method: 'PUT', path: `/${Bucket}${path}`, headers };
    const { headers: signedHeaders, signature, timestamp, scope, key } = sign(target, raw, { payloadHash });
    let previous = signature;
    const chain = (kind: string, ...hashes: string[]): string => {
      previous = hmacSha256(key, [kind, timestamp, scope, previous, ...hashes].join('\n')).toString('hex');
      return previous;
    };
    const chunk = (piece: Buffer): string =>
      `${piece.length.toString(16)};chunk-signature=${chain('AWS4-HMAC-SHA256-PAYLOAD', sha256Hex(''), sha256Hex(piece))}\r\n`;
    let frames = cut.map((piece) => `${chunk(piece)}${piece}\r\n`).join('') + chunk(Buffer.alloc(0));
    if (trailing) {
      const line = `${crc32}:${sum}`;
      frames += `${line}\r\nx-amz-trailer-signature:${chain('AWS4-HMAC-SHA256-TRAILER', sha256Hex(`${line}\n`))}\r\n`;
    }
    return send(target, { ...raw, headers: signedHeaders, body: tamper(`${frames}\r\n`) });
  };

  test('a stream signed chunk by chunk is taken, with and without a trailer', async () => {
    const plain = await signed(false);
    const trailed = await signed(true);

    const stored = await target.client.send(new GetObjectCommand({ Bucket, Key: 'chunked' }));
    expect(plain.status).toBe(200);
    expect(trailed.status).toBe(200);
    expect(await stored.Body!.transformToString()).toBe(body.toString());
  });

  test('bad call: a chunk or a trailer changed on the way', async () => {
    await put('chunked', { Body: 'before' });

    const chunk = await signed(false, (frames) => frames.replace('lazy', 'busy'));
    const trailer = await signed(true, (frames) => frames.replace(sum, 'AAAAAA=='));

    expect(chunk).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(trailer.status).toBeGreaterThanOrEqual(400);
    const stored = await target.client.send(new GetObjectCommand({ Bucket, Key: 'chunked' }));
    expect(await stored.Body!.transformToString()).toBe('before');
  });

  test('bad call: fewer bytes than announced', async () => {
    const headers = { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '50' };
    const raw = { method: 'PUT', path: `/${Bucket}/short`, headers, body: '3\r\nabc\r\n0\r\n\r\n' };

    const response = await sendSigned(target, raw, { payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' });

    expect(response.status).toBe(400);
    await absent('short');
  });
});
