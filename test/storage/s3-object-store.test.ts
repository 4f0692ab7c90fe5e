import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ObjectServer, startObjectServer } from '../../infra/local/s3/index.ts';
import { createS3ObjectStore, type ObjectStore } from '../../lib/storage/index.ts';
import { describeObjectStore } from './object-store.contract.ts';

const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
const buckets = Array.from({ length: 40 }, (_, index) => `bucket-${index}`);

let directory: string;
let server: ObjectServer;
let client: S3Client;
let used = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 's3-object-store-'));
  server = await startObjectServer({ directory: join(directory, 's3'), port: 0, buckets, credentials });
  const silent = (): void => {};
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  client = new S3Client({ region: 'us-east-1', endpoint: server.url, credentials, logger });
  client.middlewareStack.add(
    (next) => (args) =>
      next('Prefix' in args.input ? { ...args, input: { ...args.input, MaxKeys: 100 } } : args),
    { step: 'initialize', name: 'smallPages' },
  );
});

afterAll(async () => {
  client.destroy();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function makeStore(): Promise<ObjectStore> {
  used += 1;
  return createS3ObjectStore({ bucket: buckets[used]!, client });
}

describeObjectStore('S3', makeStore);

const streamOf = (text: string): ReadableStream => new Blob([text]).stream();

describe('presigned addresses', () => {
  it('let anybody upload a file of any content, once the address is known', async () => {
    const store = await makeStore();

    const { url, headers } = await store.presign('PUT', 'datasets/heart/uploads/my file+é.csv');
    const answer = await fetch(url, { method: 'PUT', headers, body: 'a,b\n1,2\n' });

    expect(answer.status).toBe(200);
    const stored = await store.get('datasets/heart/uploads/my file+é.csv');
    expect(Buffer.from(stored!.body).toString()).toBe('a,b\n1,2\n');
  });

  it('let anybody download an object under a name of our choice', async () => {
    const store = await makeStore();
    await store.put('artifacts/1', 'model');

    const { url } = await store.presign('GET', 'artifacts/1', { fileName: 'heart "v1" é.onnx' });
    const answer = await fetch(url);

    expect(await answer.text()).toBe('model');
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="heart _v1_ _.onnx"; filename*=UTF-8\'\'heart%20%22v1%22%20%C3%A9.onnx',
    );
  });

  it('bad call: the address of one object does not open another, nor another verb', async () => {
    const store = await makeStore();
    await store.put('a', 'x');
    const { url } = await store.presign('GET', 'a');

    const other = await fetch(url.replace('/a?', '/b?'));
    const write = await fetch(url, { method: 'PUT', body: 'y' });

    expect(other.status).toBe(403);
    expect(write.status).toBe(403);
  });

  it('bad call: a body of another size than the address was made for', async () => {
    const store = await makeStore();
    const { url, headers } = await store.presign('PUT', 'a', { sizeBytes: 4 });

    const larger = await fetch(url, { method: 'PUT', body: '12345' });
    const smaller = await fetch(url, { method: 'PUT', body: '123' });
    const unmeasured = await fetch(url, { method: 'PUT', body: streamOf('12345'), duplex: 'half' });
    const absent = await store.head('a');
    const right = await fetch(url, { method: 'PUT', headers, body: '1234' });

    expect([larger.status, smaller.status, unmeasured.status, absent]).toEqual([403, 403, 403, null]);
    expect([right.status, (await store.head('a'))?.sizeBytes]).toEqual([200, 4]);
  });

  it('take a file of no bytes', async () => {
    const store = await makeStore();
    const { url, headers } = await store.presign('PUT', 'empty', { sizeBytes: 0 });

    const answer = await fetch(url, { method: 'PUT', headers, body: '' });

    expect([answer.status, (await store.head('empty'))?.sizeBytes]).toEqual([200, 0]);
  });

  it('expire as asked', async () => {
    const store = await makeStore();

    const { url } = await store.presign('GET', 'a', { expiresInSeconds: 60 });

    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('60');
  });
});

describe('failures', () => {
  it('a missing bucket is a failure and not an absent object', async () => {
    const store = createS3ObjectStore({ bucket: 'not-there', client });
    const path = join(directory, 'file');
    await writeFile(path, 'x');

    const calls: (() => Promise<unknown>)[] = [
      () => store.get('k'),
      () => store.put('k', 'x'),
      () => store.upload('k', path),
      () => store.download('k', path),
      () => store.list('k')[Symbol.asyncIterator]().next(),
    ];

    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ kind: 'upstream', code: 'object_store_failed' });
    }
  });

  it('a server that cannot be reached is a failure that keeps its cause', async () => {
    const nobody = new S3Client({
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:1',
      credentials,
      maxAttempts: 1,
    });
    const store = createS3ObjectStore({ bucket: 'b', client: nobody });

    const failure = await store.get('k').catch((error: unknown) => error);

    expect(failure).toMatchObject({
      kind: 'upstream',
      message: expect.stringMatching(/cannot read "k" in bucket "b"/),
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    });
  });
});

