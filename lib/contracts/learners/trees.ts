/** What may be set of learners that grow trees. */
import * as z from 'zod';

export const treeLearners = {
  /** Random forest. */
  forest: z.strictObject({}),
  /** Gradient boosting. */
  boosting: z.strictObject({}),
} as const;
