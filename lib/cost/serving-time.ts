/** From the time a prediction took where it was measured to what is billed for it elsewhere. */
import type { ServingMeasure } from '../contracts/serving.ts';

/** What of a measurement counts here. */
export interface MeasuredTime extends Pick<ServingMeasure, 'ms_per_call' | 'rows_per_second'> {
  readonly measured_on: Pick<ServingMeasure['measured_on'], 'processors'>;
}

/** A Lambda function has one processor at this size, less below it in proportion: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const mbOfOneProcessor = 1769;

/** The smallest part of a millisecond that is told apart: what is left of 3.0000000001 is no fourth millisecond. */
const smallestMs = 1e-6;

/** Milliseconds that a call with so many rows takes one whole processor. */
export function fullCoreMs(
  { ms_per_call, rows_per_second, measured_on }: MeasuredTime,
  rows: number,
): number {
  const ms = ms_per_call + ((rows - 1) * 1000) / rows_per_second;
  return ms * Math.min(1, measured_on.processors);
}

/** Milliseconds that are billed at a size of memory: the share of a processor that comes with it, rounded up. */
export function scaledMs(coreMs: number, memoryMb: number): number {
  const ms = coreMs / Math.min(1, memoryMb / mbOfOneProcessor);
  return Math.max(1, Math.ceil(ms - smallestMs));
}
