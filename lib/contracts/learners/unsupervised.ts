/** What may be set of learners that need no target: those that find groups, and those that find anomalies. */
import * as z from 'zod';

export const clusterLearners = {
  /** Groups around centres, so that the squared distances to them are least. */
  k_means: z.strictObject({
    /** How many groups; of 2 to 10 those with the best silhouette where nothing is said. */
    clusters: z.int().min(2).max(1000).optional(),
    /** Searches from new starts, of which the best is kept. */
    starts: z.int().min(1).max(100).default(10),
    iterations: z.int().min(1).max(10_000).default(300),
    /** The search ends when the centres move less, as a part of the mean variance of a column. */
    tolerance: z.number().min(0).default(1e-4),
  }),
} as const;

export const anomalyLearners = {
  /** Rows that few random splits part from all others. */
  isolation_forest: z.strictObject({
    trees: z.int().min(1).max(5_000).default(100),
    /** Rows that each tree is grown from. */
    samples: z.int().min(2).max(100_000).default(256),
    /** Share of the training rows that are called anomalies; `auto` calls so what scores 0.5 or more. */
    contamination: z
      .union([z.number().gt(0).max(0.5), z.literal('auto')], {
        error: 'give a share above 0 and up to 0.5, or "auto"',
      })
      .default('auto'),
  }),
} as const;

export const unsupervisedLearners = { ...clusterLearners, ...anomalyLearners } as const;
