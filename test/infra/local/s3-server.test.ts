import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm, truncate } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, test } from 'vitest';
import { afterPrefix, compareKeys, createSortedKeys } from '../../../infra/local/s3/disk/sorted-keys.ts';
import { startObjectServer } from '../../../infra/local/s3/index.ts';
import { combineCrc, crc32cKind, crc64NvmeKind, createCrc } from '../../../infra/local/s3/wire/crc.ts';
import { parseXml, xmlDocument } from '../../../infra/local/s3/wire/xml.ts';
import { createRandom, silentLogger } from '../../../lib/core/index.ts';
import { sendSigned, sign } from '../../contract/s3/raw-http.ts';
import { Bucket, connect, credentials, startServer, temporaryDirectory } from './s3-fixture.ts';

/** What the raw signer needs to know of a server. */
const targetOf = (endpoint: string): Parameters<typeof sign>[0] => ({
  endpoint,
  region: 'us-east-1',
  credentials,
});

async function answerOf(outgoing: ClientRequest): Promise<{ status: number | undefined; body: string }> {
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode, body: await text(incoming) };
}

describe('starting', () => {
  test('bad call: an address that others could reach', async () => {
    const options = { directory: await temporaryDirectory(), port: 0, buckets: [], credentials };

    await expect(startObjectServer({ ...options, host: '0.0.0.0' })).rejects.toMatchObject({ param: 'host' });
  });

  test('bad call: a bucket name S3 does not allow', async () => {
    const options = { directory: await temporaryDirectory(), port: 0, credentials };

    for (const name of ['Upper', 'ab', '../x', 'a..b', '10.0.0.1', 'under_score']) {
      await expect(startObjectServer({ ...options, buckets: [name] })).rejects.toMatchObject({
        param: 'buckets',
      });
    }
  });

  test('a second server on the same port leaves the files of the first alone', async () => {
    const directory = await temporaryDirectory();
    const { client, port } = await startServer(directory);
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'kept' }));

    const second = startObjectServer({ directory, port, buckets: [], credentials });

    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(await Body!.transformToString()).toBe('kept');
  });
});

describe('addresses', () => {
  test('a bucket is also reached by its own host name', async () => {
    const { client, url, port } = await startServer(await temporaryDirectory());
    await client.send(new PutObjectCommand({ Bucket, Key: 'a b/c', Body: 'found' }));

    const headers = { host: `${Bucket}.localhost:${port}` };
    const object = await sendSigned(targetOf(url), { method: 'GET', path: '/a%20b/c', headers });
    const list = await sendSigned(targetOf(url), {
      method: 'GET',
      path: '/',
      query: { 'list-type': '2' },
      headers,
    });

    expect(object.body.toString()).toBe('found');
    expect(list.body.toString()).toContain('<Key>a b/c</Key>');
  });

  test('bad call: what this server does not do says so', async () => {
    const { url } = await startServer(await temporaryDirectory());
    const target = targetOf(url);

    const acl = await sendSigned(target, { method: 'GET', path: `/${Bucket}`, query: { acl: '' } });
    const version = await sendSigned(target, {
      method: 'GET',
      path: `/${Bucket}/a`,
      query: { versionId: '1' },
    });
    const headers = { 'x-amz-object-lock-mode': 'GOVERNANCE' };
    const lock = await sendSigned(target, { method: 'PUT', path: `/${Bucket}/a`, headers, body: 'x' });

    for (const response of [acl, version, lock])
      expect(response).toMatchObject({ status: 501, code: 'NotImplemented' });
  });
});

describe('outdated signatures', () => {
  test('bad call: a URL signed by version 2 is told what to use', async () => {
    const { url } = await startServer(await temporaryDirectory());

    const response = await fetch(`${url}/${Bucket}/a?AWSAccessKeyId=local&Signature=c2ln&Expires=4102444800`);

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('s3v4');
  });
});

