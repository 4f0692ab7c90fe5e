/** Dense layers: all of a dense network, and the last part of the others. */
import {
  type ActivationName,
  activation,
  batchNormalization,
  dense,
  dropout,
  type Layer,
  layerNormalization,
  sequence,
} from '../../autodiff/index.ts';
import type { LearnerParameters } from '../../contracts/learner-parameters.ts';

/** What is set of dense layers. */
export interface DenseSettings {
  readonly hidden: readonly number[];
  readonly activation?: LearnerParameters<'network'>['activation'];
  readonly dropout?: number | undefined;
  readonly normalization?: LearnerParameters<'network'>['normalization'];
}

const operators = {
  relu: 'Relu',
  leaky_relu: 'LeakyRelu',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  gelu: 'Gelu',
  elu: 'Elu',
} as const satisfies Record<NonNullable<DenseSettings['activation']>, ActivationName>;

/** The activation, and how kernels before it begin: by He et al. 2015 before one that is half zero. */
export function activationOf(name: DenseSettings['activation'] = 'relu') {
  const isHalf = name === 'relu' || name === 'leaky_relu' || name === 'gelu';
  return {
    layer: activation(operators[name]),
    startFrom: (fanIn: number) => (isHalf ? { initial: { kind: 'he', fanIn } as const } : {}),
  };
}

/**
 * Hidden layers, each with normalisation, activation and dropout after it, and the layer that answers.
 *
 * Their weights begin by Glorot and Bengio 2010 whatever comes after. By He et al. they would depend on the inputs alone,
 * and tables have few: ten columns before 64 units begin 2.7 times as large, and the network learns the noise first.
 *
 * @param outputs units of the last layer, which has none of these
 */
export function denseLayers(inputs: number, outputs: number, settings: DenseSettings): Layer {
  const { hidden, dropout: rate = 0, normalization = 'none' } = settings;
  const { layer: after } = activationOf(settings.activation);
  const sizes = [inputs, ...hidden];
  const layers = hidden.flatMap((units, index) => [
    dense(sizes[index]!, units),
    ...(normalization === 'batch' ? [batchNormalization(units)] : []),
    ...(normalization === 'layer' ? [layerNormalization(units)] : []),
    after,
    ...(rate > 0 ? [dropout(rate)] : []),
  ]);
  return sequence([...layers, dense(sizes.at(-1)!, outputs)]);
}
