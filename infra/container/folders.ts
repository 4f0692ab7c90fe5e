/** The folders of SageMaker's contract with a container. */
import { join } from 'node:path';

/** Where SageMaker puts what a container reads, and looks for what it leaves. */
export interface ContainerFolders {
  /** The extracted `model.tar.gz` when serving; what becomes one after a training. */
  readonly model: string;
  /** The parameters of a training: one object of texts. */
  readonly hyperparameters: string;
  /** Why a training failed: the first 1,024 characters are shown as its reason. */
  readonly failure: string;
}

/**
 * The folders below `/opt/ml`, or below `SAGEMAKER_BASE_DIR`, by which SageMaker's own toolkits move them for tests.
 *
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
 */
export function containerFolders(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ContainerFolders {
  const base = environment.SAGEMAKER_BASE_DIR || '/opt/ml';
  return {
    model: join(base, 'model'),
    hyperparameters: join(base, 'input', 'config', 'hyperparameters.json'),
    failure: join(base, 'output', 'failure'),
  };
}
