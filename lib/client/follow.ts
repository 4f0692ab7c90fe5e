/** Follows a training run until it has its outcome. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunView } from '../contracts/http.ts';
import type { ApiClient } from './client.ts';
import { isUnreachable } from './exchange.ts';
import type { LiveLine } from './live-lines.ts';

/** Which run, and what is told of it. */
export interface FollowOptions {
  readonly model: string;
  readonly run: string;
  /** Called whenever the record differs from the one before. */
  readonly onChange?: (run: RunView) => void;
  readonly pollMs?: number;
  /** How long a service that does not answer is waited for: it may be starting again. */
  readonly patienceMs?: number;
}

/** True once a run has its outcome. */
export function isOver({ state }: Pick<RunView, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** A run as a line of progress; the folds of a cross-validation are one stage. */
export function runLine({ model, state, progress, message }: RunView): LiveLine {
  const text = state === 'failed' || state === 'cancelled' ? `${state}: ${message}` : message;
  const [, learner] = /^(\w+): fold \d+ of \d+$/.exec(message) ?? [];
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
export async function followRun(
  client: ApiClient,
  { model, run, onChange, pollMs = 500, patienceMs = 60_000 }: FollowOptions,
): Promise<RunView> {
  let shown = '';
  let heardAt = performance.now();
  for (;;) {
    const current = await client.call('get-run', { path: { model, run } }).catch((error: unknown) => {
      if (isUnreachable(error) && performance.now() - heardAt < patienceMs) return null;
      throw error;
    });
    if (current) {
      heardAt = performance.now();
      const text = JSON.stringify(current);
      if (text !== shown) onChange?.(current);
      shown = text;
      if (isOver(current)) return current;
    }
    await delay(pollMs);
  }
}
