/** Operators that move numbers and do not change them. */
import { internal } from '../../core/index.ts';
import { attr, type Dimension } from '../../onnx/index.ts';
import { axisOf, type Gradient, type Operator } from '../operator.ts';
import { broadcast, frontAxis, remainingSize, sizesOf } from '../shapes.ts';
import type { TapeNode, Tensor } from '../types.ts';

/** The adjoint in the shape of the input. */
const inputShape = ({ m, d, x, opType }: Gradient): Tensor => m.reshape(d, sizesOf(x.shape, opType));

const one = (node: TapeNode, shape: readonly Dimension[]) => [{ type: node.input(0).type, shape }];

function reshapedShape(node: TapeNode): readonly Dimension[] {
  const from = node.input(0).shape;
  const wanted = node.numbers(1)!.map((size, axis): Dimension => {
    if (size !== 0) return size;
    const copied = from[axis];
    if (copied === undefined) throw internal(`Reshape has no axis ${axis} to copy`);
    return copied;
  });
  const known = wanted.filter((size) => size !== -1);
  const remaining = remainingSize(from, known, 'Reshape');
  if (known.length === wanted.length && remaining !== 1) {
    throw internal(`Reshape cannot make [${wanted}] of [${from}]`);
  }
  return wanted.map((size) => (size === -1 ? remaining : size));
}

function squeezedShape(node: TapeNode): readonly Dimension[] {
  const { shape } = node.input(0);
  const axes = node.numbers(1)?.map((axis) => frontAxis(axis, shape.length, node.opType));
  if (axes?.some((axis) => shape[axis] !== 1)) throw internal(`Squeeze of [${shape}] at axes [${axes}]`);
  return shape.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis)));
}

function unsqueezedShape(node: TapeNode): readonly Dimension[] {
  const added = node.numbers(1)!;
  const rank = node.input(0).shape.length + added.length;
  const axes = new Set(added.map((axis) => frontAxis(axis, rank, node.opType)));
  const sizes = [...node.input(0).shape];
  return Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : sizes.shift()!));
}

/** The order of the axes; without an attribute they are reversed. */
function orderOf(node: TapeNode): readonly number[] {
  return node.ints('perm', null) ?? [...node.input(0).shape.keys()].reverse();
}

function tiledGradient({ m, d, x, opType, numbers }: Gradient): Tensor {
  const sizes = sizesOf(x.shape, opType);
  const parts = sizes.flatMap((size, axis) => [numbers(1)![axis]!, size]);
  const copies = sizes.map((_, axis) => 2 * axis);
  return m.sum(m.reshape(d, parts), copies, false);
}

/** Operators that only change the shape. */
export const reshaping: Readonly<Record<string, Operator>> = {
  Reshape: { infer: (node) => one(node, reshapedShape(node)), backward: inputShape },
  Flatten: {
    infer: (node) => {
      const { shape } = node.input(0);
      const axis = axisOf(node, 1, shape.length + 1);
      return one(node, [
        remainingSize(shape.slice(0, axis), [], 'Flatten'),
        remainingSize(shape.slice(axis), [], 'Flatten'),
      ]);
    },
    backward: inputShape,
  },
  Squeeze: { infer: (node) => one(node, squeezedShape(node)), backward: inputShape },
  Unsqueeze: { infer: (node) => one(node, unsqueezedShape(node)), backward: inputShape },
  Transpose: {
    infer: (node) => {
      const { shape } = node.input(0);
      return one(
        node,
        orderOf(node).map((axis) => shape[axis]!),
      );
    },
    backward: (gradient) => {
      const order = orderOf(gradient);
      return gradient.m.transpose(
        gradient.d,
        order.map((_, axis) => order.indexOf(axis)),
      );
    },
  },
  Expand: {
    infer: (node) => one(node, broadcast([node.input(0).shape, node.numbers(1)!], 'Expand')),
    backward: ({ d }) => d,
  },
  Tile: {
    infer: (node) =>
      one(
        node,
        sizesOf(node.input(0).shape, 'Tile').map((size, axis) => size * node.numbers(1)![axis]!),
      ),
    backward: [tiledGradient],
  },
  /** Only by whole factors, from the nearest neighbour; what pooling needs on its way back. */
  Resize: {
    infer: (node) =>
      one(
        node,
        node.input(0).shape.map((size, axis) => {
          const scale = node.numbers(2)![axis]!;
          return scale === 1 ? size : Number(size) * scale;
        }),
      ),
    backward: [
      (gradient) => {
        const { m, d, x, opType, numbers } = gradient;
        const sizes = sizesOf(x.shape, opType);
        const parts = sizes.flatMap((size, axis) => [size, numbers(2)![axis]!]);
        return m.sum(
          m.reshape(d, parts),
          sizes.map((_, axis) => 2 * axis + 1),
          false,
        );
      },
    ],
  },
  Concat: {
    infer: (node) => {
      const axis = axisOf(node, 0);
      const shapes = node.inputs.map((input) => input!.shape);
      const total = sizesOf(
        shapes.map((shape) => shape[axis]!),
        'Concat',
      ).reduce((sum, size) => sum + size, 0);
      for (const shape of shapes) {
        if (shape.some((size, other) => other !== axis && size !== shapes[0]![other])) {
          throw internal(`Concat at axis ${axis} of [${shapes.join('], [')}]`);
        }
      }
      return one(node, shapes[0]!.with(axis, total));
    },
    backward: (gradient, index) => {
      const { tape, d, inputs } = gradient;
      const axis = axisOf(gradient, 0);
      const sizes = inputs.map((input) => Number(input!.shape[axis]));
      const parts = gradient.shared(() =>
        tape.ops('Split', sizes.length, [d, tape.integers(sizes)], { axis: attr.int(axis) }),
      );
      return parts[index]!;
    },
  },
  Split: {
    infer: (node) => {
      const axis = axisOf(node, 0);
      const { type, shape } = node.input(0);
      const sizes = node.numbers(1);
      if (sizes === null) throw internal('Split needs the sizes of its parts as input 1');
      return sizes.map((size) => ({ type, shape: shape.with(axis, size) }));
    },
    backward: [
      (gradient) =>
        gradient.tape.op(
          'Concat',
          gradient.outputs.map((_, index) => gradient.adjoint(index)),
          { axis: attr.int(axisOf(gradient, 0)) },
        ),
    ],
  },
};
