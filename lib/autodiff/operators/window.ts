/** The geometry of windows that slide over the axes of space: where convolutions and pools look. */
import { internal } from '../../core/index.ts';
import { type Attributes, attr } from '../../onnx/index.ts';
import { sizesOf } from '../shapes.ts';
import type { TapeNode } from '../types.ts';

/** Everything by spatial axis; examples and channels come before. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zeros around the input. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** How many numbers a kernel spans, gaps included. */
export const spanOf = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/**
 * The window of a convolution or pool.
 *
 * @param inputSizes sizes of the space that the window slides over
 * @throws OnrampError `internal` for `ceil_mode`, which rounds the number of windows up
 */
export function windowOf(node: TapeNode, kernel: readonly number[], inputSizes: readonly number[]): Window {
  if (node.int('ceil_mode', 0) !== 0)
    throw internal(`${node.opType}: ceil_mode is not supported; pad instead`);
  const strides = node.ints('strides', null) ?? kernel.map(() => 1);
  const dilations = node.ints('dilations', null) ?? kernel.map(() => 1);
  const automatic = node.text('auto_pad', 'NOTSET');
  if (automatic === 'NOTSET' || automatic === 'VALID') {
    const pads = node.ints('pads', null) ?? [...kernel, ...kernel].map(() => 0);
    return {
      kernel,
      strides,
      dilations,
      before: pads.slice(0, kernel.length),
      after: pads.slice(kernel.length),
    };
  }
  // As many windows as strides fit; an odd zero goes to the end, or to the beginning for SAME_LOWER.
  const totals = inputSizes.map((size, axis) => {
    const stride = strides[axis]!;
    const needed = (Math.ceil(size / stride) - 1) * stride + spanOf(kernel[axis]!, dilations[axis]!) - size;
    return Math.max(0, needed);
  });
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total) => Math.ceil(total / 2));
  const [before, after] = automatic === 'SAME_LOWER' ? [larger, smaller] : [smaller, larger];
  return { kernel, strides, dilations, before, after };
}

/** How often the window fits on each axis. */
export function windowCounts(
  window: Window,
  inputSizes: readonly number[],
  owner: string,
): readonly number[] {
  return inputSizes.map((size, axis) => {
    const span = spanOf(window.kernel[axis]!, window.dilations[axis]!);
    const room = size + window.before[axis]! + window.after[axis]! - span;
    if (room < 0)
      throw internal(`${owner}: a window of ${span} does not fit an input of ${size} with its padding`);
    return Math.floor(room / window.strides[axis]!) + 1;
  });
}

/** The window as attributes of another node. */
export const windowAttributes = ({ strides, dilations, before, after }: Window): Attributes => ({
  strides: attr.ints(strides),
  dilations: attr.ints(dilations),
  pads: attr.ints([...before, ...after]),
});

/** The numbers at the end of each axis that no window reaches, because the strides do not come out even. */
export function unreached(window: Window, inputSizes: readonly number[]): readonly number[] {
  return inputSizes.map((size, axis) => {
    const span = spanOf(window.kernel[axis]!, window.dilations[axis]!);
    return (size + window.before[axis]! + window.after[axis]! - span) % window.strides[axis]!;
  });
}

/** Every place of a window, in the order of memory. */
export const placesOf = (kernel: readonly number[]): readonly (readonly number[])[] =>
  kernel.reduce<number[][]>(
    (outer, size) => outer.flatMap((place) => Array.from({ length: size }, (_, index) => [...place, index])),
    [[]],
  );

/** The sizes of space, after examples and channels. */
export const spaceOf = (node: TapeNode, input = 0): readonly number[] =>
  sizesOf(node.input(input).shape.slice(2), node.opType);
