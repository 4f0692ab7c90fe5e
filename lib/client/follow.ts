/** Follows a training run until it has its outcome. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunView } from '../contracts/http.ts';
import type { ApiClient } from './client.ts';
import { isUnreachable } from './exchange.ts';
import type { LiveLine } from './live-lines.ts';

/** How something is followed, and who is told of it. */
export interface FollowPace<T> {
  /** Called whenever the record differs from the one before. */
  readonly onChange?: (now: T) => void;
  readonly pollMs?: number;
  /** How long a service that does not answer is waited for: it may be starting again. */
  readonly patienceMs?: number;
}

/** Which run, and what is told of it. */
export interface FollowOptions extends FollowPace<RunView> {
  readonly model: string;
  readonly run: string;
}

/** True once a run has its outcome. */
export function isOver({ state }: Pick<RunView, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** A run as a line of progress; the folds of a cross-validation are one stage. */
export function runLine({ model, state, progress, message }: RunView): LiveLine {
  const text = state === 'failed' || state === 'cancelled' ? `${state}: ${message}` : message;
  const [, learner] = /^([\w-]+): fold \d+ of \d+(?:, .+)?$/.exec(message) ?? [];
  return {
    name: model,
    progress,
    message: text,
    ...(learner !== undefined && { stage: `Trying ${learner}.` }),
  };
}

/**
 * Reads a run again and again until it is over.
 *
 * @returns the run with its outcome
 * @throws the service's refusal, for example `run_not_found` once the model is deleted
 */
export function followRun(client: ApiClient, { model, run, ...pace }: FollowOptions): Promise<RunView> {
  return followUntil(() => client.call('get-run', { path: { model, run } }), isOver, pace);
}

/** Reads something again and again until it is over. */
export async function followUntil<T>(
  read: () => Promise<T>,
  isDone: (now: T) => boolean,
  { onChange, pollMs = 500, patienceMs = 60_000 }: FollowPace<T>,
): Promise<T> {
  let shown = '';
  let heardAt = performance.now();
  for (;;) {
    const current = await read().catch((error: unknown) => {
      if (isUnreachable(error) && performance.now() - heardAt < patienceMs) return null;
      throw error;
    });
    if (current !== null) {
      heardAt = performance.now();
      const text = JSON.stringify(current);
      if (text !== shown) onChange?.(current);
      shown = text;
      if (isDone(current)) return current;
    }
    await delay(pollMs);
  }
}
