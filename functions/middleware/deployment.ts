/** Where predictions are made, as control needs to know it to say what they cost. */
import { environmentNames } from '../../lib/contracts/environment.ts';
import { internal } from '../../lib/core/index.ts';
import { type Deployment, defaultDeployment } from '../../lib/cost/index.ts';

/**
 * Reads the deployment of predict; what is not set is as the functions are deployed by default.
 *
 * @throws internal `environment_invalid`, naming the variable that is malformed
 */
export function readDeployment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Deployment {
  const { predictMemory, predictArchitecture } = environmentNames;
  const { AWS_REGION: region } = variables;
  const memory = variables[predictMemory] || String(defaultDeployment.memoryMb);
  const architecture = variables[predictArchitecture] || defaultDeployment.architecture;
  const memoryMb = Number(memory);
  if (!/^\d+$/.test(memory) || memoryMb < 128 || memoryMb > 10_240) {
    throw invalid(`${predictMemory} is "${memory}", which is not a number of megabytes from 128 to 10240`);
  }
  if (architecture !== 'arm64' && architecture !== 'x64') {
    throw invalid(`${predictArchitecture} is "${architecture}", which is neither arm64 nor x64`);
  }
  return { region: region || defaultDeployment.region, memoryMb, architecture };
}

const invalid = (fault: string): Error => internal(`Environment: ${fault}.`, { code: 'environment_invalid' });
