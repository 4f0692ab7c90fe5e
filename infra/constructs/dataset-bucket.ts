/** A bucket for data: private, encrypted, versioned, over TLS only, with its events on EventBridge. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeWildcards, type Right } from './rights.ts';

/** Settings of a bucket. */
export interface DatasetBucketProps {
  /** Absent: the key that S3 keeps in KMS for the account, which costs nothing. */
  readonly encryptionKey?: IKey | undefined;
  readonly accessLogs: Bucket;
  /** Prefix of its lines in the bucket of access logs. */
  readonly logPrefix: string;
  readonly removal: 'destroy' | 'retain';
  /** Days until replaced and deleted objects are gone for good. */
  readonly noncurrentDays: number;
  /** Prefix -> days after which what is below it is removed, and a day later gone for good. */
  readonly expiryDays?: Readonly<Record<string, number>>;
}

/** What a function does with objects below prefixes of a bucket. */
export interface ObjectRights {
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly delete?: readonly string[];
}

/**
 * A bucket for data and the rights on it.
 *
 * @example
 * const data = new DatasetBucket(this, 'Data', { accessLogs, logPrefix: 'data/', removal: 'retain', noncurrentDays: 30 });
 * for (const right of data.rights({ read: ['datasets/*'] })) allow(role, right);
 */
export class DatasetBucket extends Construct {
  readonly bucket: Bucket;
  readonly #key: IKey | undefined;

  constructor(scope: Construct, id: string, props: DatasetBucketProps) {
    super(scope, id);
    const { encryptionKey, accessLogs, logPrefix, removal } = props;
    this.#key = encryptionKey;
    this.bucket = new Bucket(this, 'Bucket', {
      ...(encryptionKey
        ? { encryption: BucketEncryption.KMS, encryptionKey }
        : { encryption: BucketEncryption.KMS_MANAGED }),
      // One request to KMS for many objects.
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      serverAccessLogsBucket: accessLogs as IBucket,
      serverAccessLogsPrefix: logPrefix,
      lifecycleRules: lifecycleRules(props),
      removalPolicy: removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    acknowledgeWildcards(
      accessLogs,
      [accessLogs.arnForObjects(`${logPrefix}*`)],
      'S3 itself writes the access logs of this bucket below their prefix, and names the files.',
    );
    // Said in the bucket itself: the property of the class would add a function that says it.
    (this.bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }

  /**
   * The rights to work with objects below these prefixes, written as `models/*`. With them comes the right to list the
   * bucket, without which S3 answers for an object that is not there as for one that is forbidden.
   */
  rights({ read = [], write = [], delete: removed = [] }: ObjectRights): Right[] {
    const objects = (action: string, patterns: readonly string[]): Right[] =>
      patterns.length === 0
        ? []
        : [
            {
              actions: [action],
              resources: patterns.map((pattern) => this.bucket.arnForObjects(pattern)),
              reason: 'The names of models, data sets, runs and jobs are chosen by users while it runs.',
            },
          ];
    return [
      { actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] },
      ...objects('s3:GetObject', read),
      ...objects('s3:PutObject', write),
      ...objects('s3:DeleteObject', removed),
      ...this.#keyRights(read.length > 0, write.length > 0),
    ];
  }

  /** The account's own key of S3 needs no rights: whoever may use the bucket may use it. */
  #keyRights(reads: boolean, writes: boolean): Right[] {
    const actions = [...(reads ? ['kms:Decrypt'] : []), ...(writes ? ['kms:GenerateDataKey'] : [])];
    return this.#key && actions.length > 0 ? [{ actions, resources: [this.#key.keyArn] }] : [];
  }
}

function lifecycleRules({ noncurrentDays, expiryDays = {} }: DatasetBucketProps): LifecycleRule[] {
  const days = Duration.days;
  return [
    {
      id: 'gone-for-good',
      abortIncompleteMultipartUploadAfter: days(1),
      noncurrentVersionExpiration: days(noncurrentDays),
      expiredObjectDeleteMarker: true,
    },
    ...Object.entries(expiryDays).map(([prefix, after]) => ({
      id: `expire-${prefix.replace(/\/$/, '')}`,
      prefix,
      expiration: days(after),
      noncurrentVersionExpiration: days(1),
    })),
  ];
}
