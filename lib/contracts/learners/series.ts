/** What may be set of learners that only forecast. */
import * as z from 'zod';
import { checkTraining, training } from './networks.ts';

const steps = z.int().min(1).max(1_000);

/** A forecast has a loss of its own, and no classes. */
const { loss: _loss, label_smoothing: _smoothing, class_weights: _classes, ...ofNumbers } = training;
const forecastTraining = {
  /** Values that a forecast is made from. */
  window: z.int().min(2).max(4_000).optional(),
  /** Units of the layer that every step ahead goes through. */
  hidden: z.int().min(1).max(4_096).optional(),
  /** Part of what passes that is dropped while training. */
  dropout: z.number().min(0).lt(1).optional(),
  ...ofNumbers,
};

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
  /** Cells that go over the window value by value; quantiles are learnt. */
  recurrent: z
    .strictObject({
      cell: z.enum(['lstm', 'gru', 'rnn']).optional(),
      /** Units of each layer. */
      units: z.array(z.int().min(1).max(1_024)).min(1).max(4).optional(),
      ...forecastTraining,
    })
    .superRefine(checkTraining),
  /** Stretches of the window that look at each other; quantiles are learnt. */
  attention: z
    .strictObject({
      /** Values of a stretch. */
      patch: z.int().min(1).max(512).optional(),
      /** Numbers that stand for a stretch. */
      width: z.int().min(2).max(1_024).optional(),
      heads: z.int().min(1).max(64).optional(),
      blocks: z.int().min(1).max(8).optional(),
      ...forecastTraining,
    })
    .superRefine(checkTraining)
    .refine(({ width = 32, heads = 4 }) => width % heads === 0, {
      path: ['heads'],
      message: 'must divide "width" (32) evenly',
    }),
} as const;
