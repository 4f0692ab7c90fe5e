/** SageMaker's training jobs as a table: what was asked, and what tests say of each. */
import type { TrainingJobDraft, TrainingJobState, TrainingJobs } from '../../lib/endpoint/index.ts';

export interface FakeTrainingJobs extends TrainingJobs {
  readonly started: readonly TrainingJobDraft[];
  readonly stopped: readonly string[];
  /** Says what became of a job; nothing for one that SageMaker does not know. */
  set(name: string, state: Partial<TrainingJobState> | null): void;
  /** Has the next starts refused. */
  refuse(error: Error | null): void;
}

export function createFakeTrainingJobs(): FakeTrainingJobs {
  const states = new Map<string, TrainingJobState>();
  const started: TrainingJobDraft[] = [];
  const stopped: string[] = [];
  let refusal: Error | null = null;
  return {
    started,
    stopped,
    nameFor: ({ model, run, created }) => `onramp-${model}-${run}-${Date.parse(created)}`,
    start: async (job) => {
      if (refusal) throw refusal;
      // As SageMaker: a name is taken once.
      if (states.has(job.name)) return;
      started.push(job);
      states.set(job.name, { status: 'InProgress', secondary: 'Starting', reason: '' });
    },
    describe: async (name) => states.get(name) ?? null,
    stop: async (name) => {
      stopped.push(name);
    },
    set: (name, state) => {
      if (state) states.set(name, { status: 'InProgress', secondary: '', reason: '', ...state });
      else states.delete(name);
    },
    refuse: (error) => {
      refusal = error;
    },
  };
}
