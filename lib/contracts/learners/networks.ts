/** What may be set of neural networks. */
import * as z from 'zod';

const activation = z.enum(['relu', 'tanh', 'sigmoid', 'gelu', 'elu', 'leaky_relu']).optional();
/** Part of what passes that is dropped while training. */
const dropout = z.number().min(0).lt(1).optional();
/** Units of dense layers, from the input on; none is a linear model of what comes before. */
const hidden = z.array(z.int().min(1).max(4096)).max(16).optional();

/** How the learning rate changes from epoch to epoch; `warm_up` steps first let it rise in a straight line. */
const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), warm_up: z.int().min(0).optional() }),
  /** Times `factor` (0.1) after every so many epochs. */
  z.strictObject({
    kind: z.literal('step'),
    epochs: z.int().min(1),
    factor: z.number().gt(0).lt(1).optional(),
    warm_up: z.int().min(0).optional(),
  }),
  /** Half a cosine from the whole rate down to the share `floor` (0) of it. */
  z.strictObject({
    kind: z.literal('cosine'),
    floor: z.number().min(0).lt(1).optional(),
    warm_up: z.int().min(0).optional(),
  }),
  /** Times `factor` (0.1) when the watched loss has not fallen for more than `patience` (10) epochs. */
  z.strictObject({
    kind: z.literal('plateau'),
    factor: z.number().gt(0).lt(1).optional(),
    patience: z.int().min(0).optional(),
    warm_up: z.int().min(0).optional(),
  }),
]);

/** How networks of every kind are trained. */
export const training = {
  loss: z
    .enum(['cross_entropy', 'binary_cross_entropy', 'squared_error', 'absolute_error', 'huber', 'poisson'])
    .optional(),
  optimizer: z
    .enum(['adam', 'adamw', 'sgd', 'momentum', 'nesterov', 'rmsprop', 'gradient_descent', 'lbfgs'])
    .optional(),
  /** Default: 0.001 of `adam` and `adamw`, 0.01 of the others; L-BFGS finds its own step. */
  learning_rate: z.number().positive().optional(),
  /** `momentum` and `nesterov` (0.9), `rmsprop` (0). */
  momentum: z.number().min(0).lt(1).optional(),
  schedule: schedule.optional(),
  /** Rows of a step. */
  batch_size: z.int().min(1).max(65_536).optional(),
  epochs: z.int().min(1).max(100_000).optional(),
  /**
   * Epochs without a lower loss on a tenth of the training rows, held out, after which training ends and the best epoch is
   * kept; 0 trains all epochs on all rows.
   */
  patience: z.int().min(0).optional(),
  /** Added to the loss: l1 times the sum of the weights' sizes, and half of l2 times the sum of their squares. */
  l1: z.number().min(0).optional(),
  l2: z.number().min(0).optional(),
  /** `adamw`: the part of each weight that a step of rate 1 takes away, beside the gradient. */
  weight_decay: z.number().min(0).optional(),
  /** The longest gradient that a step follows. */
  clip: z.number().positive().optional(),
  /** Classes: the part of a row's truth that is given to all classes alike. */
  label_smoothing: z.number().min(0).lt(1).optional(),
  /** Classes: how much a row of each counts; 1 for those not named. */
  class_weights: z.record(z.string(), z.number().min(0)).optional(),
};

type Training = z.infer<z.ZodObject<typeof training>>;
type Refined = Training & {
  readonly dropout?: number | undefined;
  readonly normalization?: string | undefined;
};

/** Settings that cannot hold together. */
export function checkTraining(settings: Refined, context: z.RefinementCtx): void {
  const refuse = (name: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [name], message });
  const { optimizer } = settings;
  const isSet = (name: keyof Refined): boolean => settings[name] !== undefined && settings[name] !== 0;
  if (isSet('weight_decay') && optimizer !== undefined && optimizer !== 'adamw') {
    refuse('weight_decay', `is of the optimizer "adamw"; for "${optimizer}" use "l2"`);
  }
  if (isSet('momentum') && !['momentum', 'nesterov', 'rmsprop'].includes(optimizer ?? '')) {
    refuse('momentum', 'is of the optimizers "momentum", "nesterov" and "rmsprop"; name one of them');
  }
  if (optimizer === 'gradient_descent' && settings.batch_size !== undefined) {
    refuse('batch_size', 'is all rows with the optimizer "gradient_descent"; leave it out or use "sgd"');
  }
  if (optimizer !== 'lbfgs') return;
  for (const name of ['learning_rate', 'schedule', 'batch_size', 'clip', 'l1', 'dropout'] as const) {
    if (isSet(name))
      refuse(name, 'does not go with "lbfgs", which looks at all rows and finds its own steps');
  }
  if (settings.normalization === 'batch') {
    refuse('normalization', '"batch" does not go with "lbfgs", which has no batches; use "layer"');
  }
}

