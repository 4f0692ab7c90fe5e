/** From the settings of a spec to those of the training loop. */
import type { TrainingOptions } from '../../autodiff/index.ts';
import type { LearnerParameters } from '../../contracts/learner-parameters.ts';
import { invalidInput } from '../../core/index.ts';
import type { FitOptions, Target } from '../types.ts';

/** What networks of all kinds can be told of their training. */
export type TrainingSettings = Pick<
  LearnerParameters<'network'>,
  | 'loss'
  | 'optimizer'
  | 'learning_rate'
  | 'momentum'
  | 'schedule'
  | 'batch_size'
  | 'epochs'
  | 'patience'
  | 'l1'
  | 'l2'
  | 'weight_decay'
  | 'clip'
  | 'label_smoothing'
  | 'class_weights'
>;

const defaults = { optimizer: 'adamw', epochs: 100, patience: 10, batch_size: 64, momentum: 0.9 } as const;

/** Epochs without a lower loss after which training ends; 0 for never. */
export const patienceOf = ({ patience = defaults.patience }: TrainingSettings): number => patience;

export const epochsOf = ({ epochs = defaults.epochs }: TrainingSettings): number => epochs;

/** @param rows to learn from */
export function trainingOf(
  settings: TrainingSettings,
  rows: number,
): Omit<TrainingOptions, 'seed' | 'threads'> {
  const { optimizer = defaults.optimizer, learning_rate: learningRate, l1 = 0, l2 = 0, clip } = settings;
  return {
    optimizer: optimizerOf(settings),
    epochs: epochsOf(settings),
    batchSize: optimizer === 'gradient_descent' ? rows : (settings.batch_size ?? defaults.batch_size),
    penalty: { l1, l2 },
    ...(learningRate !== undefined && { learningRate }),
    ...(settings.schedule && { schedule: scheduleOf(settings.schedule) }),
    ...(clip !== undefined && { clip: { by: 'norm', norm: clip } }),
  };
}

function optimizerOf(settings: TrainingSettings): TrainingOptions['optimizer'] {
  const { optimizer: kind = defaults.optimizer, momentum, weight_decay: weightDecay } = settings;
  switch (kind) {
    case 'sgd':
    case 'gradient_descent':
      return { kind: 'sgd' };
    case 'momentum':
    case 'nesterov':
      return { kind: 'sgd', momentum: momentum ?? defaults.momentum, nesterov: kind === 'nesterov' };
    case 'rmsprop':
      return { kind, ...(momentum !== undefined && { momentum }) };
    case 'adamw':
      return { kind, ...(weightDecay !== undefined && { weightDecay }) };
    default:
      return { kind };
  }
}

function scheduleOf({
  warm_up: warmUp = 0,
  ...schedule
}: NonNullable<TrainingSettings['schedule']>): NonNullable<TrainingOptions['schedule']> {
  return { ...schedule, warmUp } as NonNullable<TrainingOptions['schedule']>;
}

/**
 * What each row counts: the weights of the fit times those of its class; `undefined` if all count the same.
 *
 * @throws invalid_request `unknown_class` for a class that the target does not have, `learner_task` for numbers
 */
export function rowWeights(
  { class_weights: byClass }: TrainingSettings,
  target: Target,
  { weights }: FitOptions,
): Float64Array | undefined {
  if (byClass === undefined) return weights;
  const refuse = (code: string, message: string) =>
    invalidInput(message, { code, param: 'parameters.class_weights' });
  if (target.task === 'regression') {
    throw refuse(
      'learner_task',
      '"class_weights" are for classes, and this target has numbers. Leave them out.',
    );
  }
  const { classes, codes } = target;
  const unknown = Object.keys(byClass).find((label) => !classes.includes(label));
  if (unknown !== undefined) {
    const known = classes.map((label) => `"${label}"`).join(', ');
    throw refuse('unknown_class', `"class_weights" name the class "${unknown}"; the classes are ${known}.`);
  }
  const ofClass = classes.map((label) => byClass[label] ?? 1);
  return Float64Array.from(codes, (code, row) => ofClass[code]! * (weights?.[row] ?? 1));
}
