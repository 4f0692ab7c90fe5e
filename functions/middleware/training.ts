/** What the train function trains with: its own limits, and SageMaker for what outgrows them. */
import { environmentNames } from '../../lib/contracts/environment.ts';
import { internal } from '../../lib/core/index.ts';
import { mbOfOneProcessor } from '../../lib/cost/index.ts';
import { createTrainingJobs, type TrainingJobSettings } from '../../lib/endpoint/index.ts';
import type { PipelineContext } from '../../lib/pipeline/index.ts';
import { readEnvironment } from './environment.ts';
import { functionMemoryMb, memoryHereBytes } from './machine.ts';
import { createPipelineContext } from './pipeline.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Lambda's own limit, which the function is given whole. */
const maxSeconds = 900;
/** 4 processors and 16 GB: more memory than the largest function, and no end after 15 minutes. */
const defaultInstance = 'ml.m5.xlarge';

/** The context of the train function, made once from the environment. */
export function createTrainingContext(service: string): PipelineContext {
  const context = createPipelineContext(service);
  const settings = readTrainingJobs();
  const memoryMb = functionMemoryMb();
  return {
    ...context,
    ...(memoryMb !== null && {
      limits: {
        seconds: maxSeconds,
        memoryBytes: memoryHereBytes(),
        processors: Math.min(context.threads, memoryMb / mbOfOneProcessor),
      },
    }),
    ...(settings && { jobs: createTrainingJobs(settings) }),
  };
}

/**
 * Reads how training jobs are started; nothing if `ONRAMP_TRAINING_IMAGE` is not set.
 *
 * @throws internal `environment_invalid`, naming every variable that is missing or malformed
 */
export function readTrainingJobs(variables: Variables = process.env): TrainingJobSettings | undefined {
  const image = variables[environmentNames.trainingImage] ?? '';
  if (image === '') return undefined;
  const { dataBucket, artifactBucket } = readEnvironment(variables);
  const roleArn = variables[environmentNames.trainingRoleArn] ?? '';
  const instance = variables[environmentNames.trainingInstance] || defaultInstance;
  const keyArn = variables[environmentNames.trainingKeyArn] ?? '';
  const faults = [
    /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn)
      ? ''
      : `${environmentNames.trainingRoleArn} is "${roleArn}", which is not the ARN of a role`,
    /^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(instance)
      ? ''
      : `${environmentNames.trainingInstance} is "${instance}", which is not an instance type such as ${defaultInstance}`,
  ].filter((fault) => fault !== '');
  if (faults.length > 0)
    throw internal(`Environment: ${faults.join('; ')}.`, { code: 'environment_invalid' });
  return {
    image,
    roleArn,
    instance,
    bucket: artifactBucket,
    environment: jobEnvironment(variables, { dataBucket, artifactBucket }),
    ...(keyArn !== '' && { keyArn }),
  };
}

/** What the container needs to know that this function knows already. */
function jobEnvironment(
  variables: Variables,
  { dataBucket, artifactBucket }: { readonly dataBucket: string; readonly artifactBucket: string },
): Readonly<Record<string, string>> {
  const handedOn = ['AWS_REGION', 'POWERTOOLS_METRICS_NAMESPACE', 'POWERTOOLS_LOG_LEVEL'];
  const entries = handedOn.flatMap((name) => {
    const value = variables[name] ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(entries),
    [environmentNames.dataBucket]: dataBucket,
    [environmentNames.artifactBucket]: artifactBucket,
  };
}
