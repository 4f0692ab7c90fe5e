/** The object store on Amazon S3 or anything that speaks its protocol with conditional writes. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { conditionalGet } from './conditional-get.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Connection } from './s3-connection.ts';
import { createDirectReader } from './s3-direct.ts';
import { listKeys, listPrefixes } from './s3-listing.ts';
import { presignRequest } from './s3-presign.ts';
import { readInfo, readIntoFile, readRange, readWhole } from './s3-read.ts';
import { removeObject, writeObject } from './s3-write.ts';

/** Which bucket, and through which client. */
export interface S3ObjectStoreOptions {
  readonly bucket: string;
  /** Default: one client for the process, configured by AWS's own environment variables. */
  readonly client?: S3Client;
  /** AWS's variables; in the environment of a Lambda function objects are read without the SDK. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * One bucket as an object store. The SDK is loaded by the first call that needs it; `get` rarely does.
 *
 * @throws upstream `object_store_failed` for every answer that is neither success nor a refused condition
 * @example const artifacts = createS3ObjectStore({ bucket: 'onramp-artifacts' });
 */
export function createS3ObjectStore({
  bucket,
  client,
  environment = client ? {} : process.env,
}: S3ObjectStoreOptions): ObjectStore {
  const direct = createDirectReader(bucket, environment);
  let connection: Promise<S3Connection> | undefined;
  const connect = (): Promise<S3Connection> => {
    connection ??= import('./s3-sdk.ts').then((sdk) => ({
      bucket,
      sdk,
      client: client ?? sdk.sharedClient(),
    }));
    return connection;
  };

  const get = conditionalGet(async (key, ifNoneMatch) => {
    const found = await direct?.get(key, ifNoneMatch);
    return found === undefined ? readWhole(await connect(), key, ifNoneMatch) : found;
  });

  return {
    get,
    getRange: async (key, start, end) => readRange(await connect(), key, { start, end }),
    head: async (key) => readInfo(await connect(), key),
    put: async (key, content, options = {}) => {
      const body = typeof content === 'string' ? Buffer.from(content) : content;
      return writeObject(await connect(), key, {
        ...options,
        body: () => ({ Body: body, ContentLength: body.length }),
      });
    },
    download: async (key, path) => readIntoFile(await connect(), key, path),
    upload: async (key, path, options = {}) => {
      const { size } = await stat(path);
      const body = () => ({ Body: createReadStream(path), ContentLength: size });
      return writeObject(await connect(), key, { ...options, body, streamed: true });
    },
    delete: async (key) => removeObject(await connect(), key),
    list: (prefix) => listKeys(connect, prefix),
    listFolders: (prefix) => listPrefixes(connect, prefix),
    presign: async (method, key, options = {}) =>
      presignRequest(await connect(), { method, key, ...options }),
  };
}
