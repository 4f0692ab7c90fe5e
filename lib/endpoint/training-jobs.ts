/** SageMaker training jobs: started for a run, looked at, stopped. */
import type {
  CreateTrainingJobCommandInput,
  DescribeTrainingJobCommandOutput,
  SageMakerClient,
  TrainingInstanceType,
} from '@aws-sdk/client-sagemaker';
import { artifactKeys } from '../contracts/keys.ts';
import { upstream } from '../core/index.ts';
import { type JobIdentity, trainingJobName } from './job-name.ts';

/** What a training job is started for. */
export interface TrainingJobDraft {
  /** 1 to 63 letters, digits and `-`; unique in the account and the region for ever. */
  readonly name: string;
  readonly model: string;
  readonly run: string;
}

/** What SageMaker says of a job, in its own words. */
export interface TrainingJobState {
  /** `InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`. */
  readonly status: string;
  /** Finer than the status: `MaxRuntimeExceeded` of a job that took too long. */
  readonly secondary: string;
  /** Why it failed; empty unless it did. */
  readonly reason: string;
}

/** Training jobs of one installation. */
export interface TrainingJobs {
  /** The name of a run's job: the same for the same run, so that it has one job however often it is started. */
  nameFor(run: Omit<JobIdentity, 'bucket'>): string;
  /**
   * Starts a job. A job of this name that exists already is left as it is.
   *
   * @throws upstream with SageMaker's own words: `training_job_refused` for what trying again does not mend,
   *   `training_job_delayed` for a limit that is used up and for faults of the service
   */
  start(job: TrainingJobDraft): Promise<void>;
  /** What became of a job, or `null` if there is none of this name. */
  describe(name: string): Promise<TrainingJobState | null>;
  /** Stops a job; nothing happens if it has ended already or never was. */
  stop(name: string): Promise<void>;
}

/** What every job of an installation is started with. */
export interface TrainingJobSettings {
  /** Address of the container image in ECR. */
  readonly image: string;
  /** What the job may do: read and write the buckets, write logs, read the image. */
  readonly roleArn: string;
  /** For example `ml.m5.2xlarge`; of the x86 kinds, as SageMaker trains on no other. */
  readonly instance: string;
  /** Bucket of everything Onramp makes; what the job leaves in `/opt/ml/model` goes there too. */
  readonly bucket: string;
  /** KMS key for that output. */
  readonly keyArn?: string;
  /** Environment of the container: values are at most 512 characters. */
  readonly environment: Readonly<Record<string, string>>;
}

/** SageMaker's own default; a training that takes longer has got lost. */
const maxRuntimeSeconds = 86_400;
/** Room for the image's temporary files: the table once as Parquet and once as DuckDB's spill. */
const volumeGb = 50;
/** Faults of SageMaker itself; those of the training come again. */
const maxRetries = 2;

/**
 * Training jobs by SageMaker. The SDK is loaded by the first call.
 *
 * @param client one with settings of its own; default: one for the whole process, as AWS's environment says
 */
export function createTrainingJobs(settings: TrainingJobSettings, client?: SageMakerClient): TrainingJobs {
  return {
    nameFor: (run) => trainingJobName({ ...run, bucket: settings.bucket }),
    start: async (job) => {
      const { CreateTrainingJobCommand, sharedClient } = await import('./sagemaker-sdk.ts');
      try {
        await (client ?? sharedClient()).send(new CreateTrainingJobCommand(requestOf(settings, job)));
      } catch (error) {
        if (nameOf(error) !== 'ResourceInUse') throw refused(`start the training job "${job.name}"`, error);
      }
    },
    describe: async (name) => {
      const { DescribeTrainingJobCommand, sharedClient } = await import('./sagemaker-sdk.ts');
      try {
        return stateOf(
          await (client ?? sharedClient()).send(new DescribeTrainingJobCommand({ TrainingJobName: name })),
        );
      } catch (error) {
        if (isUnknownJob(error)) return null;
        throw refused(`describe the training job "${name}"`, error);
      }
    },
    stop: async (name) => {
      const { StopTrainingJobCommand, sharedClient } = await import('./sagemaker-sdk.ts');
      try {
        await (client ?? sharedClient()).send(new StopTrainingJobCommand({ TrainingJobName: name }));
      } catch (error) {
        // A job that has ended is refused by the same name as one that never was.
        if (!['ResourceNotFound', 'ValidationException'].includes(nameOf(error))) {
          throw refused(`stop the training job "${name}"`, error);
        }
      }
    },
  };
}

/**
 * The request for a job. There is no input channel: the container reads the very objects that the function would, and a
 * channel would copy the table a second time, at a place of its own.
 */
function requestOf(
  settings: TrainingJobSettings,
  { name, model, run }: TrainingJobDraft,
): CreateTrainingJobCommandInput {
  const { image, roleArn, instance, bucket, keyArn, environment } = settings;
  return {
    TrainingJobName: name,
    RoleArn: roleArn,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    // Values are texts, whatever they mean.
    HyperParameters: { model, run },
    Environment: { ...environment },
    OutputDataConfig: {
      S3OutputPath: `s3://${bucket}/${artifactKeys.trainingOutputs()}`,
      ...(keyArn !== undefined && { KmsKeyId: keyArn }),
    },
    ResourceConfig: {
      InstanceType: instance as TrainingInstanceType,
      InstanceCount: 1,
      VolumeSizeInGB: volumeGb,
    },
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSeconds },
    RetryStrategy: { MaximumRetryAttempts: maxRetries },
    Tags: [
      { Key: 'onramp:model', Value: model },
      { Key: 'onramp:run', Value: run },
    ],
  };
}

function stateOf({
  TrainingJobStatus,
  SecondaryStatus,
  FailureReason,
}: DescribeTrainingJobCommandOutput): TrainingJobState {
  return {
    status: TrainingJobStatus ?? '',
    secondary: SecondaryStatus ?? '',
    reason: FailureReason ?? '',
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** The reference promises `ResourceNotFound`; what the service sends is a `ValidationException` in these words. */
const isUnknownJob = (error: unknown): boolean =>
  nameOf(error) === 'ResourceNotFound' ||
  (nameOf(error) === 'ValidationException' && /resource not found/i.test((error as Error).message));

/** Refusals of a request that is right, by the names that SageMaker and its front give them. */
const passing = /^(ResourceLimitExceeded|Throttling\w*|TooManyRequestsException|RequestLimitExceeded)$/;

function refused(what: string, cause: unknown): Error {
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const { $fault: fault } = cause as { readonly $fault?: unknown };
  const isLasting = fault === 'client' && !passing.test(nameOf(cause));
  const code = isLasting ? 'training_job_refused' : 'training_job_delayed';
  return upstream(`SageMaker: cannot ${what}: ${reason}`, { code, cause });
}
