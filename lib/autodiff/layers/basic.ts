/** Layers that most networks have: dense, activation, flatten, dropout, embedding. */
import { arithmetic } from '../arithmetic.ts';
import { sizesOf } from '../shapes.ts';
import type { Initial } from '../types.ts';
import type { Layer } from './layer.ts';

/** The activations that are one operator of ONNX. */
export type ActivationName = 'Relu' | 'LeakyRelu' | 'Elu' | 'Gelu' | 'Softplus' | 'Tanh' | 'Sigmoid';

/** How a layer with weights begins. */
export interface WeightOptions {
  /** Of the weights; by Glorot and Bengio 2010 unless given. Before the Relu of a convolution choose `he`. */
  readonly initial?: Initial;
  /** Whether a bias is added; true by default. It begins as zeros. */
  readonly bias?: boolean;
}

/**
 * x W + b over the last axis.
 *
 * Parameters: `weight` [inputs, outputs], `bias` [outputs].
 *
 * @param inputs size of the last axis of the input, [rows, inputs] or [rows, ..., inputs]
 */
export function dense(inputs: number, outputs: number, options: WeightOptions = {}): Layer {
  const { initial = { kind: 'glorot', fanIn: inputs, fanOut: outputs }, bias = true } = options;
  return {
    kind: 'dense',
    parameters: {
      weight: { shape: [inputs, outputs], initial },
      ...(bias ? { bias: { shape: [outputs], initial: { kind: 'zeros' }, penalised: false } } : {}),
    },
    apply: ({ tape, parameter }, input) => {
      const weight = parameter('weight');
      if (bias && input.shape.length === 2) return tape.op('Gemm', [input, weight, parameter('bias')]);
      const product = tape.op('MatMul', [input, weight]);
      return bias ? tape.op('Add', [product, parameter('bias')]) : product;
    },
  };
}

/** An elementwise function. */
export const activation = (name: ActivationName): Layer => ({
  kind: name.toLowerCase(),
  parameters: {},
  apply: ({ tape }, input) => tape.op(name, [input]),
});

/** Everything of an example in one row: [rows, ...] to [rows, numbers]. */
export const flatten = (): Layer => ({
  kind: 'flatten',
  parameters: {},
  apply: ({ tape }, input) => tape.op('Flatten', [input]),
});

/**
 * While training, drops numbers and enlarges the others so that the mean stays (Srivastava et al. 2014).
 *
 * @param rate the part that is dropped, from 0 up to but not 1
 */
export const dropout = (rate: number): Layer => ({
  kind: 'dropout',
  parameters: {},
  apply: ({ tape, training, random }, input) => {
    if (!training || rate === 0) return input;
    const m = arithmetic(tape);
    const drawn = random(sizesOf(input.shape, 'dropout while training'));
    const kept = m.mask(tape.op('GreaterOrEqual', [drawn, m.scalar(rate, drawn)]), input);
    return m.mul(input, m.mul(kept, 1 / (1 - rate)));
  },
});

/**
 * A row of learnt numbers for each whole number: int64 [rows, length] to float32 [rows, length, width].
 *
 * Parameters: `weight` [size, width].
 *
 * @param size how many whole numbers there are, from 0
 */
export const embedding = (size: number, width: number, initial?: Initial): Layer => ({
  kind: 'embedding',
  parameters: {
    weight: { shape: [size, width], initial: initial ?? { kind: 'normal', deviation: 1 }, penalised: false },
  },
  apply: ({ tape, parameter }, input) => tape.op('Gather', [parameter('weight'), input]),
});
