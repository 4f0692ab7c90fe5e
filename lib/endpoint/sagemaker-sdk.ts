/** The parts of the SageMaker SDK in use, by name: loaded on first use, so that a bundler keeps them in a chunk of their own. */
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { silentLogger } from '../core/index.ts';

export { CreateTrainingJobCommand, DescribeTrainingJobCommand, StopTrainingJobCommand };

let shared: SageMakerClient | undefined;

/** The client of this process; region, credentials and endpoint come from AWS's own environment. */
export function sharedClient(): SageMakerClient {
  shared ??= new SageMakerClient({ logger: silentLogger });
  return shared;
}
