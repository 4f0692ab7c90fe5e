/** ListBuckets, CreateBucket, HeadBucket, DeleteBucket and GetBucketLocation. */
import { isBucketName } from '../wire/address.ts';
import type { Operation } from '../wire/exchange.ts';
import { s3Error } from '../wire/s3-error.ts';
import { xmlDocument } from '../wire/xml.ts';

export const listBuckets: Operation = ({ disk }, { authorization }) => ({
  status: 200,
  xml: xmlDocument('ListAllMyBucketsResult', {
    Owner: { ID: authorization.accessKeyId },
    Buckets: {
      Bucket: disk.buckets().map(({ name, createdAt }) => ({
        Name: name,
        CreationDate: new Date(createdAt).toISOString(),
      })),
    },
  }),
});

/** The location constraint in the body is not read: there is one place, this machine. */
export const createBucket: Operation = async ({ disk }, { bucket }) => {
  if (!isBucketName(bucket))
    throw s3Error('InvalidBucketName', undefined, { fields: { BucketName: bucket } });
  if (disk.buckets().some(({ name }) => name === bucket)) throw s3Error('BucketAlreadyOwnedByYou');
  await disk.createBucket(bucket);
  return { status: 200, headers: { location: `/${bucket}` } };
};

export const headBucket: Operation = ({ disk, region }, { bucket }) => {
  disk.bucket(bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': region } };
};

export const deleteBucket: Operation = async ({ disk }, { bucket }) => {
  await disk.removeBucket(bucket);
  return { status: 204 };
};

/** The oldest region is written as nothing at all. */
export const getBucketLocation: Operation = ({ disk, region }, { bucket }) => {
  disk.bucket(bucket);
  return { status: 200, xml: xmlDocument('LocationConstraint', region === 'us-east-1' ? '' : region) };
};
