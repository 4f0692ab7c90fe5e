/** Products of matrices. */
import { internal } from '../../core/index.ts';
import { attr, type Dimension } from '../../onnx/index.ts';
import type { Gradient, Operator, Product } from '../operator.ts';
import { broadcast, showShape } from '../shapes.ts';
import type { TapeNode, Tensor } from '../types.ts';

/** alpha op(a) op(b) of two matrices, where op transposes if asked to. */
function gemm(gradient: Gradient, [a, b]: readonly [Tensor, Tensor], options: GemmOptions): Tensor {
  const { transA = false, transB = false, alpha = 1 } = options;
  return gradient.tape.op('Gemm', [a, b], {
    transA: attr.int(transA ? 1 : 0),
    transB: attr.int(transB ? 1 : 0),
    alpha: attr.float(alpha),
  });
}

interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

function refuseSizes(node: TapeNode): never {
  const shapes = node.inputs.map((input) => (input === null ? '-' : showShape(input.shape)));
  throw internal(`${node.opType} cannot multiply ${shapes.join(' and ')}`);
}

const isTransposed = (node: TapeNode, name: 'transA' | 'transB'): boolean => node.int(name, 0) === 1;

function gemmShape(node: TapeNode): readonly Dimension[] {
  const a = node.input(0).shape;
  const b = node.input(1).shape;
  if (a.length !== 2 || b.length !== 2) return refuseSizes(node);
  const [rows, depth] = isTransposed(node, 'transA') ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const [height, columns] = isTransposed(node, 'transB') ? [b[1]!, b[0]!] : [b[0]!, b[1]!];
  if (depth !== height) return refuseSizes(node);
  return [rows, columns];
}

/** With FusedMatMul's switches, which transpose the last two axes. */
function matMulShape(node: TapeNode): readonly Dimension[] {
  const a = node.input(0).shape;
  const b = node.input(1).shape;
  if (a.length < 2 || b.length < 2) return refuseSizes(node);
  const [rows, depth] = isTransposed(node, 'transA') ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
  const [height, columns] = isTransposed(node, 'transB') ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
  if (depth !== height) return refuseSizes(node);
  return [...broadcast([a.slice(0, -2), b.slice(0, -2)], node.opType), rows, columns];
}

const isMatrix = ({ shape }: Tensor): boolean => shape.length === 2;

/** d times b transposed. */
function leftGradient(gradient: Gradient): Tensor {
  const { tape, d, x, input } = gradient;
  if (isMatrix(x) && isMatrix(input(1))) return gemm(gradient, [d, input(1)], { transB: true });
  return tape.op('FusedMatMul', [d, input(1)], { transB: attr.int(1) });
}

/** a transposed times d; a matrix that serves a whole batch gets the product over the batch at once. */
function rightGradient(gradient: Gradient): Tensor | Product {
  const { tape, m, d, x, input } = gradient;
  if (!isMatrix(input(1))) return tape.op('FusedMatMul', [x, d], { transA: attr.int(1) });
  const rows = (tensor: Tensor): Tensor =>
    isMatrix(tensor) ? tensor : m.reshape(tensor, [-1, Number(tensor.shape.at(-1))]);
  return { left: rows(x), right: rows(d) };
}

/** Operators of linear algebra. */
export const linear: Readonly<Record<string, Operator>> = {
  MatMul: {
    infer: (node) => [{ type: node.input(0).type, shape: matMulShape(node) }],
    backward: [leftGradient, rightGradient],
  },
  /** MatMul with switches that transpose; written by gradients. */
  FusedMatMul: {
    infer: (node) => [{ type: node.input(0).type, shape: matMulShape(node) }],
    domain: 'com.microsoft',
  },
  Gemm: {
    infer: (node) => [{ type: node.input(0).type, shape: gemmShape(node) }],
    backward: [
      (gradient) => {
        const { d, input } = gradient;
        const alpha = gradient.float('alpha', 1);
        const transB = isTransposed(gradient, 'transB');
        if (isTransposed(gradient, 'transA')) {
          return gemm(gradient, [input(1), d], { transA: transB, transB: true, alpha });
        }
        return gemm(gradient, [d, input(1)], { transB: !transB, alpha });
      },
      (gradient) => {
        const { d, x } = gradient;
        const alpha = gradient.float('alpha', 1);
        const transA = isTransposed(gradient, 'transA');
        if (isTransposed(gradient, 'transB')) {
          return gemm(gradient, [d, x], { transA: true, transB: transA, alpha });
        }
        if (!transA && alpha === 1) return { left: x, right: d };
        return gemm(gradient, [x, d], { transA: !transA, alpha });
      },
      ({ m, d, float }) => (float('beta', 1) === 1 ? d : m.mul(d, float('beta', 1))),
    ],
  },
};
