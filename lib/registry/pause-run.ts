/** Pausing a run: its worker has no more time, and the next one goes on with what it has kept. */
import type { RunRecord } from '../contracts/index.ts';
import type { RegistryContext } from './context.ts';
import { ended } from './end-run.ts';
import { wakeTraining } from './requests.ts';
import { changeOwnRun, type RunLease } from './run-record.ts';

/** A function's quarters of an hour that a run may take; what needs more needs another place. */
export const maxPauses = 24;

/**
 * Gives a run back to the queue, with its progress, and asks for its training again. One that was paused too often ends
 * as failed (`training_too_long`) instead.
 *
 * @throws conflict `lease_lost` if the run is not this worker's any more
 */
export async function pauseRun(context: RegistryContext, lease: RunLease): Promise<RunRecord> {
  const record = await changeOwnRun(context, lease, (current) => {
    const pauses = (current.pauses ?? 0) + 1;
    if (pauses > maxPauses) return tooLong(context, current);
    const message = `Paused at ${Math.floor(current.progress * 100)} %, as the time of the function is over; the next one goes on.`;
    return { ...current, state: 'queued', message, pauses, lease: null };
  });
  if (record.state === 'queued') await wakeTraining(context, lease);
  return record;
}

function tooLong(context: RegistryContext, current: RunRecord): RunRecord {
  const message =
    `The training was paused ${maxPauses} times and has not come to its end. Use fewer rows or epochs, a simpler ` +
    'learner, or training jobs; docs/training-jobs.md tells how.';
  return ended(context, current, {
    state: 'failed',
    error: { code: 'training_too_long', message, param: null },
  });
}
