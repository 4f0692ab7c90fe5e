/** Networks for pictures that have a name. */
import type { LearnerParameters } from '../../contracts/learner-parameters.ts';
import type { SpatialLayer } from './picture-reader.ts';

type Settings = LearnerParameters<'convolution'>;

/** Everything that a preset decides; what a spec says goes before. */
type Preset = Settings & { readonly layers: SpatialLayer[]; readonly hidden: number[] };

/**
 * `lenet`: LeNet-5 (LeCun et al. 1998) as it is taught, with all maps joined in the second layer and a softmax. `mnist`:
 * the network of Keras's example for handwritten digits, which learns from digits that are moved and turned here, so that
 * fewer of them are enough. `residual`: residual blocks with batch norms (He et al. 2016), as small as they are of use; it
 * takes pictures of any size.
 */
export const presets: Readonly<Record<NonNullable<Settings['preset']>, Preset>> = {
  lenet: {
    layers: [
      { kind: 'convolution', filters: 6, kernel: 5 },
      { kind: 'average_pool' },
      { kind: 'convolution', filters: 16, kernel: 5, padding: 'valid' },
      { kind: 'average_pool' },
    ],
    activation: 'tanh',
    hidden: [120, 84],
    optimizer: 'momentum',
    learning_rate: 0.02,
    batch_size: 32,
    epochs: 20,
  },
  mnist: {
    layers: [
      { kind: 'convolution', filters: 32, padding: 'valid' },
      { kind: 'max_pool' },
      { kind: 'convolution', filters: 64, padding: 'valid' },
      { kind: 'max_pool' },
      { kind: 'dropout', rate: 0.5 },
    ],
    hidden: [],
    augmentation: { shift: 0.08, rotate: 10, zoom: 0.1 },
    optimizer: 'adam',
    learning_rate: 0.002,
    schedule: { kind: 'cosine' },
    batch_size: 64,
    epochs: 30,
    patience: 0,
  },
  residual: {
    layers: [
      { kind: 'convolution', filters: 16 },
      { kind: 'residual', filters: 16 },
      { kind: 'residual', filters: 32, stride: 2 },
      { kind: 'residual', filters: 64, stride: 2 },
      { kind: 'global_average_pool' },
    ],
    normalization: 'batch',
    hidden: [],
    optimizer: 'adamw',
    learning_rate: 0.003,
    schedule: { kind: 'cosine' },
    batch_size: 64,
    epochs: 30,
  },
};

/** A spec's settings on top of its preset's: `residual` where neither preset nor layers are named. */
export function completeConvolution(settings: Settings): Settings & Pick<Preset, 'layers' | 'hidden'> {
  const { preset, layers, ...own } = settings;
  if (layers) return { hidden: [128], epochs: 30, ...own, layers } as ReturnType<typeof completeConvolution>;
  const chosen = presets[preset ?? 'residual'];
  // A rate belongs to the optimiser it was chosen for.
  const { learning_rate: rate, schedule, ...rest } = chosen;
  const isOwn = own.optimizer !== undefined && own.optimizer !== chosen.optimizer;
  const ofOptimizer = isOwn ? {} : { learning_rate: rate, schedule };
  return { ...rest, ...ofOptimizer, ...own } as ReturnType<typeof completeConvolution>;
}
