/** Activation functions of networks. */
import { type Gradient, likeFirst, type Operator } from '../operator.ts';
import type { Tensor } from '../types.ts';

const ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);
/** The coefficient in the tanh approximation of Hendrycks and Gimpel 2016. */
const GELU_CUBIC = 0.044715;

/** 1 where the input is above zero, else 0. */
const positive = ({ m, x }: Gradient): Tensor => m.mask(m.greater(x, 0), x);

/** Activations with their derivatives, most of them from the result, which is at hand. */
export const activations: Readonly<Record<string, Operator>> = {
  Tanh: { infer: likeFirst, backward: ({ m, d, y }) => m.mul(d, m.sub(1, m.mul(y, y))) },
  Sigmoid: { infer: likeFirst, backward: ({ m, d, y }) => m.mul(d, m.mul(y, m.sub(1, y))) },
  Relu: { infer: likeFirst, backward: ({ m, d, y }) => m.mul(d, m.mask(m.greater(y, 0), y)) },
  LeakyRelu: {
    infer: likeFirst,
    backward: (gradient) => {
      const { m, d } = gradient;
      const alpha = gradient.float('alpha', 0.01);
      return m.mul(d, m.add(m.mul(positive(gradient), 1 - alpha), alpha));
    },
  },
  Elu: {
    infer: likeFirst,
    backward: ({ m, d, x, y, float }) => {
      const slope = m.where(m.greater(x, 0), m.scalar(1, x), m.add(y, float('alpha', 1)));
      return m.mul(d, slope);
    },
  },
  Softplus: { infer: likeFirst, backward: ({ tape, m, d, x }) => m.mul(d, tape.op('Sigmoid', [x])) },
  Gelu: {
    infer: likeFirst,
    backward: (gradient) =>
      gradient.text('approximate', 'none') === 'tanh' ? geluTanhGradient(gradient) : geluGradient(gradient),
  },
};

/** x F(x), where F is the normal distribution: the slope is F(x) + x f(x). */
function geluGradient({ tape, m, d, x }: Gradient): Tensor {
  const distribution = m.mul(m.add(tape.op('Erf', [m.mul(x, Math.SQRT1_2)]), 1), 0.5);
  const density = m.mul(m.exp(m.mul(m.mul(x, x), -0.5)), ROOT_TWO_OVER_PI / 2);
  return m.mul(d, m.add(distribution, m.mul(x, density)));
}

/**
 * 0.5 x (1 + tanh u) with u = sqrt(2 / pi) (x + 0.044715 x^3) is x s(2 u) with the logistic function s.
 */
function geluTanhGradient({ tape, m, d, x }: Gradient): Tensor {
  const square = m.mul(x, x);
  const inner = m.mul(m.mul(x, m.add(m.mul(square, GELU_CUBIC), 1)), 2 * ROOT_TWO_OVER_PI);
  const innerSlope = m.mul(m.add(m.mul(square, 3 * GELU_CUBIC), 1), 2 * ROOT_TWO_OVER_PI);
  const share = tape.op('Sigmoid', [inner]);
  return m.mul(d, m.mul(share, m.add(m.mul(m.mul(x, innerSlope), m.sub(1, share)), 1)));
}