describe('slow and broken requests', () => {
  /** Begins a signed PUT whose body comes later. */
  async function beginPut(url: string, key: string, headers: Record<string, string>): Promise<ClientRequest> {
    const raw = { method: 'PUT', path: `/${Bucket}/${key}`, headers: { 'content-length': '4', ...headers } };
    const signed = sign(targetOf(url), raw, { payloadHash: 'UNSIGNED-PAYLOAD' });
    const outgoing = request(`${url}${raw.path}`, { method: 'PUT', headers: signed.headers });
    outgoing.flushHeaders();
    return outgoing;
  }

  test('a conditional write that loses its object to a delete meanwhile is in conflict', async () => {
    const { client, url } = await startServer(await temporaryDirectory());
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));

    const outgoing = await beginPut(url, 'a', { 'if-match': ETag!, expect: '100-continue' });
    await once(outgoing, 'continue');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    outgoing.end('late');

    const { status, body } = await answerOf(outgoing);
    expect(status).toBe(409);
    expect(body).toContain('<Code>ConditionalRequestConflict</Code>');
  });

  test('a refused write is answered before its body is asked for', async () => {
    const { client, url } = await startServer(await temporaryDirectory());
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));

    const outgoing = await beginPut(url, 'a', { 'if-none-match': '*', expect: '100-continue' });
    let asked = false;
    outgoing.on('continue', () => {
      asked = true;
    });

    const { status } = await answerOf(outgoing);
    outgoing.destroy();
    expect(status).toBe(412);
    expect(asked).toBe(false);
  });

  test('a client that goes away in the middle of a body leaves nothing behind', async () => {
    const directory = await temporaryDirectory();
    const { client, url, close } = await startServer(directory);
    const outgoing = await beginPut(url, 'a', { 'content-length': '1000000', expect: '100-continue' });
    outgoing.on('error', () => {});
    await once(outgoing, 'continue');

    await new Promise<unknown>((resolve) => outgoing.write(randomBytes(400_000), resolve));
    outgoing.destroy();
    const refusal = await client
      .send(new GetObjectCommand({ Bucket, Key: 'a' }))
      .catch((error: Error) => error.name);
    await close();

    expect(refusal).toBe('NoSuchKey');
    expect(await readdir(join(directory, 'blobs'))).toEqual([]);
    expect(await readdir(join(directory, 'temporary'))).toEqual([]);
  });

  test('a download goes on to its end when the object is deleted meanwhile', async () => {
    const directory = await temporaryDirectory();
    const { client } = await startServer(directory);
    const body = randomBytes(20_000_000);
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: body }));

    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    const stillThere = await readdir(join(directory, 'blobs'));
    const received = Buffer.from(await Body!.transformToByteArray());

    expect(stillThere).toHaveLength(1);
    expect(received.equals(body)).toBe(true);
  });

  test('a bucket made anew while the old one is being removed takes objects', async () => {
    const { client } = await startServer(await temporaryDirectory());
    await client.send(new CreateBucketCommand({ Bucket: 'again' }));
    const create = (): Promise<unknown> => client.send(new CreateBucketCommand({ Bucket: 'again' }));

    await Promise.all([
      client.send(new DeleteBucketCommand({ Bucket: 'again' })),
      create().catch(create).catch(create),
    ]);
    await create().catch(() => {});

    const put = client.send(new PutObjectCommand({ Bucket: 'again', Key: 'a', Body: 'x' }));
    await expect(put).resolves.toMatchObject({ ETag: expect.any(String) });
  });

  test('listing uploads goes on behind one that was aborted meanwhile', async () => {
    const { client } = await startServer(await temporaryDirectory());
    const upload = { Bucket, Key: 'a' };
    for (let count = 0; count < 3; count += 1) await client.send(new CreateMultipartUploadCommand(upload));
    const first = await client.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1 }));
    const [listed] = first.Uploads!;
    await client.send(new AbortMultipartUploadCommand({ ...upload, UploadId: listed!.UploadId! }));

    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = first;
    const rest = await client.send(new ListMultipartUploadsCommand({ Bucket, KeyMarker, UploadIdMarker }));

    expect(rest.Uploads).toHaveLength(2);
  });

  test('expected failure: a fault of the server while it writes is logged', async () => {
    const directory = await temporaryDirectory();
    const logged: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => void logged.push(message) };
    const { client } = await startServer(directory, { logger });
    await rm(join(directory, 'objects', Bucket), { recursive: true });

    const refusal = await client
      .send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
      .catch((error: Error) => error.name);

    expect(refusal).toBe('InternalError');
    expect(logged).toEqual(['A request to the object server failed.']);
  });

  test('expected failure: bytes that are gone from the disk break the answer off', async () => {
    const directory = await temporaryDirectory();
    const { client } = await startServer(directory);
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: randomBytes(300_000) }));
    const [blob] = await readdir(join(directory, 'blobs'));
    await truncate(join(directory, 'blobs', blob!), 200_000);

    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }));

    await expect(Body!.transformToByteArray()).rejects.toThrow('aborted');
  });
});

