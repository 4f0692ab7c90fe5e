/** Which operation a request asks for: method, what its path names, and the subresources in its query. */
import type { Operation } from '../wire/exchange.ts';
import { s3Error } from '../wire/s3-error.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { copyObject } from './copy-object.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './multipart.ts';
import { getObjectAttributes, readObject } from './read-object.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './tagging.ts';
import { deleteObject, deleteObjects, putObject } from './write-object.ts';

const routes: Readonly<Record<string, Operation>> = {
  'GET service': listBuckets,
  'PUT bucket': createBucket,
  'HEAD bucket': headBucket,
  'DELETE bucket': deleteBucket,
  'GET bucket?location': getBucketLocation,
  'GET bucket': listObjects,
  'GET bucket?list-type': listObjectsV2,
  'GET bucket?uploads': listMultipartUploads,
  'POST bucket?delete': deleteObjects,
  'GET object': readObject,
  'HEAD object': readObject,
  'GET object?partNumber': readObject,
  'HEAD object?partNumber': readObject,
  'GET object?attributes': getObjectAttributes,
  'PUT object': putObject,
  'PUT object copy': copyObject,
  'DELETE object': deleteObject,
  'GET object?tagging': getObjectTagging,
  'PUT object?tagging': putObjectTagging,
  'DELETE object?tagging': deleteObjectTagging,
  'POST object?uploads': createMultipartUpload,
  'PUT object?partNumber&uploadId': uploadPart,
  'PUT object?partNumber&uploadId copy': uploadPartCopy,
  'POST object?uploadId': completeMultipartUpload,
  'DELETE object?uploadId': abortMultipartUpload,
  'GET object?uploadId': listParts,
};

/** Query parameters that make a request mean something else; the others only modify it. */
const subresources = new Set(
  (
    'accelerate acl analytics append attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle ' +
    'list-type location logging metadataConfiguration metadataTable metrics notification object-lock ownershipControls ' +
    'partNumber policy policyStatus publicAccessBlock renameObject replication requestPayment restore retention select ' +
    'session tagging torrent uploadId uploads versionId versioning versions website'
  ).split(' '),
);

/**
 * Finds the operation.
 *
 * @throws NotImplemented for every part of S3 that this server does not do, MethodNotAllowed for no part of S3
 */
export function findOperation(request: {
  readonly method: string;
  readonly bucket: string | null;
  readonly key: string | null;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
}): Operation {
  const { method, bucket, key, query, headers } = request;
  if (!['GET', 'HEAD', 'PUT', 'POST', 'DELETE'].includes(method)) throw s3Error('MethodNotAllowed');
  const scope = bucket === null ? 'service' : key === null ? 'bucket' : 'object';
  const present = [...query.keys()].filter((name) => subresources.has(name)).sort();
  const copy = headers.has('x-amz-copy-source') ? ' copy' : '';
  const name = `${method} ${scope}${present.length > 0 ? '?' : ''}${present.join('&')}${copy}`;
  const operation = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (!operation) throw s3Error('NotImplemented', `This server does not implement "${name}".`);
  return operation;
}
