/** The machine a function runs on, in the words of the records. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { ServingMeasure } from '../../lib/contracts/serving.ts';
import { mbOfOneProcessor } from '../../lib/cost/index.ts';

/** On Lambda the function's own size, elsewhere the machine's. */
export function describeMachine(): ServingMeasure['measured_on'] {
  const functionMb = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? '');
  const isFunction = functionMb > 0;
  const processors = availableParallelism();
  return {
    processor: cpus()[0]?.model.trim() || 'unknown',
    architecture: process.arch,
    processors: isFunction ? Math.min(processors, functionMb / mbOfOneProcessor) : processors,
    memory_mb: isFunction ? functionMb : Math.floor(totalmem() / 1_048_576),
  };
}
