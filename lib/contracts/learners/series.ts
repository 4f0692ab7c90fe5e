/** What may be set of learners that only forecast. */
import * as z from 'zod';

const steps = z.int().min(1).max(1_000);

export const seriesLearners = {
  /** What was so many steps ago; the mark that every forecast is measured by. */
  seasonal_naive: z.strictObject({}),
  /** Level, trend and season, each a mean in which the newest values weigh most. */
  exponential_smoothing: z.strictObject({
    trend: z.enum(['none', 'additive', 'damped', 'auto']).optional(),
    seasonal: z.enum(['none', 'additive', 'auto']).optional(),
  }),
  /** A weighted sum of the values before, and of what is known of the future. */
  autoregression: z.strictObject({
    /** How many values before; chosen by `criterion` where nothing is said. */
    order: steps.optional(),
    max_order: steps.optional(),
    criterion: z.enum(['aic', 'bic']).optional(),
  }),
} as const;
