/** How a loss changes with each value, summed from what reaches it on several paths. */
import { internal } from '../core/index.ts';
import { attr, type Value } from '../onnx/index.ts';
import { arithmetic } from './arithmetic.ts';
import type { Product } from './operator.ts';
import { broadcast, sameShape, showShape, sizesOf } from './shapes.ts';
import type { Tape, Tensor } from './types.ts';

/** Adjoints of one walk back. */
export interface Adjoints {
  has(value: Value): boolean;
  /** Adds a part, of the tensor's shape or of one that broadcasting stretched or left unstretched. */
  add(tensor: Tensor, part: Tensor | Product): void;
  /** The sum of the parts so far; zeros if there are none. */
  of(tensor: Tensor): Tensor;
}

/** Adjoints that collect their parts until they are asked for. */
export function createAdjoints(tape: Tape): Adjoints {
  const partsByValue = new Map<Value, (Tensor | Product)[]>();
  return {
    has: (value) => partsByValue.has(value),
    add: ({ value, shape }, part) => {
      const parts = partsByValue.get(value) ?? [];
      parts.push('left' in part ? part : toShape(tape, part, shape));
      partsByValue.set(value, parts);
    },
    of: ({ value, type, shape }) => {
      const parts = partsByValue.get(value);
      if (parts === undefined) return arithmetic(tape).zeros(type, sizesOf(shape, 'a gradient of zeros'));
      const total = addUp(tape, parts);
      partsByValue.set(value, [total]);
      return total;
    },
  };
}

function addUp(tape: Tape, parts: readonly (Tensor | Product)[]): Tensor {
  const terms: Tensor[] = [];
  const products: Product[] = [];
  for (const part of parts) {
    if ('left' in part) products.push(part);
    else terms.push(part);
  }
  if (products.length > 0) terms.push(multiply(tape, products));
  if (terms.length === 1) return terms[0]!;
  return tape.op(terms.length === 2 ? 'Add' : 'Sum', terms);
}

/** The sum of products as one product of their joined rows. */
function multiply(tape: Tape, products: readonly Product[]): Tensor {
  const join = (matrices: readonly Tensor[]): Tensor =>
    matrices.length === 1 ? matrices[0]! : tape.op('Concat', matrices, { axis: attr.int(0) });
  const left = join(products.map((product) => product.left));
  const right = join(products.map((product) => product.right));
  return tape.op('Gemm', [left, right], { transA: attr.int(1) });
}

/**
 * Undoes broadcasting, whichever way it went: a gradient with stretched axes is summed over them, one that an operator
 * left unstretched is expanded.
 */
function toShape(tape: Tape, part: Tensor, shape: Tensor['shape']): Tensor {
  if (sameShape(part.shape, shape)) return part;
  const m = arithmetic(tape);
  const wanted = sizesOf(shape, 'a gradient');
  const sizes = sizesOf(part.shape, 'a gradient');
  const added = Math.max(0, sizes.length - wanted.length);
  const axes = [...sizes.keys()].filter(
    (axis) => axis < added || (sizes[axis] !== 1 && wanted[axis - sizes.length + wanted.length] === 1),
  );
  const keep = axes.some((axis) => axis >= added);
  const summed = axes.length === 0 ? part : m.sum(part, axes, keep);
  if (sameShape(summed.shape, shape)) return summed;
  if (keep && added > 0) return m.reshape(summed, wanted);
  const together = broadcast([summed.shape, shape], 'a gradient');
  if (!sameShape(together, shape)) {
    throw internal(`a gradient of shape ${showShape(part.shape)} does not fit ${showShape(shape)}`);
  }
  return tape.op('Expand', [summed, tape.integers(wanted)]);
}
