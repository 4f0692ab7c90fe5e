/** The options of a fit as the training loop of networks takes them. */
import { describeProgress, type TrainingOptions } from '../autodiff/index.ts';
import type { FitOptions } from './types.ts';

/** Seed, threads, who watches, who may stop it, and where it keeps how far it is. */
export function networkTraining({
  seed,
  threads,
  signal,
  pause,
  checkpoint,
  onProgress,
}: FitOptions): Pick<
  TrainingOptions,
  'seed' | 'threads' | 'signal' | 'pause' | 'checkpoints' | 'onProgress'
> {
  return {
    seed,
    threads,
    ...(signal && { signal }),
    ...(pause && { pause }),
    ...(checkpoint && { checkpoints: checkpoint }),
    ...(onProgress && {
      onProgress: (progress) => onProgress(progress.fraction, describeProgress(progress)),
    }),
  };
}
