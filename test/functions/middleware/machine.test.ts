import { availableParallelism, totalmem } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { describeMachine, functionMemoryMb, memoryHereBytes } from '../../../functions/middleware/machine.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a function has its own memory, and a processor for every 1769 MB of it', () => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', '1024');

  const machine = describeMachine();

  expect([functionMemoryMb(), memoryHereBytes()]).toEqual([1024, 1_073_741_824]);
  expect(machine).toMatchObject({ memory_mb: 1024, processors: 1024 / 1769 });
});

test.each([undefined, ''])('with %j for the size of a function, the machine is what there is', (size) => {
  vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', size);

  const machine = describeMachine();

  expect([functionMemoryMb(), memoryHereBytes()]).toEqual([null, totalmem()]);
  expect(machine).toMatchObject({
    memory_mb: Math.floor(totalmem() / 1_048_576),
    processors: availableParallelism(),
  });
});
