/** The server under test: this project's own one, or the one the environment names. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { startObjectServer } from '../../../infra/local/s3/index.ts';

/** Where to send requests, and a bucket of one's own. */
export interface Target {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
  readonly client: S3Client;
  /** A further client, for other settings. */
  connect(config?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

/** Connects, starting the own server when no other is named, and makes an empty bucket. */
export async function openTarget(): Promise<Target> {
  const {
    ONRAMP_CONTRACT_ENDPOINT,
    ONRAMP_CONTRACT_ACCESS_KEY: accessKeyId = 'contract-access',
    ONRAMP_CONTRACT_SECRET_KEY: secretAccessKey = 'contract-secret',
    ONRAMP_CONTRACT_REGION: region = 'us-east-1',
  } = process.env;
  const credentials = { accessKeyId, secretAccessKey };
  const own = ONRAMP_CONTRACT_ENDPOINT === undefined ? await startOwn(credentials) : null;
  const endpoint = ONRAMP_CONTRACT_ENDPOINT ?? own!.url;
  const connect = (config: S3ClientConfig = {}): S3Client =>
    new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, ...config });
  const client = connect();
  const bucket = `contract-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const close = async (): Promise<void> => {
    if (!own) await removeBucket(client, bucket);
    client.destroy();
    await own?.close();
  };
  return { endpoint, region, credentials, bucket, client, connect, close };
}

async function startOwn(
  credentials: Target['credentials'],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'onramp-contract-'));
  const server = await startObjectServer({ directory, port: 0, buckets: [], credentials });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Leaves another server as it was found. */
async function removeBucket(client: S3Client, Bucket: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }));
  }
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}

/** What a failed command says: the HTTP status and the S3 error code. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ readonly status: number; readonly code: string }> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === undefined) throw error;
    return { status: $metadata.httpStatusCode, code: name };
  }
  throw new Error('The call succeeded, and a refusal was expected.');
}
