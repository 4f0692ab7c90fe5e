/** The two buckets with everything that is kept, and the log of who touched them. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { jobLimits } from '../../lib/contracts/jobs.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { StageConfig } from '../config.ts';
import { DatasetBucket } from '../constructs/dataset-bucket.ts';
import type { Right } from '../constructs/rights.ts';
import type { FunctionRights } from '../function-rights.ts';

const accessLogDays = 90;
const jobDays = jobLimits.keptMs / 86_400_000;
/** Uploads on their way to become a version are asked for within a day. */
const importDays = 2;
/** What asynchronous endpoints are asked and answer: whoever asked has looked at it long since. */
const endpointDays = 7;
/** What endpoints capture can hold anything that people write: long enough to look at it. */
const captureDays = 30;
/** What SageMaker packs up after a training job; the version has been published by then. */
const trainingOutputDays = 7;
/** A run removes its own when it ends; those of a worker that died and was never replaced are left. */
const checkpointDays = 7;
/** As the marks of runs that were removed with their model. */
const openRunDays = 7;

/** Data set uploads in one bucket, everything that is made of them in the other. */
export class Storage extends Construct {
  readonly data: DatasetBucket;
  readonly artifacts: DatasetBucket;
  /** Absent where the key that S3 keeps for the account is used. */
  readonly key: Key | undefined;

  constructor(scope: Construct, id: string, { encryption, removal, noncurrentDays }: StageConfig) {
    super(scope, id);
    const removalPolicy = removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    this.key =
      encryption === 'customer-managed'
        ? new Key(this, 'Key', { enableKeyRotation: true, removalPolicy })
        : undefined;
    const accessLogs = new Bucket(this, 'AccessLogs', {
      // S3 writes its access logs to no bucket with a key of KMS.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [{ id: 'expire', expiration: Duration.days(accessLogDays) }],
      removalPolicy,
    });
    const common = { encryptionKey: this.key, accessLogs, removal, noncurrentDays };
    this.data = new DatasetBucket(this, 'Data', { ...common, logPrefix: 'data/' });
    this.artifacts = new DatasetBucket(this, 'Artifacts', {
      ...common,
      logPrefix: 'artifacts/',
      expiryDays: {
        [artifactKeys.jobs()]: jobDays,
        [artifactKeys.jobKeys()]: jobDays,
        [artifactKeys.jobUploads()]: jobDays,
        [artifactKeys.endpointJobs()]: jobDays,
        [artifactKeys.imports()]: importDays,
        [artifactKeys.trainingOutputs()]: trainingOutputDays,
        [artifactKeys.checkpoints()]: checkpointDays,
        [artifactKeys.openRuns()]: openRunDays,
        [artifactKeys.endpointInputs()]: endpointDays,
        [artifactKeys.endpointAnswers()]: endpointDays,
        [artifactKeys.endpointCaptures()]: captureDays,
      },
    });
  }

  /** The rights of a function on both buckets. */
  rights({ data, artifacts }: FunctionRights): Right[] {
    return [...(data ? this.data.rights(data) : []), ...(artifacts ? this.artifacts.rights(artifacts) : [])];
  }
}
