/** The environment that the functions see on one machine: the cloud's variables, with the endpoint on loopback. */
import { devNull } from 'node:os';
import { environmentNames } from '../../lib/contracts/environment.ts';
import {
  localBuckets,
  localCredentials,
  localFunctions,
  localRegion,
  localSchedules,
  localTraining,
} from './config.ts';

/** What differs between the processes. */
export interface EnvironmentOptions {
  readonly functionName: string;
  /** Address of the local object store. */
  readonly s3Url: string;
  /** Address of the local scheduler. */
  readonly schedulerUrl: string;
  /** Address of the local training jobs; those themselves start no others. */
  readonly sagemakerUrl?: string;
  /** Address of the runtime of the local endpoints; those themselves ask no others. */
  readonly runtimeUrl?: string;
  /** Address of the functions that others ask; those themselves ask no others. */
  readonly lambdaUrl?: string;
  /** The models that answer behind endpoints, as `ONRAMP_ENDPOINTS` has them. */
  readonly endpointModels?: string;
  /** Folder for temporary files, as `/tmp` is on Lambda. */
  readonly temporaryFolder: string;
}

/**
 * The environment of a function's process: the platform's own, without any AWS setting of the user's shell, since a
 * session token or a profile from there would spoil the requests to the local store.
 */
export function functionEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  options: EnvironmentOptions,
): Record<string, string> {
  const { functionName, s3Url, schedulerUrl, temporaryFolder } = options;
  const { sagemakerUrl, runtimeUrl, lambdaUrl, endpointModels } = options;
  const kept = Object.entries(inherited).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(AWS|ONRAMP|POWERTOOLS)_/.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    TMPDIR: temporaryFolder,
    TZ: 'UTC',
    [environmentNames.dataBucket]: localBuckets.data,
    [environmentNames.artifactBucket]: localBuckets.artifacts,
    [environmentNames.scheduleGroup]: localSchedules.group,
    [environmentNames.scheduleRoleArn]: localSchedules.roleArn,
    [environmentNames.evaluateQueueArn]: localSchedules.queueArn,
    ...(sagemakerUrl !== undefined && {
      AWS_ENDPOINT_URL_SAGEMAKER: sagemakerUrl,
      [environmentNames.trainingImage]: localTraining.image,
      [environmentNames.trainingRoleArn]: localTraining.roleArn,
    }),
    ...(runtimeUrl !== undefined && { AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: runtimeUrl }),
    ...(lambdaUrl !== undefined && {
      AWS_ENDPOINT_URL_LAMBDA: lambdaUrl,
      [environmentNames.prepareFunction]: localFunctions.prepare,
    }),
    ...(endpointModels && { [environmentNames.endpoints]: endpointModels }),
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3Url,
    AWS_ENDPOINT_URL_SCHEDULER: schedulerUrl,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    POWERTOOLS_SERVICE_NAME: 'onramp',
    POWERTOOLS_METRICS_NAMESPACE: 'Onramp',
    POWERTOOLS_LOG_LEVEL: 'INFO',
  };
}

/** Makes an environment this process's own, and removes what the user's shell says of AWS. */
export function adoptEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name];
  }
  Object.assign(process.env, environment);
}
