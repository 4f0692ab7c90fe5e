/** The API of SageMaker's training jobs on loopback: three operations of AWS JSON 1.1. */
import * as z from 'zod';
import {
  AwsRefusal,
  type AwsRequest,
  type AwsServer,
  type AwsServerOptions,
  invalidValue,
  parseJson,
  startAwsServer,
} from '../aws/index.ts';
import type { TrainingEngine } from './engine.ts';
import { createTrainingJob } from './job-table.ts';

/** How the server runs. */
export interface TrainingServerOptions
  extends Pick<AwsServerOptions, 'credentials' | 'host' | 'port' | 'now' | 'report'> {
  readonly engine: TrainingEngine;
}

const bodyLimitBytes = 1_048_576;
const named = z.object({ TrainingJobName: z.string() });

/** Starts the server; the clients find it by `AWS_ENDPOINT_URL_SAGEMAKER`. */
export function startTrainingServer({ engine, ...rest }: TrainingServerOptions): Promise<AwsServer> {
  return startAwsServer({
    ...rest,
    service: 'sagemaker',
    failure: 'InternalFailure',
    bodyLimitBytes,
    answer: async (request) => answer(request, engine),
  });
}

function answer({ headers, body }: AwsRequest, engine: TrainingEngine): object {
  switch (headers['x-amz-target']) {
    case 'SageMaker.CreateTrainingJob':
      return { TrainingJobArn: engine.create(read(createTrainingJob, body)).TrainingJobArn };
    case 'SageMaker.DescribeTrainingJob':
      return engine.describe(read(named, body).TrainingJobName);
    case 'SageMaker.StopTrainingJob':
      engine.stop(read(named, body).TrainingJobName);
      return {};
    default:
      throw new AwsRefusal(
        'UnknownOperationException',
        'Only training jobs are answered here: create, describe or stop one.',
      );
  }
}

function read<T>(schema: z.ZodType<T>, body: Buffer): T {
  const { success, error, data } = schema.safeParse(parseJson(body));
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw invalidValue(path.join('.'), message);
}
