/** What a training needs from the station that it runs in. */
import type { KeptWork, TrainContext } from '../train/index.ts';
import type { PipelineContext } from './context.ts';

/** Who watches a fit. */
export interface FitWatch {
  readonly signal: AbortSignal;
  /** Aborted when the worker has to stop and another one will go on. */
  readonly pause?: AbortSignal;
  readonly kept?: KeptWork;
  report(progress: number, message: string): void;
}

/** @param bar the part of the progress bar that training fills */
export const trainContext = (
  { threads, logger }: PipelineContext,
  { signal, pause, kept, report }: FitWatch,
  bar: { readonly from: number; readonly to: number },
): TrainContext => ({
  ...{ threads, logger, signal },
  ...(pause && { pause }),
  ...(kept && { kept }),
  onProgress: (fraction, message) => report(bar.from + (bar.to - bar.from) * fraction, message),
});
