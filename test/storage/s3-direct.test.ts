import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ObjectServer, startObjectServer } from '../../infra/local/s3/index.ts';
import { createS3ObjectStore, type ObjectStore } from '../../lib/storage/index.ts';
import { createDirectReader } from '../../lib/storage/s3-direct.ts';
import { describeObjectStore } from './object-store.contract.ts';

const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
const buckets = Array.from({ length: 40 }, (_, index) => `bucket-${index}`);

const lambda = {
  AWS_LAMBDA_FUNCTION_NAME: 'predict',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};

let directory: string;
let server: ObjectServer;
let used = 0;
let sdkReads = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 's3-direct-'));
  server = await startObjectServer({ directory, port: 0, buckets, credentials });
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** A client that counts the objects it is asked for. */
function countingClient(endpoint: string): S3Client {
  const silent = (): void => {};
  const client = new S3Client({
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    region: 'us-east-1',
    endpoint,
    credentials,
    maxAttempts: 1,
    forcePathStyle: true,
  });
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'GetObjectCommand' && !('Range' in args.input)) sdkReads += 1;
        return next('Prefix' in args.input ? { ...args, input: { ...args.input, MaxKeys: 100 } } : args);
      },
    { step: 'initialize', name: 'counting' },
  );
  return client;
}

function makeStore(endpoint = server.url, bucket = buckets[used++]!): ObjectStore {
  const environment = { ...lambda, AWS_ENDPOINT_URL_S3: endpoint };
  return createS3ObjectStore({ bucket, environment, client: countingClient(endpoint) });
}

describeObjectStore('S3, read without the SDK', async () => makeStore());

/** A server that answers in its own way. */
async function serve(listener: RequestListener): Promise<string> {
  const odd: Server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => odd.once('listening', resolve));
  onTestFinished(() => {
    odd.closeAllConnections();
    odd.close();
  });
  return `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
}

describe('reading without the SDK', () => {
  it('is how objects, unchanged ones and absent ones are found, whatever their keys', async () => {
    const store = makeStore();
    const key = "odd/ü +&=?#%2F'(1)*!~/..x";
    const written = await store.put(key, 'content');
    sdkReads = 0;

    const found = await store.get(key);
    const again = await store.get(key, { ifNoneMatch: written!.etag });
    const absent = await store.get(`${key}x`);

    expect(Buffer.from(found!.body).toString()).toBe('content');
    expect([again, absent, sdkReads]).toEqual(['unchanged', null, 0]);
  });

  it('goes on when the server has closed a connection that was kept', async () => {
    let requests = 0;
    const url = await serve((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else response.setHeader('etag', '"e"').end('content');
    });
    const store = makeStore(url, 'b');
    await store.get('k');
    sdkReads = 0;

    const found = await store.get('k');

    expect(Buffer.from(found!.body).toString()).toBe('content');
    expect([requests, sdkReads]).toEqual([3, 0]);
  });

  it.each<[string, RequestListener]>([
    ['a refusal', (_, response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')],
    ['an error of the server', (_, response) => response.writeHead(503).end()],
    [
      'a bucket that is not there',
      (_, response) => response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>'),
    ],
    [
      'half an answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': 10 }).write('half');
        setImmediate(() => request.socket.destroy());
      },
    ],
  ])('expected failure: %s is left to the SDK, which tries again and says why', async (_what, listener) => {
    const store = makeStore(await serve(listener), 'b');
    sdkReads = 0;

    await expect(store.get('k')).rejects.toMatchObject({ kind: 'upstream', code: 'object_store_failed' });

    expect(sdkReads).toBe(1);
  });
});

describe('who may read without the SDK', () => {
  it.each([
    ['a function, by its bucket', 'b', {}],
    [
      'a function whose endpoint is an address of numbers',
      'b',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:9000' },
    ],
    [
      'one with an endpoint for S3 alone, whatever the bucket',
      'b.c',
      { AWS_ENDPOINT_URL_S3: 'https://10.0.0.1' },
    ],
  ])('%s', (_what, bucket, variables) => {
    expect(createDirectReader(bucket, { ...lambda, ...variables })).not.toBeNull();
  });

  it.each([
    ['what is no Lambda function', 'b', { AWS_LAMBDA_FUNCTION_NAME: undefined }],
    ['a function without credentials of its own', 'b', { AWS_ACCESS_KEY_ID: undefined }],
    ['a profile', 'b', { AWS_PROFILE: 'admin' }],
    ['FIPS', 'b', { AWS_USE_FIPS_ENDPOINT: 'true' }],
    ['a bucket whose name is no part of a host name', 'a.b', {}],
    ['a directory bucket', 'b--use1-az4--x-s3', {}],
    ['a partition of its own', 'b', { AWS_REGION: 'cn-north-1' }],
    ['an isolated region', 'b', { AWS_REGION: 'us-iso-east-1' }],
    ['an endpoint with a name', 'b', { AWS_ENDPOINT_URL: 'http://minio:9000' }],
    ['an endpoint of version 6', 'b', { AWS_ENDPOINT_URL: 'http://[::1]:9000' }],
    ['an endpoint below a path', 'b', { AWS_ENDPOINT_URL: 'http://127.0.0.1/s3' }],
    ['no endpoint at all', 'b', { AWS_ENDPOINT_URL: 'none' }],
  ])('bad call: not %s', (_what, bucket, variables) => {
    expect(createDirectReader(bucket, { ...lambda, ...variables })).toBeNull();
  });
});
