/** Layers over space: convolutions and pools of [rows, channels, ...sizes], over one or two axes. */
import { type Attributes, attr } from '../../onnx/index.ts';
import type { WeightOptions } from './basic.ts';
import type { Layer } from './layer.ts';

/** Where a window looks; a list has one number for each axis of space. */
export interface WindowOptions {
  /** How far from window to window; 1 by default for convolutions, the size of the window for pools. */
  readonly strides?: readonly number[];
  /** Zeros on both sides of each axis, or `same` for as many windows as strides fit. None by default. */
  readonly padding?: readonly number[] | 'same';
}

/** Further choices of a convolution. */
export interface ConvolutionOptions extends WeightOptions, WindowOptions {
  /** Distance between the numbers that a kernel looks at; 1 by default. */
  readonly dilations?: readonly number[];
  /** Channels fall into this many groups that do not see each other; 1 by default. */
  readonly groups?: number;
}

const windowAttributes = ({ strides, padding }: WindowOptions): Attributes => ({
  ...(strides === undefined ? {} : { strides: attr.ints(strides) }),
  ...(padding === 'same' ? { auto_pad: attr.string('SAME_UPPER') } : {}),
  ...(Array.isArray(padding) ? { pads: attr.ints([...padding, ...padding]) } : {}),
});

/**
 * Kernels that slide over space.
 *
 * Parameters: `weight` [filters, channels / groups, ...kernel], `bias` [filters].
 *
 * @param kernel size on each axis of space
 */
export function convolution(
  channels: number,
  filters: number,
  kernel: readonly number[],
  options: ConvolutionOptions = {},
): Layer {
  const { groups = 1, dilations, bias = true } = options;
  const area = kernel.reduce((product, size) => product * size, 1);
  const fanIn = (channels / groups) * area;
  const { initial = { kind: 'glorot', fanIn, fanOut: (filters / groups) * area } } = options;
  const attributes = {
    ...windowAttributes(options),
    ...(dilations === undefined ? {} : { dilations: attr.ints(dilations) }),
    group: attr.int(groups),
  };
  return {
    kind: 'convolution',
    parameters: {
      weight: { shape: [filters, channels / groups, ...kernel], initial },
      ...(bias ? { bias: { shape: [filters], initial: { kind: 'zeros' }, penalised: false } } : {}),
    },
    apply: ({ tape, parameter }, input) => {
      const inputs = [input, parameter('weight'), ...(bias ? [parameter('bias')] : [])];
      return tape.op('Conv', inputs, attributes);
    },
  };
}

const pool = (opType: string, kernel: readonly number[], options: WindowOptions): Layer => ({
  kind: opType.toLowerCase(),
  parameters: {},
  apply: ({ tape }, input) =>
    tape.op(opType, [input], {
      ...windowAttributes({ strides: kernel, ...options }),
      kernel_shape: attr.ints(kernel),
    }),
});

/** The largest number of each window. A Relu costs less after it than before and gives the same. */
export const maxPool = (kernel: readonly number[], options: WindowOptions = {}): Layer =>
  pool('MaxPool', kernel, options);

/** The mean of each window; padding does not count. */
export const averagePool = (kernel: readonly number[], options: WindowOptions = {}): Layer =>
  pool('AveragePool', kernel, options);

/** The largest number of each channel, wherever it is: [rows, channels, ...sizes] to [rows, channels]. */
export const globalMaxPool = (): Layer => ({
  kind: 'globalmaxpool',
  parameters: {},
  apply: ({ tape }, input) => {
    const space = tape.integers([...input.shape.keys()].slice(2));
    return tape.op('ReduceMax', [input, space], { keepdims: attr.int(0) });
  },
});

/** The mean of each channel: [rows, channels, ...sizes] to [rows, channels]. */
export const globalAveragePool = (): Layer => ({
  kind: 'globalaveragepool',
  parameters: {},
  apply: ({ tape }, input) => tape.op('Flatten', [tape.op('GlobalAveragePool', [input])]),
});