const size = z.int().min(1).max(1024);
const stride = z.int().min(1).max(16).optional();

/** One layer of a network that looks at pictures. */
const spatialLayer = z.discriminatedUnion('kind', [
  /** Kernels, then the network's normalization and activation. `valid` leaves out windows that reach beyond the edge. */
  z.strictObject({
    kind: z.literal('convolution'),
    filters: z.int().min(1).max(2048),
    kernel: size.optional(),
    stride,
    padding: z.enum(['same', 'valid']).optional(),
  }),
  z.strictObject({ kind: z.literal('max_pool'), size: size.optional(), stride }),
  z.strictObject({ kind: z.literal('average_pool'), size: size.optional(), stride }),
  /** Two convolutions of 3 x 3 and a way around them. */
  z.strictObject({ kind: z.literal('residual'), filters: z.int().min(1).max(2048), stride }),
  z.strictObject({ kind: z.literal('dropout'), rate: z.number().min(0).lt(1) }),
  /** The mean of each channel; no layer but the dense ones comes after. */
  z.strictObject({ kind: z.literal('global_average_pool') }),
]);

/** Changes pictures anew at every step of the training, so that the network does not hold on to where things are. */
const augmentation = z.strictObject({
  /** Moves by up to this part of width and height. */
  shift: z.number().min(0).max(0.5).optional(),
  /** Turns by up to so many degrees. */
  rotate: z.number().min(0).max(180).optional(),
  /** Enlarges or shrinks by up to this part. */
  zoom: z.number().min(0).max(0.9).optional(),
  /** Mirrors left and right in half of the cases. */
  flip: z.boolean().optional(),
});

const normalization = z.enum(['none', 'batch', 'layer']).optional();

export const networkLearners = {
  /** Dense layers one after the other. */
  network: z
    .strictObject({ hidden, activation, dropout, normalization, ...training })
    .superRefine(checkTraining),
  /** Kernels that slide over pictures; other columns join before the dense layers. */
  convolution: z
    .strictObject({
      preset: z.enum(['lenet', 'mnist', 'residual']).optional(),
      /** Instead of a preset. */
      layers: z.array(spatialLayer).min(1).max(64).optional(),
      normalization: z.enum(['none', 'batch']).optional(),
      augmentation: augmentation.optional(),
      ...{ hidden, activation, dropout, ...training },
    })
    .superRefine(checkTraining)
    .refine(({ preset, layers }) => preset === undefined || layers === undefined, {
      path: ['layers'],
      message: 'takes the place of a preset; leave one of them out',
    }),
  /** Reads texts word by word; other columns join before the dense layers. */
  text_network: z
    .strictObject({
      reader: z.enum(['convolution', 'attention', 'gru', 'lstm', 'rnn']).optional(),
      /** Numbers that stand for a word. */
      width: z.int().min(2).max(1024).optional(),
      /** `convolution`: words that a kernel looks at, and how many kernels of each there are. */
      kernels: z.array(z.int().min(1).max(32)).min(1).max(8).optional(),
      filters: z.int().min(1).max(2048).optional(),
      /** `attention`; must divide the width. */
      heads: z.int().min(1).max(64).optional(),
      /** `gru`, `lstm` and `rnn`. */
      units: z.int().min(1).max(1024).optional(),
      ...{ hidden, activation, dropout, ...training },
    })
    .superRefine(checkTraining)
    .refine(({ width = 64, heads = 4, reader }) => reader !== 'attention' || width % heads === 0, {
      path: ['heads'],
      message: 'must divide "width" (64) evenly',
    }),
} as const;