/** A client whose calls are answered by the given statuses in turn; the last one stays. */
function answering(...statuses: number[]): { readonly client: S3Client; calls(): number } {
  let calls = 0;
  const stub = new S3Client({
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:1',
    credentials,
    maxAttempts: 1,
  });
  stub.middlewareStack.add(
    () => async () => {
      const status = statuses[Math.min(calls, statuses.length - 1)]!;
      calls += 1;
      const $metadata = { httpStatusCode: status };
      if (status === 200) return { response: {}, output: { ETag: '"e"', $metadata } };
      throw Object.assign(new Error(`status ${status}`), { $metadata });
    },
    { step: 'initialize', priority: 'high' },
  );
  return { client: stub, calls: () => calls };
}

describe('answers of S3 to a conditional write', () => {
  it.each([
    ['412: the condition does not hold', [412], null, 1],
    ['409: asked again, then written', [409, 409, 200], { etag: '"e"' }, 3],
    ['409: asked again, then refused', [409, 412], null, 2],
    ['409 every time: refused after a few', [409], null, 4],
  ])('%s', async (_what, statuses, expected, calls) => {
    const stub = answering(...statuses);
    const store = createS3ObjectStore({ bucket: 'b', client: stub.client });

    expect(await store.put('k', 'x', { ifAbsent: true })).toEqual(expected);
    expect(stub.calls()).toBe(calls);
  });

  it('a file is sent again after a server error, as a stream the SDK cannot repeat', async () => {
    const stub = answering(503, 200);
    const store = createS3ObjectStore({ bucket: 'b', client: stub.client });
    const path = join(directory, 'again');
    await writeFile(path, 'x');

    expect(await store.upload('k', path)).toEqual({ etag: '"e"' });
    expect(stub.calls()).toBe(2);
  });

  it('bad call: a refusal that is no race is a failure at once', async () => {
    const stub = answering(403);
    const store = createS3ObjectStore({ bucket: 'b', client: stub.client });

    await expect(store.put('k', 'x')).rejects.toMatchObject({ kind: 'upstream' });
    expect(stub.calls()).toBe(1);
  });

  it('leaves no half file when a download breaks off', async () => {
    const store = await makeStore();
    await store.put('big', Buffer.alloc(100_000));
    const cut = createS3ObjectStore({ bucket: buckets[used]!, client: cutting() });
    const folder = await mkdtemp(join(directory, 'cut-'));

    await expect(cut.download('big', join(folder, 'file'))).rejects.toMatchObject({ kind: 'upstream' });
    expect(await readdir(folder)).toEqual([]);
  });
});

/** A client whose answers break off after the first bytes. */
function cutting(): S3Client {
  const stub = new S3Client({ region: 'us-east-1', endpoint: server.url, credentials, maxAttempts: 1 });
  stub.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { Body } = answer.output as { Body: NodeJS.ReadableStream & { destroy(error: Error): void } };
      setImmediate(() => Body.destroy(new Error('connection lost')));
      return answer;
    },
    { step: 'initialize' },
  );
  return stub;
}
