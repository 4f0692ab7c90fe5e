import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hmacSha256, scopedKey, send, sendSigned, sign, timestampOf } from './raw-http.ts';
import { openTarget, refusalOf, type Target } from './target.ts';

const hourMs = 3_600_000;
let target: Target;
let Bucket: string;
let path: string;
beforeAll(async () => {
  target = await openTarget();
  Bucket = target.bucket;
  path = `/${Bucket}/secret`;
  await target.client.send(new PutObjectCommand({ Bucket, Key: 'secret', Body: 'treasure' }));
});
afterAll(() => target.close());

describe('the Authorization header', () => {
  test('a good signature opens the object', async () => {
    const response = await sendSigned(target, { method: 'GET', path });

    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe('treasure');
  });

  test('query, odd paths and repeated blanks are signed as the documentation says', async () => {
    const query = { 'list-type': '2', prefix: 'a b+c/é', delimiter: '/', 'max-keys': '7' };
    const headers = { 'x-amz-meta-blanks': 'a   b' };

    const list = await sendSigned(target, { method: 'GET', path: `/${Bucket}`, query });
    const raw = { method: 'PUT', path: `/${Bucket}/a%20b//c%2B%C3%A9`, headers, body: 'x' };
    // The canonical form holds one blank where the header holds three.
    const signed = sign(target, { ...raw, headers: { 'x-amz-meta-blanks': 'a b' } });
    const put = await send(target, { ...raw, headers: { ...signed.headers, ...headers } });

    expect(list.status).toBe(200);
    expect(put.status).toBe(200);
  });

  test('bad call: nobody, a stranger, or a wrong secret', async () => {
    const anonymous = await send(target, { method: 'GET', path });
    const stranger = await sendSigned(target, { method: 'GET', path }, { accessKeyId: 'AKIDSTRANGER' });
    const guess = await sendSigned(target, { method: 'GET', path }, { secretAccessKey: 'guess' });

    expect(anonymous).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(stranger).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
    expect(guess).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  test('bad call: the SDK with a wrong secret', async () => {
    const credentials = { accessKeyId: target.credentials.accessKeyId, secretAccessKey: 'wrong' };
    const client = new S3Client({
      endpoint: target.endpoint,
      region: target.region,
      credentials,
      forcePathStyle: true,
    });

    const refusal = await refusalOf(client.send(new GetObjectCommand({ Bucket, Key: 'secret' })));

    expect(refusal).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    client.destroy();
  });

  test('bad call: a clock that is an hour off', async () => {
    const late = await sendSigned(target, { method: 'GET', path }, { date: new Date(Date.now() - hourMs) });
    const early = await sendSigned(target, { method: 'GET', path }, { date: new Date(Date.now() + hourMs) });

    expect(late).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' });
    expect(early).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' });
  });

  test('bad call: another method, path, query or header than was signed', async () => {
    const { headers } = sign(target, { method: 'GET', path });

    const method = await send(target, { method: 'DELETE', path, headers });
    const other = await send(target, { method: 'GET', path: `/${Bucket}/other`, headers });
    const query = await send(target, {
      method: 'GET',
      path,
      query: { 'response-content-type': 'text/html' },
      headers,
    });
    const added = await send(target, {
      method: 'GET',
      path,
      headers: { ...headers, 'x-amz-checksum-mode': 'ENABLED' },
    });

    expect(method).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(other).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(query).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(added).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  test('bad call: an Authorization header that makes no sense', async () => {
    const { headers } = sign(target, { method: 'GET', path });

    const garbled = await send(target, {
      method: 'GET',
      path,
      headers: { ...headers, authorization: 'AWS4-HMAC-SHA256 what' },
    });
    const old = await send(target, {
      method: 'GET',
      path,
      headers: { ...headers, authorization: 'AWS AKID:c2ln' },
    });

    expect(garbled).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' });
    expect(old.status).toBeGreaterThanOrEqual(400);
  });
});

describe('presigned URLs', () => {
  // Without this the SDK puts the checksum of no bytes into every presigned PUT.
  const settings = { requestChecksumCalculation: 'WHEN_REQUIRED' } as const;
  const presign = (
    command: GetObjectCommand | PutObjectCommand,
    options: { expiresIn?: number; signingDate?: Date } = {},
  ) => getSignedUrl(target.connect(settings), command as GetObjectCommand, { expiresIn: 60, ...options });
  const codeOf = async (response: Response): Promise<string | undefined> =>
    /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1];

  test('anybody may do what the URL says', async () => {
    const putUrl = await presign(
      new PutObjectCommand({ Bucket, Key: 'by url', ContentType: 'text/x', Metadata: { a: '1' } }),
    );
    const getUrl = await presign(
      new GetObjectCommand({
        Bucket,
        Key: 'by url',
        ResponseContentDisposition: 'attachment; filename="é.txt"',
      }),
    );

    const put = await fetch(putUrl, {
      method: 'PUT',
      body: 'sent by url',
      headers: { 'content-type': 'text/x' },
    });
    const get = await fetch(getUrl);

    expect(put.status).toBe(200);
    expect(get.status).toBe(200);
    expect(await get.text()).toBe('sent by url');
    expect(get.headers.get('content-type')).toBe('text/x');
    expect(get.headers.get('x-amz-meta-a')).toBe('1');
  });

  test('bad call: a URL that is expired', async () => {
    const url = await presign(new GetObjectCommand({ Bucket, Key: 'secret' }), {
      signingDate: new Date(Date.now() - hourMs),
    });

    const response = await fetch(url);

    expect(response.status).toBe(403);
    expect(await codeOf(response)).toBe('AccessDenied');
  });

  test('bad call: a URL that was changed, or is used for something else', async () => {
    const url = await presign(new GetObjectCommand({ Bucket, Key: 'secret' }));
    const longer = url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000');
    const elsewhere = url.replace('/secret?', '/other?');

    const responses = [
      await fetch(longer),
      await fetch(elsewhere),
      await fetch(url, { method: 'PUT', body: 'x' }),
    ];

    expect(longer).not.toBe(url);
    for (const response of responses) {
      expect(response.status).toBe(403);
      expect(await codeOf(response)).toBe('SignatureDoesNotMatch');
    }
  });

  test('bad call: a URL good for more than a week, or with parts missing', async () => {
    const url = await presign(new GetObjectCommand({ Bucket, Key: 'secret' }));

    const long = await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=604801'));
    const partial = await fetch(url.replace(/X-Amz-Credential=[^&]*&/, ''));

    expect(long.status).toBe(400);
    expect(await codeOf(long)).toBe('AuthorizationQueryParametersError');
    expect(await codeOf(partial)).toBe('AuthorizationQueryParametersError');
  });
});

describe('POST policies', () => {
  interface Form {
    readonly conditions?: readonly unknown[];
    readonly fields?: Readonly<Record<string, string>>;
    readonly file?: string;
    readonly expiresMs?: number;
    readonly secret?: string;
  }

  /** Signs a policy as the documentation says and posts the form as a browser would. */
  async function post({
    conditions = [],
    fields = {},
    file = 'posted',
    expiresMs = 60_000,
    secret,
  }: Form): Promise<Response> {
    const timestamp = timestampOf(new Date());
    const { key, scope } = scopedKey(target, timestamp.slice(0, 8), secret);
    const signing = {
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': `${target.credentials.accessKeyId}/${scope}`,
      'x-amz-date': timestamp,
    };
    const policy = Buffer.from(
      JSON.stringify({
        expiration: new Date(Date.now() + expiresMs).toISOString(),
        conditions: [
          { bucket: Bucket },
          ...Object.entries(signing).map(([name, value]) => ({ [name]: value })),
          ...conditions,
        ],
      }),
    ).toString('base64');
    const form = new FormData();
    const signature = hmacSha256(key, policy).toString('hex');
    for (const [name, value] of Object.entries({
      ...signing,
      policy,
      'x-amz-signature': signature,
      ...fields,
    }))
      form.set(name, value);
    form.set('file', new Blob([file]), 'report.csv');
    return fetch(`${target.endpoint}/${Bucket}`, { method: 'POST', body: form });
  }
  const prefix = ['starts-with', '$key', 'posts/'];
  const codeOf = async (response: Response): Promise<string | undefined> =>
    /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1];

  test('a form within the policy is stored under the name the policy allows', async () => {
    const conditions = [
      prefix,
      ['content-length-range', 1, 100],
      { 'content-type': 'text/csv' },
      { 'x-amz-meta-a': '1' },
    ];
    const fields = { key: `posts/$${'{filename}'}`, 'content-type': 'text/csv', 'x-amz-meta-a': '1' };

    const response = await post({ conditions, fields, file: 'a,b\r\n--1,2\r\n' });

    const stored = await target.client.send(new GetObjectCommand({ Bucket, Key: 'posts/report.csv' }));
    expect(response.status).toBe(204);
    expect(await stored.Body!.transformToString()).toBe('a,b\r\n--1,2\r\n');
    expect(stored).toMatchObject({ ContentType: 'text/csv', Metadata: { a: '1' } });
  });

  test('success_action_status 201 answers with what was stored', async () => {
    const conditions = [prefix, { success_action_status: '201' }];

    const response = await post({ conditions, fields: { key: 'posts/x', success_action_status: '201' } });

    expect(response.status).toBe(201);
    expect(await response.text()).toContain('<Key>posts/x</Key>');
  });

  test('bad call: a file larger or smaller than the policy allows', async () => {
    const conditions = [prefix, ['content-length-range', 5, 10]];

    const large = await post({ conditions, fields: { key: 'posts/large' }, file: 'x'.repeat(11) });
    const small = await post({ conditions, fields: { key: 'posts/small' }, file: 'x' });

    expect(await codeOf(large)).toBe('EntityTooLarge');
    expect(await codeOf(small)).toBe('EntityTooSmall');
    const refusal = await refusalOf(target.client.send(new GetObjectCommand({ Bucket, Key: 'posts/large' })));
    expect(refusal.code).toBe('NoSuchKey');
  });

  test('bad call: a key, a field or a time outside of the policy', async () => {
    const key = await post({ conditions: [prefix], fields: { key: 'elsewhere/x' } });
    const field = await post({ conditions: [prefix], fields: { key: 'posts/x', 'x-amz-meta-extra': '1' } });
    const late = await post({ conditions: [prefix], fields: { key: 'posts/x' }, expiresMs: -1000 });

    for (const response of [key, field, late]) {
      expect(response.status).toBe(403);
      expect(await codeOf(response)).toBe('AccessDenied');
    }
  });

  test('bad call: a policy signed by somebody else, or none', async () => {
    const forged = await post({ conditions: [prefix], fields: { key: 'posts/x' }, secret: 'guess' });
    const form = new FormData();
    form.set('key', 'posts/x');
    form.set('file', new Blob(['x']), 'x');
    const anonymous = await fetch(`${target.endpoint}/${Bucket}`, { method: 'POST', body: form });

    expect(await codeOf(forged)).toBe('SignatureDoesNotMatch');
    expect(anonymous.status).toBe(403);
  });
});
