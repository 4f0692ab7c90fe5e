/** Layers that standardise what passes, over a batch or over features. */
import { invalidInput } from '../../core/index.ts';
import { attr } from '../../onnx/index.ts';
import { arithmetic } from '../arithmetic.ts';
import { sizesOf } from '../shapes.ts';
import type { ForwardContext, Tensor } from '../types.ts';
import type { Layer } from './layer.ts';

const EPSILON = 1e-5;

/**
 * Standardises each channel (axis 1) over the batch and space, then scales and shifts it (Ioffe and Szegedy 2015).
 *
 * Parameters: `scale` and `bias` [channels], and the running `mean` and `variance` by which it serves. As in
 * PyTorch, the running variance is that of a sample.
 *
 * @param momentum the part of the running statistics that a step keeps
 * @throws OnrampError `batch_too_small`, where it is trained, for a channel that has a single number in a batch
 */
export const batchNormalization = (channels: number, momentum = 0.9): Layer => ({
  kind: 'batchnormalization',
  parameters: {
    scale: { shape: [channels], initial: { kind: 'ones' }, penalised: false },
    bias: { shape: [channels], initial: { kind: 'zeros' }, penalised: false },
    mean: { shape: [channels], initial: { kind: 'zeros' }, trained: false },
    variance: { shape: [channels], initial: { kind: 'ones' }, trained: false },
  },
  apply: (context, input) => {
    const { tape, training, parameter } = context;
    const m = arithmetic(tape);
    const scaling = [parameter('scale'), parameter('bias')];
    const running = [parameter('mean'), parameter('variance')];
    const epsilon = attr.float(EPSILON);
    if (!training) return tape.op('BatchNormalization', [input, ...scaling, ...running], { epsilon });
    // While training, onnxruntime writes its results over these two inputs, so they must not be the statistics.
    const scratch = running.map((statistic) => m.mul(statistic, 0));
    // With a momentum of 0 the node gives the batch's own statistics, from which its gradient is computed too.
    const attributes = { epsilon, training_mode: attr.int(1), momentum: attr.float(0) };
    const [result, mean, variance] = tape.ops(
      'BatchNormalization',
      3,
      [input, ...scaling, ...scratch],
      attributes,
    );
    const sizes = sizesOf(input.shape, 'batch normalisation');
    const count = sizes.reduce((product, size) => product * size, 1) / channels;
    if (count < 2) {
      throw invalidInput(
        'Batch normalisation needs batches of two rows or more. Set a larger "batch_size".',
        {
          code: 'batch_too_small',
          param: 'parameters.batch_size',
        },
      );
    }
    const sample = m.mul(variance!, count / (count - 1));
    keep(context, 'mean', { momentum, now: mean! });
    keep(context, 'variance', { momentum, now: sample });
    return result!;
  },
});

/** Moves a running statistic towards the batch's own. */
function keep(context: ForwardContext, name: string, step: { momentum: number; now: Tensor }): void {
  const m = arithmetic(context.tape);
  const { momentum, now } = step;
  context.update(name, m.add(m.mul(context.parameter(name), momentum), m.mul(now, 1 - momentum)));
}

/**
 * Standardises the last axis of each example, then scales and shifts it (Ba et al. 2016).
 *
 * Parameters: `scale` and `bias` [features].
 */
export const layerNormalization = (features: number): Layer => ({
  kind: 'layernormalization',
  parameters: {
    scale: { shape: [features], initial: { kind: 'ones' }, penalised: false },
    bias: { shape: [features], initial: { kind: 'zeros' }, penalised: false },
  },
  apply: ({ tape, parameter }, input) =>
    tape.op('LayerNormalization', [input, parameter('scale'), parameter('bias')], {
      epsilon: attr.float(EPSILON),
    }),
});
