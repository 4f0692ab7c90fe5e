/** How the fit of one learner is stopped, paused and kept. */
import type { FitOptions, Learner } from './types.ts';

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
