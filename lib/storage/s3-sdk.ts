/** The parts of the S3 SDK in use, by name: loaded on first use, so that a bundler keeps them in a chunk of their own. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { silentLogger } from '../core/index.ts';

export { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand };

let shared: S3Client | undefined;

/** The client all stores of a process share; region, credentials and endpoint come from AWS's own environment. */
export function sharedClient(): S3Client {
  // With a logger of its own the SDK does not write its warnings between our log lines; what fails is thrown anyway.
  shared ??= new S3Client({ logger: silentLogger });
  return shared;
}
