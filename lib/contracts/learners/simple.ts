/** What may be set of learners without a search: neighbours and naive Bayes. */
import * as z from 'zod';

export const simpleLearners = {
  /** The answer of the rows that are most alike. */
  nearest_neighbours: z.strictObject({
    /** How many of them answer. */
    k: z.int().min(1).max(1000).default(5),
    /** `distance`: nearer rows count more, by the inverse of their distance. */
    weights: z.enum(['uniform', 'distance']).default('uniform'),
    /** Rows kept at most; of more, so many are drawn at random. They are part of the model's file. */
    max_rows: z.int().min(1).max(200_000).default(20_000),
  }),
  /** Bayes' rule with columns taken as independent within a class. */
  naive_bayes: z.strictObject({
    /** Rows added to the counts of each category or word, so that nothing is impossible. */
    alpha: z.number().positive().default(1),
    /** Share of the largest variance that is added to all variances. */
    var_smoothing: z.number().min(0).default(1e-9),
  }),
} as const;
