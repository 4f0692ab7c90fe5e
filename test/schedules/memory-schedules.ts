/** Schedules of models in memory, which can be made to fail. */
import { upstream } from '../../lib/core/index.ts';
import type { ModelSchedules } from '../../lib/schedules/index.ts';

/** What was set, by model, and the calls in order. */
export interface MemorySchedules extends ModelSchedules {
  readonly expressions: Map<string, string>;
  readonly calls: string[];
  /** So many of the next calls fail. */
  failures: number;
}

export function createMemorySchedules(): MemorySchedules {
  const call = (text: string): void => {
    schedules.calls.push(text);
    if (schedules.failures === 0) return;
    schedules.failures -= 1;
    throw upstream('the scheduler does not answer', { code: 'schedule_failed' });
  };
  const schedules: MemorySchedules = {
    expressions: new Map(),
    calls: [],
    failures: 0,
    put: async (model, expression) => {
      call(`put ${model} ${expression}`);
      schedules.expressions.set(model, expression);
    },
    remove: async (model) => {
      call(`remove ${model}`);
      schedules.expressions.delete(model);
    },
  };
  return schedules;
}
