/** The Python that runs the S3 clients of Amazon: that of the oracle suite, with boto3 and the AWS command line added. */
import { spawnSync } from 'node:child_process';
import { ensurePython } from '../oracle/python.ts';

const packages = ['boto3==1.44.5', 'awscli==1.46.3'];

/**
 * The Python to use. `ONRAMP_PYTHON` must have the packages; the suite's own environment gets them.
 *
 * @throws Error that says what is missing
 */
export function ensureS3Clients(): string {
  const python = ensurePython();
  if (spawnSync(python, ['-c', 'import boto3, awscli'], { stdio: 'ignore' }).status === 0) return python;
  if (process.env.ONRAMP_PYTHON)
    throw new Error(`ONRAMP_PYTHON=${python} lacks one of ${packages.join(', ')}`);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  const { status, stderr } = spawnSync(python, install, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the S3 clients could not be installed: ${stderr.trim()}`);
  return python;
}
