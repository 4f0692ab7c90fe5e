/** Layers over space: convolutions and pools of [rows, channels, ...sizes], over one or two axes. */
import { type Attributes, attr } from '../../onnx/index.ts';
import { arithmetic } from '../arithmetic.ts';
import { pad } from '../operators/cutting.ts';
import { placesOf } from '../operators/window.ts';
import { sizesOf } from '../shapes.ts';
import type { Tape, Tensor } from '../types.ts';
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

/**
 * A convolution, and the largest number of each tile of what it gives: the same as `convolution` and `maxPool`, with the
 * parameters of the convolution.
 *
 * It is for the first layer of a network. Being trained, each place of the tiles is a convolution of its own; the pool is
 * then the maximum of whole tensors, and its way back a third of the work. An input with a gradient would get it in as
 * many parts, which costs more than is saved.
 *
 * @param kernel size on each axis of space, as that of `tile`
 */
export function pooledConvolution(
  channels: number,
  filters: number,
  kernel: readonly number[],
  { tile, ...options }: PooledConvolutionOptions,
): Layer {
  const convolved = convolution(channels, filters, kernel, options);
  const pooled = maxPool(tile);
  return {
    ...convolved,
    apply: (context, input) => {
      if (!context.training) return pooled.apply(context, convolved.apply(context, input));
      const { tape } = context;
      const [weight, ...bias] = Object.keys(convolved.parameters).map(context.parameter);
      // A tile and what the kernels see around it, in whole tiles.
      const seen = kernel.map((size, axis) => Math.ceil((size - 1) / tile[axis]!) + 1);
      const margins = kernel.map((size) => (options.padding === 'same' ? size - 1 : 0));
      const before = margins.map((width) => Math.floor(width / 2));
      const after = sizesOf(input.shape.slice(2), 'a convolution').map((size, axis) => {
        const counted = Math.floor((size + margins[axis]! - kernel[axis]! + 1) / tile[axis]!);
        return (counted - 1 + seen[axis]!) * tile[axis]! - before[axis]! - size;
      });
      const tiles = foldTiles(tape, pad(tape, input, [0, 0, ...before], [0, 0, ...after]), tile);
      const ofPlaces = placesOf(tile).map((place) => {
        const ends = kernel.map((size, axis) => seen[axis]! * tile[axis]! - size - place[axis]!);
        const moved = pad(tape, weight!, [0, 0, ...place], [0, 0, ...ends]);
        return tape.op('Conv', [tiles, foldTiles(tape, moved, tile), ...bias]);
      });
      return tape.op('Max', ofPlaces);
    },
  };
}

/** Each place of a tile as a channel of its own: [rows, channels, ...sizes] to [rows, channels * places, ...sizes / tile]. */
function foldTiles(tape: Tape, tensor: Tensor, tile: readonly number[]): Tensor {
  const [rows = 0, channels = 0, ...sizes] = sizesOf(tensor.shape, 'a convolution');
  const counts = sizes.map((size, axis) => size / tile[axis]!);
  const m = arithmetic(tape);
  const split = m.reshape(tensor, [rows, channels, ...counts.flatMap((count, axis) => [count, tile[axis]!])]);
  const places = tile.map((_, axis) => 3 + 2 * axis);
  const folded = m.transpose(split, [0, 1, ...places, ...places.map((axis) => axis - 1)]);
  return m.reshape(folded, [rows, channels * placesOf(tile).length, ...counts]);
}

/** Choices of a convolution with its pool. */
export interface PooledConvolutionOptions extends WeightOptions {
  readonly padding?: 'same';
  /** How many windows on each axis are one number in the end. */
  readonly tile: readonly number[];
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
