/** Sums, means and extrema over axes, and the softmax family. */
import type { Dimension } from '../../onnx/index.ts';
import { axisOf, type Gradient, type Operator } from '../operator.ts';
import { frontAxis, sizesOf } from '../shapes.ts';
import type { TapeNode, Tensor } from '../types.ts';

/** The axes a reduction runs over: those named, or all. */
function axesOf(node: TapeNode): readonly number[] {
  const { shape } = node.input(0);
  const named = node.numbers(1) ?? [];
  if (named.length > 0) return named.map((axis) => frontAxis(axis, shape.length, node.opType));
  return node.int('noop_with_empty_axes', 0) === 1 ? [] : [...shape.keys()];
}

/** A shape without some axes, or with size 1 in their place. */
export function reducedShape(
  shape: readonly Dimension[],
  axes: readonly number[],
  keep: boolean,
): readonly Dimension[] {
  return shape.flatMap((size, axis) => {
    if (!axes.includes(axis)) return [size];
    return keep ? [1] : [];
  });
}

const infer: Operator['infer'] = (node) => {
  const { type, shape } = node.input(0);
  return [{ type, shape: reducedShape(shape, axesOf(node), node.int('keepdims', 1) === 1) }];
};

/** A result or its adjoint with its axes back as size 1, so that it broadcasts against the input. */
function kept(gradient: Gradient, tensor: Tensor): Tensor {
  if (tensor.shape.length === gradient.x.shape.length) return tensor;
  return gradient.m.reshape(
    tensor,
    sizesOf(reducedShape(gradient.x.shape, axesOf(gradient), true), gradient.opType),
  );
}

/** How many numbers go into one result. */
function groupSize(gradient: Gradient): number {
  const sizes = sizesOf(gradient.x.shape, gradient.opType);
  return axesOf(gradient).reduce((product, axis) => product * sizes[axis]!, 1);
}

/** Everything that attains the extremum shares the gradient evenly. */
function sharedByTies(gradient: Gradient): Tensor {
  const { m, d, x, y } = gradient;
  const attains = m.mask(m.equal(x, kept(gradient, y)), x);
  return m.mul(attains, m.div(kept(gradient, d), m.sum(attains, axesOf(gradient))));
}

const alongAxis: Operator['infer'] = (node) => {
  axisOf(node, -1);
  return [node.input(0)];
};

/** Reductions and what normalises to a sum of one. */
export const reductions: Readonly<Record<string, Operator>> = {
  ReduceSum: { infer, backward: (gradient) => kept(gradient, gradient.d) },
  ReduceMean: {
    infer,
    backward: (gradient) => gradient.m.mul(kept(gradient, gradient.d), 1 / groupSize(gradient)),
  },
  ReduceSumSquare: {
    infer,
    backward: (gradient) => gradient.m.mul(gradient.x, gradient.m.mul(kept(gradient, gradient.d), 2)),
  },
  ReduceL1: {
    infer,
    backward: (gradient) =>
      gradient.m.mul(gradient.tape.op('Sign', [gradient.x]), kept(gradient, gradient.d)),
  },
  ReduceMax: { infer, backward: [sharedByTies] },
  ReduceMin: { infer, backward: [sharedByTies] },
  ReduceLogSumExp: {
    infer,
    backward: (gradient) => {
      const { m, d, x, y } = gradient;
      return m.mul(m.exp(m.sub(x, kept(gradient, y))), kept(gradient, d));
    },
  },
  Softmax: {
    infer: alongAxis,
    backward: (gradient) => {
      const { m, d, y } = gradient;
      return m.mul(m.sub(d, m.sum(m.mul(d, y), [axisOf(gradient, -1)])), y);
    },
  },
  LogSoftmax: {
    infer: alongAxis,
    backward: (gradient) => {
      const { m, d, y } = gradient;
      return m.sub(d, m.mul(m.exp(y), m.sum(d, [axisOf(gradient, -1)])));
    },
  },
};
