/** What may be set of learners that grow trees. */
import * as z from 'zod';

/** Splits between the root and a leaf at most. */
const maxDepth = z.int().min(1).max(100).optional();
/** Rows in a leaf at least. */
const minSamplesLeaf = z.int().min(1).optional();
/** Columns that a split may choose from: a number of them, the square root of all, or all. */
const maxFeatures = z
  .union([z.int().min(1), z.enum(['sqrt', 'all'])], {
    error: 'give a whole number from 1 on, "sqrt" or "all"',
  })
  .optional();
const trees = z.int().min(1).max(5_000).optional();

export const treeLearners = {
  /** One decision tree: the least exact of them, and the only one that can be read. */
  tree: z.strictObject({ max_depth: maxDepth, min_samples_leaf: minSamplesLeaf, max_features: maxFeatures }),
  /** Random forest. */
  forest: z.strictObject({
    trees,
    max_depth: maxDepth,
    min_samples_leaf: minSamplesLeaf,
    max_features: maxFeatures,
    /** Whether each tree learns from rows drawn with replacement. */
    bootstrap: z.boolean().optional(),
  }),
  /** Trees whose thresholds are drawn at random. */
  extra_trees: z.strictObject({
    trees,
    max_depth: maxDepth,
    min_samples_leaf: minSamplesLeaf,
    max_features: maxFeatures,
    bootstrap: z.boolean().optional(),
  }),
  /** Gradient boosting. */
  boosting: z
    .strictObject({
      /** Rounds at most; without it, data of 10,000 rows and more stop by themselves. */
      trees,
      learning_rate: z.number().gt(0).max(1).optional(),
      max_leaves: z.int().min(2).max(10_000).optional(),
      max_depth: maxDepth,
      min_samples_leaf: minSamplesLeaf,
      /** L2 penalty on the values of leaves. */
      l2: z.number().min(0).optional(),
      /** Numbers: the mean by squared error, the mean of counts by Poisson deviance, or a quantile. */
      loss: z.enum(['squared_error', 'poisson', 'quantile']).optional(),
      /** Of the loss `quantile`: the share of rows that stay below the answer. */
      quantile: z.number().gt(0).lt(1).optional(),
      /**
       * Whether columns of categories are split by sets of them, up to 255, or as numbers in the order of how frequent they
       * are; by sets of up to 16 where nothing is said.
       */
      categories: z.enum(['sets', 'ordered']).optional(),
      /** By column: the answer must not fall, or must not rise, as the column rises. */
      monotone: z.record(z.string(), z.enum(['increasing', 'decreasing'])).optional(),
    })
    .refine(({ loss, quantile }) => (loss === 'quantile') === (quantile !== undefined), {
      path: ['quantile'],
      message: 'belongs to "loss": "quantile", and that needs it',
    }),
} as const;
