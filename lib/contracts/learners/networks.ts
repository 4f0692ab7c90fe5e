/** What may be set of neural networks. */
import * as z from 'zod';

export const networkLearners = {
  /** Dense layers one after the other. */
  network: z.strictObject({
    /** Units of each hidden layer, from the input on; none is a linear model. */
    hidden: z.array(z.int().min(1).max(4096)).max(16).default([64, 32]),
    activation: z.enum(['relu', 'tanh', 'sigmoid', 'gelu', 'elu']).default('relu'),
    /** Part of each hidden layer that is dropped while training. */
    dropout: z.number().min(0).lt(1).default(0),
    optimizer: z.enum(['adam', 'adamw', 'sgd', 'rmsprop', 'lbfgs']).default('adamw'),
    /** Default: 0.001 for `adam` and `adamw`, 0.01 for `sgd` and `rmsprop`. */
    learning_rate: z.number().positive().optional(),
    /** `sgd` and `rmsprop`. */
    momentum: z.number().min(0).lt(1).default(0.9),
    weight_decay: z.number().min(0).default(0.01),
    batch_size: z.int().min(1).max(65_536).default(64),
    epochs: z.int().min(1).max(100_000).default(100),
    /**
     * Epochs without a lower loss on a tenth of the training rows, held out, after which training ends; 0 trains all epochs
     * on all rows.
     */
    patience: z.int().min(0).default(10),
  }),
} as const;
