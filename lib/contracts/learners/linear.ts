/** What may be set of learners whose answer is a weighted sum. */
import * as z from 'zod';

/** Strength of a penalty, as in scikit-learn; chosen by cross-validation when it is left out. */
const alpha = z.number().positive().optional();

export const linearLearners = {
  /** Least squares for numbers, logistic regression for classes. */
  linear: z.strictObject({
    /** Numbers: how the same least-squares problem is solved. */
    solver: z.enum(['normal_equations', 'gradient_descent']).optional(),
    /** Gradient descent: the step is this times the gradient of half the mean squared error. */
    learning_rate: z.number().positive().optional(),
    /** Steps at most, of gradient descent or of the search of logistic regression. */
    iterations: z.int().min(1).max(10_000_000).optional(),
    /** The search ends when the gradient is this small. */
    tolerance: z.number().positive().optional(),
    /** Classes: what is added to the loss so that coefficients stay small. */
    penalty: z.enum(['none', 'l2', 'l1', 'elastic_net']).optional(),
    /** Classes: inverse strength of the penalty. */
    C: z.number().positive().optional(),
    /** Classes: the part of l1 in an elastic net. */
    l1_ratio: z.number().min(0).max(1).optional(),
  }),
  /** Least squares with a penalty on the squares of the coefficients. */
  ridge: z.strictObject({ alpha }),
  /** Least squares with a penalty on the sizes of the coefficients; many become 0. */
  lasso: z.strictObject({ alpha }),
  /** Both penalties; `l1_ratio` is the part of the lasso's. */
  elastic_net: z.strictObject({ alpha, l1_ratio: z.number().gt(0).max(1).default(0.5) }),
} as const;
