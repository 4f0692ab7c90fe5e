/** Claiming a run: one worker at a time, the next one when it is dead, and not for ever. */
import type { Placement, RunRecord } from '../contracts/index.ts';
import { type RegistryContext, type RunKey, timestamp } from './context.ts';
import { ended } from './end-run.ts';
import { isBusy, leaseEnd } from './lease.ts';
import { changeRun, getRun, isOver, type RunLease } from './run-record.ts';
import { isPublished } from './versions.ts';

/** A run is begun at most this often; a worker that dies each time would otherwise be replaced for ever. */
export const maxAttempts = 3;

/** Who claims, and for how long it is believed to live without a sign of life. */
export interface ClaimOptions {
  /** Id of the queue message: delivered again, it says that its earlier worker is dead. */
  readonly owner: string;
  readonly leaseMs: number;
  /**
   * How often the message was delivered: these count against `maxAttempts`, since a queue may forgive a delivery that
   * was cut off by no fault of the work. Without it every claim counts.
   */
  readonly deliveries?: number;
  /** Where it is trained and why; what the run's record says of it stays without. */
  readonly placement?: Placement;
}

/** What came of a claim. */
export type Claim =
  | { readonly outcome: 'claimed'; readonly lease: RunLease; readonly record: RunRecord }
  /** Another worker is at it; the time until which that is believed, ISO 8601. */
  | { readonly outcome: 'busy'; readonly until: string }
  /** Nothing is left to train: the run has ended, or its version is published and only to be decided about. */
  | { readonly outcome: 'ended'; readonly record: RunRecord };

/**
 * Claims a run for a worker: one that waits, one whose lease ran out, or one held by the same message. A run
 * begun `maxAttempts` times already is ended as failed (`worker_died`) instead.
 *
 * @throws not_found `run_not_found`
 */
export async function claimRun(context: RegistryContext, key: RunKey, options: ClaimOptions): Promise<Claim> {
  const { owner, leaseMs, deliveries } = options;
  const published = await isPublished(context, await getRun(context, key));
  let outcome: Claim['outcome'] = 'ended';
  const record = await changeRun(context, key, (current) => {
    outcome = 'ended';
    if (isOver(current) || published) return current;
    if (isBusy(current, owner, context.clock.now())) {
      outcome = 'busy';
      return current;
    }
    if ((deliveries ?? current.attempts - (current.pauses ?? 0) + 1) > maxAttempts)
      return died(context, current);
    outcome = 'claimed';
    return begun(context, current, options);
  });
  return claimOf(outcome, record, { ...key, owner, leaseMs });
}

function claimOf(outcome: Claim['outcome'], record: RunRecord, lease: Omit<RunLease, 'attempt'>): Claim {
  if (outcome === 'busy') return { outcome, until: record.lease?.expires ?? record.created };
  if (outcome === 'ended') return { outcome, record };
  return { outcome, record, lease: { ...lease, attempt: record.attempts } };
}

function begun(
  context: RegistryContext,
  current: RunRecord,
  { owner, leaseMs, placement }: ClaimOptions,
): RunRecord {
  const wasPaused = current.state === 'queued' && current.pauses !== undefined;
  const again = wasPaused ? 'Going on with the training.' : 'Training again: the earlier worker stopped.';
  return {
    ...current,
    ...(placement && { placement }),
    state: 'running',
    progress: wasPaused ? current.progress : 0,
    message: current.attempts === 0 ? 'Training.' : again,
    attempts: current.attempts + 1,
    lease: { owner, expires: leaseEnd(context, leaseMs) },
    started: current.started ?? timestamp(context),
  };
}

function died(context: RegistryContext, current: RunRecord): RunRecord {
  const message =
    `The training was begun ${current.attempts} times and its worker stopped each time before the end, ` +
    'most likely for want of memory or time. Use fewer rows or columns, or a simpler learner.';
  return ended(context, current, { state: 'failed', error: { code: 'worker_died', message, param: null } });
}
