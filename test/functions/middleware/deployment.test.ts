import { expect, it } from 'vitest';
import { readDeployment } from '../../../functions/middleware/deployment.ts';

it('reads the size of predict, and takes the defaults for what is not set', () => {
  const small = {
    ONRAMP_PREDICT_MEMORY_MB: '512',
    ONRAMP_PREDICT_ARCHITECTURE: 'x64',
    AWS_REGION: 'eu-west-1',
  };

  expect(readDeployment(small)).toEqual({ region: 'eu-west-1', memoryMb: 512, architecture: 'x64' });
  expect(readDeployment({})).toEqual({ region: 'us-east-1', memoryMb: 1024, architecture: 'arm64' });
});

it.each([
  ['ONRAMP_PREDICT_MEMORY_MB', 'much'],
  ['ONRAMP_PREDICT_MEMORY_MB', '64'],
  ['ONRAMP_PREDICT_ARCHITECTURE', 'riscv'],
])('bad call: %s is %s', (name, value) => {
  expect(() => readDeployment({ [name]: value })).toThrow(`${name} is "${value}"`);
});
