/** Pools: the largest or the mean number of each window. */
import { attr } from '../../onnx/index.ts';
import type { Gradient, Operator } from '../operator.ts';
import { sizesOf } from '../shapes.ts';
import type { TapeNode, Tensor } from '../types.ts';
import { pad } from './cutting.ts';
import { reducedShape } from './reductions.ts';
import { spaceOf, unreached, type Window, windowAttributes, windowCounts, windowOf } from './window.ts';

const poolWindow = (node: TapeNode): Window => windowOf(node, node.ints('kernel_shape', []), spaceOf(node));

const infer: Operator['infer'] = (node) => {
  const { type, shape } = node.input(0);
  const counts = windowCounts(poolWindow(node), spaceOf(node), node.opType);
  return [{ type, shape: [...shape.slice(0, 2), ...counts] }];
};

/** Windows that lie side by side: then the way back is to enlarge, which is fast. */
const isTiling = ({ kernel, strides, dilations, before, after }: Window): boolean =>
  kernel.every((size, axis) => size === strides[axis] && dilations[axis] === 1) &&
  [...before, ...after].every((width) => width === 0);

/** Repeats every number over its window. */
function enlarge({ tape }: Gradient, tensor: Tensor, factors: readonly number[]): Tensor {
  return tape.op('Resize', [tensor, null, tape.floats([1, 1, ...factors])], {
    mode: attr.string('nearest'),
    coordinate_transformation_mode: attr.string('asymmetric'),
    nearest_mode: attr.string('floor'),
  });
}

/** Cuts off the end that no window reaches. */
function trim(gradient: Gradient, tensor: Tensor): Tensor {
  const widths = unreached(poolWindow(gradient), spaceOf(gradient));
  if (widths.every((width) => width === 0)) return tensor;
  const { tape } = gradient;
  const ends = spaceOf(gradient).map((size, axis) => size - widths[axis]!);
  const axes = widths.map((_, axis) => axis + 2);
  return tape.op('Slice', [
    tensor,
    tape.integers(axes.map(() => 0)),
    tape.integers(ends),
    tape.integers(axes),
  ]);
}

/** Puts zeros where no window reaches. */
function fillUp(gradient: Gradient, tensor: Tensor): Tensor {
  const widths = unreached(poolWindow(gradient), spaceOf(gradient));
  return pad(gradient.tape, tensor, [0, 0, ...widths.map(() => 0)], [0, 0, ...widths]);
}

/**
 * The gradient goes to the first of the largest numbers in each window, as in PyTorch. Numbers that equal the largest
 * get a rank that falls within the window, and the highest rank wins.
 */
function tiledMaximum(gradient: Gradient): Tensor {
  const { tape, m, d, y } = gradient;
  const { kernel, strides } = poolWindow(gradient);
  const x = trim(gradient, gradient.x);
  const largest = m.mask(m.equal(x, enlarge(gradient, y, kernel)), x);
  const ranked = m.mul(largest, rankConstant(gradient, sizesOf(x.shape.slice(2), 'MaxPool'), kernel));
  const first = tape.op('MaxPool', [ranked], {
    kernel_shape: attr.ints(kernel),
    strides: attr.ints(strides),
  });
  const chosen = m.mask(m.equal(ranked, enlarge(gradient, first, kernel)), x);
  return fillUp(gradient, m.mul(chosen, enlarge(gradient, d, kernel)));
}

/** Within each window the ranks fall from its size to 1 in the order of memory. */
function rankConstant({ tape }: Gradient, sizes: readonly number[], kernel: readonly number[]): Tensor {
  const count = kernel.reduce((product, size) => product * size, 1);
  const total = sizes.reduce((product, size) => product * size, 1);
  const ranks = Float32Array.from({ length: total }, (_, flat) => {
    let rest = flat;
    let place = 0;
    let stride = 1;
    for (let axis = sizes.length - 1; axis >= 0; axis -= 1) {
      place += ((rest % sizes[axis]!) % kernel[axis]!) * stride;
      stride *= kernel[axis]!;
      rest = Math.floor(rest / sizes[axis]!);
    }
    return count - place;
  });
  return tape.floats(ranks, [1, 1, ...sizes]);
}

/** Windows that overlap: each says where it found its largest number, and a number may be that of several windows. */
function scatteredMaximum(gradient: Gradient): Tensor {
  const { tape, m, d, x } = gradient;
  const window = poolWindow(gradient);
  const [, places] = tape.ops('MaxPool', 2, [x], {
    ...windowAttributes(window),
    kernel_shape: attr.ints(window.kernel),
  });
  const sizes = sizesOf(x.shape, 'MaxPool');
  const zeros = m.zeros(x.type, [sizes.reduce((product, size) => product * size, 1)]);
  const inputs = [zeros, m.reshape(places!, [-1]), m.reshape(d, [-1])];
  return m.reshape(tape.op('ScatterElements', inputs, { reduction: attr.string('add') }), sizes);
}

/** Each number of a window gets an equal part. */
function averageGradient(gradient: Gradient): Tensor {
  const { tape, m, d, x } = gradient;
  const window = poolWindow(gradient);
  const count = window.kernel.reduce((product, size) => product * size, 1);
  if (isTiling(window)) {
    return fillUp(gradient, enlarge(gradient, m.mul(d, 1 / count), window.kernel));
  }
  const channels = Number(x.shape[1]);
  const kernels = tape.floats(new Float32Array(channels * count).fill(1), [channels, 1, ...window.kernel]);
  return tape.op('ConvTranspose', [m.div(d, divisors(gradient, window, count)), kernels], {
    ...windowAttributes(window),
    group: attr.int(channels),
    output_padding: attr.ints(unreached(window, spaceOf(gradient))),
  });
}

/** How many numbers each window divides by: all of its own, or only those inside the input. */
function divisors(gradient: Gradient, window: Window, count: number): Tensor | number {
  if (gradient.int('count_include_pad', 0) === 1) return count;
  const space = spaceOf(gradient);
  const inside = windowCounts(window, space, 'AveragePool').map((windows, axis) =>
    Array.from({ length: windows }, (_, index) => {
      const start = index * window.strides[axis]! - window.before[axis]!;
      const taken = Array.from(
        { length: window.kernel[axis]! },
        (_, at) => start + at * window.dilations[axis]!,
      );
      return taken.filter((place) => place >= 0 && place < space[axis]!).length;
    }),
  );
  const products = inside.reduce((outer, inner) => outer.flatMap((a) => inner.map((b) => a * b)), [1]);
  return gradient.tape.floats(products, [1, 1, ...inside.map(({ length }) => length)]);
}

/** Pools over the axes after examples and channels. */
export const pooling: Readonly<Record<string, Operator>> = {
  MaxPool: {
    infer: (node) => [...infer(node), { type: 'int64', shape: infer(node)[0]!.shape }],
    backward: [
      (gradient) => (isTiling(poolWindow(gradient)) ? tiledMaximum(gradient) : scatteredMaximum(gradient)),
    ],
  },
  AveragePool: { infer, backward: [averageGradient] },
  GlobalAveragePool: {
    infer: (node) => {
      const { type, shape } = node.input(0);
      return [{ type, shape: reducedShape(shape, [...shape.keys()].slice(2), true) }];
    },
    backward: [
      (gradient) =>
        gradient.m.mul(gradient.d, 1 / spaceOf(gradient).reduce((product, size) => product * size, 1)),
    ],
  },
};