describe('signed headers', () => {
  test('metadata in UTF-8 may hold letters whose bytes look like spaces', async () => {
    const { client, url } = await startServer(await temporaryDirectory());
    const headers = { 'x-amz-meta-note': 'voilà † été' };
    const raw = { method: 'PUT', path: `/${Bucket}/a`, headers, body: 'x' };
    const signed = sign(targetOf(url), raw);
    const wire = Object.fromEntries(
      Object.entries(signed.headers).map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    );

    const outgoing = request(`${url}${raw.path}`, { method: 'PUT', headers: wire });
    outgoing.end(Buffer.from('x'));

    const { status } = await answerOf(outgoing);
    const { Metadata } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(status).toBe(200);
    expect(Buffer.from(Metadata!.note!, 'latin1').toString()).toBe(headers['x-amz-meta-note']);
  });
});

describe('web pages', () => {
  const origin = 'http://localhost:8080';

  test('a page of an allowed origin may use a presigned URL', async () => {
    const { url } = await startServer(await temporaryDirectory(), { allowedOrigins: [origin] });
    const client = connect(url);
    const target = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));

    const headers = {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type',
    };
    const preflight = await fetch(target, { method: 'OPTIONS', headers });
    const put = await fetch(target, { method: 'PUT', body: 'x', headers: { origin } });

    expect(preflight.status).toBe(200);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
    expect(put.status).toBe(200);
    expect(put.headers.get('access-control-allow-origin')).toBe(origin);
    expect(put.headers.get('access-control-expose-headers')).toContain('ETag');
  });

  test('bad call: a page of another origin', async () => {
    const { url } = await startServer(await temporaryDirectory(), { allowedOrigins: [origin] });

    const response = await fetch(`${url}/${Bucket}/a`, {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example' },
    });

    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('parts', () => {
  const random = createRandom(3);
  const letters = ['a', 'b', '/', 'é', '\ud7ff', '\ue000', '\uffff', '🙂', '\u{10ffff}'];
  const randomKey = (): string =>
    Array.from({ length: 1 + random.integer(4) }, () => letters[random.integer(letters.length)]).join('');

  test('keys are in the order of their UTF-8 bytes', () => {
    const keys = [...new Set(Array.from({ length: 500 }, randomKey))];
    const expected = [...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));

    const sorted = createSortedKeys();
    for (const key of keys) sorted.add(key);
    for (const key of keys.slice(0, 100)) sorted.remove(key);
    for (const key of keys.slice(0, 100)) sorted.add(key);

    expect(Array.from({ length: sorted.size }, (_, place) => sorted.at(place))).toEqual(expected);
    for (const prefix of keys) {
      const beyond = afterPrefix(prefix);
      const behind = keys
        .filter((key) => !key.startsWith(prefix) && compareKeys(key, prefix) > 0)
        .sort(compareKeys)[0];
      expect(beyond === undefined ? undefined : sorted.at(sorted.firstFrom(beyond))).toBe(behind);
    }
  });

  test.each([crc32cKind, crc64NvmeKind])(
    'checksums of pieces combine to the checksum of the whole ($bits bits)',
    (kind) => {
      const whole = randomBytes(10_000);
      const crcOf = (bytes: Uint8Array): bigint => {
        const crc = createCrc(kind);
        crc.update(bytes);
        return crc.value();
      };

      for (const cut of [0, 1, 7, 4096, 9999, 10_000]) {
        const pieces = createCrc(kind);
        pieces.update(whole.subarray(0, cut));
        pieces.update(whole.subarray(cut));
        const combined = combineCrc(
          kind,
          crcOf(whole.subarray(0, cut)),
          crcOf(whole.subarray(cut)),
          10_000 - cut,
        );
        expect(pieces.value()).toBe(crcOf(whole));
        expect(combined).toBe(crcOf(whole));
      }
    },
  );

  test('text survives being written as XML and read again', () => {
    const odd = 'a<b>&amp;"\'\r\n\t\u0001é🙂 ]]>';

    const document = parseXml(xmlDocument('Root', { Key: [odd, 'second'] }), 'Root');

    expect(document.children.map(({ text: content }) => content)).toEqual([odd, 'second']);
  });

  test.each(['', '<Root>', '<Root></Other>', '<Other/>', '</Root>', '<Root><', `${'<Root>'.repeat(20)}`])(
    'bad call: %j is not the document',
    (broken) => {
      expect(() => parseXml(broken, 'Root')).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
    },
  );
});
