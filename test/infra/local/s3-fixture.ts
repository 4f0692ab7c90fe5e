/** What the tests of the local object server share. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import {
  type ObjectServer,
  type ObjectServerOptions,
  startObjectServer,
} from '../../../infra/local/s3/index.ts';

export const credentials = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
export const Bucket = 'data';

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'onramp-s3-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A client that tries once. */
export function connect(endpoint: string): S3Client {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

/** A server that is closed after the test, unless the test closes it. */
export async function startServer(
  directory: string,
  options: Partial<ObjectServerOptions> = {},
): Promise<ObjectServer & { readonly client: S3Client }> {
  const server = await startObjectServer({ directory, port: 0, buckets: [Bucket], credentials, ...options });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= server.close();
    return closing;
  };
  onTestFinished(close);
  return { ...server, close, client: connect(server.url) };
}
