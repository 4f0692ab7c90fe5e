/** What the stations of the circle run with on this machine: stores, threads, memory, and the version of the code. */
import { availableParallelism } from 'node:os';
import type { PipelineContext } from '../../lib/pipeline/index.ts';
import { createLogger } from './logging.ts';
import { describeMachine, memoryHereBytes } from './machine.ts';
import { createPlatform } from './platform.ts';

/** Threads beyond this bring little to a fit. */
const maxThreads = 8;
/** Part of the memory that reading data may take; training needs the rest. */
const readingShare = 0.25;

/** The context of a function's stations, made once from the environment. */
export function createPipelineContext(service: string): PipelineContext {
  return {
    ...createPlatform(),
    logger: createLogger(service),
    threads: Math.min(maxThreads, availableParallelism()),
    memoryBytes: Math.floor(memoryHereBytes() * readingShare),
    machine: { description: describeMachine(), now: () => performance.now() },
    code: process.env.ONRAMP_CODE_VERSION ?? 'source',
  };
}
