/** What may be set of learners whose answer is a weighted sum. */
import * as z from 'zod';

export const linearLearners = {
  /** Least squares for numbers, logistic regression for classes. */
  linear: z.strictObject({}),
} as const;
