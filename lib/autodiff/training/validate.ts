/** Mean loss and metric over rows that are not trained on. */
import { float32Table } from './feeds.ts';
import { feedNames, feedsOf } from './graph-parts.ts';
import type { Numbers } from './parameters.ts';
import type { TrainingPlan } from './plan.ts';
import { trainingSession } from './training-session.ts';

/** Scores validation rows. */
export interface Validator {
  measure(numbers: Numbers): Promise<{ readonly loss: number; readonly metric: number }>;
  release(): Promise<void>;
}

/** Batches of one size; the last one is filled up with rows whose share is 0. */
export async function createValidator({ validation, threads }: TrainingPlan): Promise<Validator | null> {
  if (validation === null) return null;
  const { batch, weights } = validation;
  const count = validation.target.dims[0]!;
  const total = weights ? weights.reduce((sum, weight) => sum + weight, 0) : count;
  const session = await trainingSession(validation.model, threads);
  const feeds = feedsOf(validation);
  const batches = Array.from({ length: Math.ceil(count / batch) }, (_, index) => {
    const rows = Int32Array.from({ length: batch }, (_row, place) =>
      Math.min(index * batch + place, count - 1),
    );
    const shares = Float32Array.from(rows, (row, place) =>
      index * batch + place < count ? (weights?.[row] ?? 1) / total : 0,
    );
    return {
      [feedNames.rows]: { type: 'int32', dims: [batch], data: rows },
      [feedNames.shares]: { type: 'float32', dims: [batch], data: shares },
    } as const;
  });
  return {
    measure: async ({ trained, kept }) => {
      let [loss, metric] = [0, 0];
      const state = {
        [feedNames.weights]: float32Table(trained, 1),
        ...(kept.length > 0 && { [feedNames.kept]: float32Table(kept, 1) }),
      };
      for (const own of batches) {
        const result = await session.run({ ...feeds, ...own, ...state });
        loss += (result.loss!.data as Float32Array)[0]!;
        metric += (result.metric!.data as Float32Array)[0]!;
      }
      return { loss, metric };
    },
    release: () => session.release(),
  };
}
