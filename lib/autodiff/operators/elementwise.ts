/** Arithmetic and functions of single numbers; the driver undoes broadcasting. */
import { broadcastAll, type Gradient, likeFirst, type Operator } from '../operator.ts';
import type { Tensor } from '../types.ts';

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/**
 * Where both of two inputs attain the extremum they share the gradient evenly, as in PyTorch. Of more than two the first
 * one gets it all: they are a pool over tensors, and that is the rule of pools.
 */
const byExtremum = ({ m, d, y, inputs, shared }: Gradient, index: number): Tensor => {
  const parts = shared(() => {
    const attains = (input: Tensor | null): Tensor => m.mask(m.equal(input!, y), y);
    if (inputs.length === 2) {
      const masks = inputs.map(attains);
      const part = m.div(d, m.add(masks[0]!, masks[1]!));
      return masks.map((mask) => m.mul(part, mask));
    }
    let rest = d;
    const taken = inputs.slice(0, -1).map((input) => {
      const part = m.mul(rest, attains(input));
      rest = m.sub(rest, part);
      return part;
    });
    return [...taken, rest];
  });
  return parts[index]!;
};

/** Elementwise operators with a derivative. */
export const elementwise: Readonly<Record<string, Operator>> = {
  Identity: { infer: likeFirst, backward: ({ d }) => d },
  Add: { infer: broadcastAll, backward: ({ d }) => d },
  Sum: { infer: broadcastAll, backward: ({ d }) => d },
  Sub: { infer: broadcastAll, backward: [({ d }) => d, ({ m, d }) => m.neg(d)] },
  Mul: {
    infer: broadcastAll,
    backward: [({ m, d, input }) => m.mul(d, input(1)), ({ m, d, x }) => m.mul(d, x)],
  },
  Div: {
    infer: broadcastAll,
    backward: [
      ({ m, d, input }) => m.div(d, input(1)),
      ({ m, d, y, input }) => m.neg(m.div(m.mul(d, y), input(1))),
    ],
  },
  Pow: {
    infer: broadcastAll,
    backward: [
      ({ m, d, x, input, isConstant, numbers }) => {
        const exponent = input(1);
        const known = isConstant(1) ? numbers(1)! : null;
        if (known?.every((value) => value === 2)) return m.mul(d, m.mul(x, 2));
        const slope = m.mul(exponent, m.pow(x, m.sub(exponent, 1)));
        if (known?.every((value) => value !== 0)) return m.mul(d, slope);
        // A power of zero is constant, though the formula says 0 * infinity at a base of zero.
        return m.mul(d, m.where(m.equal(exponent, 0), m.scalar(0, x), slope));
      },
      // By continuity a base of zero, whose logarithm is infinite, adds nothing.
      ({ m, d, x, y }) => m.mul(d, m.where(m.equal(x, 0), m.scalar(0, x), m.mul(y, m.log(x)))),
    ],
  },
  Neg: { infer: likeFirst, backward: ({ m, d }) => m.neg(d) },
  Reciprocal: { infer: likeFirst, backward: ({ m, d, y }) => m.neg(m.mul(d, m.mul(y, y))) },
  Abs: { infer: likeFirst, backward: ({ tape, m, d, x }) => m.mul(d, tape.op('Sign', [x])) },
  Sqrt: { infer: likeFirst, backward: ({ m, d, y }) => m.div(d, m.mul(y, 2)) },
  Exp: { infer: likeFirst, backward: ({ m, d, y }) => m.mul(d, y) },
  Log: { infer: likeFirst, backward: ({ m, d, x }) => m.div(d, x) },
  Sin: { infer: likeFirst, backward: ({ tape, m, d, x }) => m.mul(d, tape.op('Cos', [x])) },
  Cos: { infer: likeFirst, backward: ({ tape, m, d, x }) => m.neg(m.mul(d, tape.op('Sin', [x]))) },
  Erf: {
    infer: likeFirst,
    backward: ({ m, d, x }) => m.mul(d, m.mul(m.exp(m.neg(m.mul(x, x))), TWO_OVER_ROOT_PI)),
  },
  Max: { infer: broadcastAll, backward: byExtremum },
  Min: { infer: broadcastAll, backward: byExtremum },
  /** Only what lies inside of the bounds passes; on a bound it is held, as by Relu at zero. */
  Clip: {
    infer: likeFirst,
    backward: [
      ({ tape, m, d, x, inputs }) => {
        const [, low = null, high = null] = inputs;
        const above = low === null ? [] : [tape.op('Greater', [x, low])];
        const below = high === null ? [] : [tape.op('Less', [x, high])];
        return [...above, ...below].reduce((passed, inside) => m.mul(passed, m.mask(inside, x)), d);
      },
      null,
      null,
    ],
  },
  Where: {
    infer: (node) => [{ ...broadcastAll(node)[0]!, type: node.input(1).type }],
    // A product with a mask would be faster, but zero times the infinite gradient of a branch not taken is NaN.
    backward: [
      () => null,
      ({ m, d, x }) => m.where(x, d, m.scalar(0, d)),
      ({ m, d, x }) => m.where(x, m.scalar(0, d), d),
    ],
  },
};
