/** Operators that look numbers up by index; on the way back, numbers looked up twice get both adjoints. */
import { attr } from '../../onnx/index.ts';
import { axisOf, type Gradient, type Operator } from '../operator.ts';
import { sizesOf } from '../shapes.ts';
import type { Tensor } from '../types.ts';

const addUp = { reduction: attr.string('add') };

/** Adds each row of the adjoint to the row it was looked up from, with the axis of the rows in front. */
function gatheredGradient(gradient: Gradient): Tensor {
  const { tape, m, d, x, input } = gradient;
  const axis = axisOf(gradient, 0);
  const indices = input(1);
  const sizes = sizesOf(x.shape, 'Gather');
  const places = tape.op('Unsqueeze', [indices, tape.integers([-1])]);
  const looked = [...indices.shape.keys()].map((offset) => axis + offset);
  const others = [...d.shape.keys()].filter((other) => !looked.includes(other));
  const updates = axis === 0 ? d : m.transpose(d, [...looked, ...others]);
  const zeros = m.zeros(x.type, [sizes[axis]!, ...sizes.toSpliced(axis, 1)]);
  const added = tape.op('ScatterND', [zeros, places, updates], addUp);
  if (axis === 0) return added;
  const order = sizes.map((_, other) => (other < axis ? other + 1 : other === axis ? 0 : other));
  return m.transpose(added, order);
}

/** Lookups and their inverses. */
export const lookup: Readonly<Record<string, Operator>> = {
  Gather: {
    infer: (node) => {
      const { type, shape } = node.input(0);
      const axis = axisOf(node, 0);
      return [{ type, shape: shape.toSpliced(axis, 1, ...node.input(1).shape) }];
    },
    backward: [gatheredGradient, null],
  },
  GatherElements: {
    infer: (node) => [{ type: node.input(0).type, shape: node.input(1).shape }],
    backward: [
      (gradient) => {
        const { tape, m, d, x, input } = gradient;
        const zeros = m.zeros(x.type, sizesOf(x.shape, 'GatherElements'));
        const axis = attr.int(axisOf(gradient, 0));
        return tape.op('ScatterElements', [zeros, input(1), d], { ...addUp, axis });
      },
      null,
    ],
  },
  ScatterND: { infer: (node) => [node.input(0)] },
  ScatterElements: { infer: (node) => [node.input(0)] },
};
