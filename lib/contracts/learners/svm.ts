/** What may be set of support vector machines. */
import * as z from 'zod';

/** Weight of the errors against the size of the coefficients: small means smooth. */
const C = z.number().positive().max(1e9).default(1);
/** Numbers: errors below this do not count, in standard deviations of the target. */
const epsilon = z.number().min(0).default(0.1);

export const svmLearners = {
  /** Linear support vector machine. */
  svm: z.strictObject({
    C,
    epsilon,
    /** Classes: whether errors count by their size or by its square; numbers have their own pair of names. */
    loss: z.enum(['hinge', 'squared_hinge', 'epsilon_insensitive', 'squared_epsilon_insensitive']).optional(),
    /** Passes over the rows at most. */
    iterations: z.int().min(1).max(1_000_000).default(1000),
    /** Largest violation of the optimality conditions at which the search ends. */
    tolerance: z.number().positive().default(1e-3),
  }),
  /** Support vector machine in the space of a kernel. */
  kernel_svm: z.strictObject({
    C,
    epsilon,
    kernel: z.enum(['rbf', 'polynomial']).default('rbf'),
    /** `scale` is 1 / (columns * variance of all encoded values). */
    gamma: z
      .union([z.number().positive(), z.literal('scale')], { error: 'give a number above 0, or "scale"' })
      .default('scale'),
    /** Polynomial: (gamma x.z + coef0)^degree. */
    degree: z.int().min(1).max(10).default(3),
    coef0: z.number().default(0),
    tolerance: z.number().positive().default(1e-3),
  }),
} as const;
