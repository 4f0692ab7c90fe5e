/** The machine a function runs on, in the words of the records. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { ServingMeasure } from '../../lib/contracts/serving.ts';
import { mbOfOneProcessor } from '../../lib/cost/index.ts';

const bytesOfMb = 1_048_576;

/** What Lambda says that this function has; `null` elsewhere. */
export function functionMemoryMb(): number | null {
  const memoryMb = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '');
  return memoryMb > 0 ? memoryMb : null;
}

/** Memory of the function, elsewhere of the whole machine. */
export function memoryHereBytes(): number {
  const memoryMb = functionMemoryMb();
  return memoryMb === null ? totalmem() : memoryMb * bytesOfMb;
}

/** On Lambda the function's own size, elsewhere the machine's. */
export function describeMachine(): ServingMeasure['measured_on'] {
  const functionMb = functionMemoryMb();
  const processors = availableParallelism();
  return {
    processor: cpus()[0]?.model.trim() || 'unknown',
    architecture: process.arch,
    processors: functionMb === null ? processors : Math.min(processors, functionMb / mbOfOneProcessor),
    memory_mb: Math.floor(memoryHereBytes() / bytesOfMb),
  };
}
