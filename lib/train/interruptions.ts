/** How the fit of one learner is stopped, paused and kept. */
import { OnrampError } from '../core/index.ts';
import type { FitOptions, Learner, TrainContext } from './types.ts';

type Interruptions = Pick<FitOptions, 'signal' | 'pause' | 'checkpoint'>;

/** A learner that cannot keep how far it is, is stopped where others are paused. */
export function interruptions(
  { resumable }: Pick<Learner, 'resumable'>,
  { signal, pause, checkpoint }: Interruptions,
): Interruptions {
  if (resumable) {
    return { ...(signal && { signal }), ...(pause && { pause }), ...(checkpoint && { checkpoint }) };
  }
  const signals = [signal, pause].filter((one) => one !== undefined);
  return signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
}

/** @throws conflict `cancelled` once the signal has fired */
export function refuseCancelled({ signal }: Pick<TrainContext, 'signal'>): void {
  if (!signal?.aborted) return;
  throw new OnrampError('conflict', 'The run was cancelled.', { code: 'cancelled', cause: signal.reason });
}

/** @throws what `refuseCancelled` does; the reason of the pause where nothing is worth keeping first */
export function refuseStopped({ signal, pause }: Pick<TrainContext, 'signal' | 'pause'>): void {
  refuseCancelled({ ...(signal && { signal }) });
  pause?.throwIfAborted();
}
