/** The presigner of the S3 SDK, apart from the rest because only few requests need it. */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

export { GetObjectCommand, getSignedUrl, PutObjectCommand, S3Client };
