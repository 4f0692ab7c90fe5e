/** What the stations of the circle run with, and the small things they share. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from '../contracts/records.ts';
import { isOnrampError, type Logger } from '../core/index.ts';
import type { TrainingJobs } from '../endpoint/index.ts';
import type { RegistryContext } from '../registry/index.ts';
import type { ObjectStore } from '../storage/index.ts';
import type { Machine } from './measure-serving.ts';

/** Handed to every station. */
export interface PipelineContext extends RegistryContext {
  /** The bucket users upload to. */
  readonly data: ObjectStore;
  readonly logger: Logger;
  /** Threads a fit may use. */
  readonly threads: number;
  /** Memory the reading of data may use. */
  readonly memoryBytes: number;
  /** Version of the code; part of a run's id, so that new code trains anew. */
  readonly code: string;
  /** Where new versions are timed; absent: they are not. */
  readonly machine?: Machine;
  /** What a function has that trains; absent where nothing ends a training, as in a job. */
  readonly limits?: TrainingLimits;
  /** SageMaker training jobs; absent where everything is trained in the function. */
  readonly jobs?: TrainingJobs;
}

/** What a function has for one training. */
export interface TrainingLimits {
  readonly seconds: number;
  readonly memoryBytes: number;
  /** Processors in units of those on which the estimate was measured. */
  readonly processors: number;
}

/** The message that woke a station. */
export interface Delivery {
  /** Stays the same when the message is delivered again. */
  readonly messageId: string;
  /** 1 for the first delivery. */
  readonly receiveCount: number;
  /** How long the function that it woke may still run; absent where nothing ends it. */
  readonly remainingMs?: number;
}

/** Runs work in a fresh folder, which is gone afterwards whatever happens. */
export async function inWorkDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'onramp-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** True for a failure that trying again does not mend: the data or the spec are wrong. */
export function isFinal(error: unknown): boolean {
  return isOnrampError(error) && error.kind === 'invalid_request';
}

/** A failure as records keep it; the text of an unexpected error stays in the log. */
export function failureOf(error: unknown, advice = 'Ask for a retrain to try again.'): Failure {
  if (isOnrampError(error) && error.kind !== 'internal') {
    return { code: error.code, message: error.message, param: error.param };
  }
  const message = `Something inside Onramp failed; the log of the function tells more. ${advice}`;
  return { code: 'internal', message, param: null };
}
