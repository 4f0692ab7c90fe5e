/** What every verb of the S3 store needs: the bucket, the client, and the lazily loaded SDK. */
import type { S3Client } from '@aws-sdk/client-s3';

export interface S3Connection {
  readonly bucket: string;
  readonly client: S3Client;
  readonly sdk: typeof import('./s3-sdk.ts');
}
