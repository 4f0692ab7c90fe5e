/** Optimisers as graph nodes: from a gradient to new weights, by PyTorch's formulas. */
import type { Arithmetic } from './arithmetic.ts';
import type { Tape, Tensor } from './types.ts';

/** An optimiser and its settings; left out are PyTorch's defaults. Weight decay spares parameters that are not `penalised`. */
export type OptimizerSpec =
  /** Gradient descent, on a batch or on all rows; with momentum that of Polyak, or Nesterov's form of it. */
  | {
      readonly kind: 'sgd';
      readonly momentum?: number;
      readonly nesterov?: boolean;
      readonly weightDecay?: number;
    }
  /** Kingma and Ba 2015; `adamw` decays weights apart from the gradient (Loshchilov and Hutter 2019). */
  | {
      readonly kind: 'adam' | 'adamw';
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
      readonly weightDecay?: number;
    }
  /** Tieleman and Hinton 2012. */
  | {
      readonly kind: 'rmsprop';
      readonly alpha?: number;
      readonly epsilon?: number;
      readonly momentum?: number;
      readonly weightDecay?: number;
    };

/** What an optimiser computes with in one step; vectors over all weights are rows, [1, weights]. */
export interface OptimizerStep {
  readonly tape: Tape;
  readonly m: Arithmetic;
  readonly weights: Tensor;
  readonly gradient: Tensor;
  /** 1 where weight decay applies. */
  readonly mask: Tensor;
  /** What the optimiser remembers of earlier steps. */
  readonly memory: readonly Tensor[];
  /** The numbers of this step, each float32 [1, 1]. */
  readonly numbers: readonly Tensor[];
}

/** What a step leaves. */
export interface OptimizerResult {
  readonly weights: Tensor;
  readonly memory: readonly Tensor[];
}

/** An optimiser as the training loop uses it. */
export interface Optimizer {
  /** How many vectors it remembers; they begin as zeros. */
  readonly vectors: number;
  /** What changes from step to step, computed in float64; `step` counts from 1. */
  numbersAt(step: number, rate: number): readonly number[];
  emit(step: OptimizerStep): OptimizerResult;
}

/** Learning rate of PyTorch's optimisers, where somebody does not choose. */
export const defaultRate = (spec: OptimizerSpec): number =>
  spec.kind === 'sgd' || spec.kind === 'rmsprop' ? 0.01 : 0.001;

export function createOptimizer(spec: OptimizerSpec): Optimizer {
  if (spec.kind === 'sgd') return descent(spec);
  return spec.kind === 'rmsprop' ? rmsprop(spec) : adam(spec);
}

/**
 * a + factor * b of rows. A product of matrices with one number on its left adds in the pass in which it multiplies, and
 * takes `a` over by a plain copy, which is faster than Mul and Add.
 */
function addScaled(tape: Tape, a: Tensor, factor: Tensor | number, b: Tensor): Tensor {
  const left = typeof factor === 'number' ? tape.floats([factor], [1, 1]) : factor;
  return tape.op('Gemm', [left, b, a]);
}

/** Adds weight decay to the gradient, as all but AdamW do. */
function decayed({ tape, m, gradient, weights, mask }: OptimizerStep, weightDecay: number): Tensor {
  return weightDecay === 0 ? gradient : addScaled(tape, gradient, weightDecay, m.mul(weights, mask));
}

function descent({
  momentum = 0,
  nesterov = false,
  weightDecay = 0,
}: Extract<OptimizerSpec, { readonly kind: 'sgd' }>): Optimizer {
  return {
    vectors: momentum === 0 ? 0 : 1,
    numbersAt: (_step, rate) => [-rate],
    emit: (step) => {
      const { tape, weights, memory, numbers } = step;
      const gradient = decayed(step, weightDecay);
      if (momentum === 0) return { weights: addScaled(tape, weights, numbers[0]!, gradient), memory };
      const velocity = addScaled(tape, gradient, momentum, memory[0]!);
      const direction = nesterov ? addScaled(tape, gradient, momentum, velocity) : velocity;
      return { weights: addScaled(tape, weights, numbers[0]!, direction), memory: [velocity] };
    },
  };
}

/**
 * The running means m and v are remembered as m / (1 - beta1) and v / (1 - beta2), which saves a pass over each; the
 * factors, and those of the bias corrections, are put into the two numbers of the step. The result is the same.
 */
function adam({
  kind,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = kind === 'adamw' ? 0.01 : 0,
}: Extract<OptimizerSpec, { readonly kind: 'adam' | 'adamw' }>): Optimizer {
  const apart = kind === 'adamw' && weightDecay !== 0;
  return {
    vectors: 2,
    numbersAt: (step, rate) => {
      const root = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      const length = (rate * (1 - beta1)) / ((1 - beta1 ** step) * root);
      return apart ? [-length, epsilon / root, -rate * weightDecay] : [-length, epsilon / root];
    },
    emit: (step) => {
      const { tape, m, weights, mask, memory, numbers } = step;
      const gradient = apart ? step.gradient : decayed(step, weightDecay);
      const first = addScaled(tape, gradient, beta1, memory[0]!);
      const second = addScaled(tape, m.mul(gradient, gradient), beta2, memory[1]!);
      const direction = m.div(first, m.add(tape.op('Sqrt', [second]), numbers[1]!));
      const from = apart ? addScaled(tape, weights, numbers[2]!, m.mul(weights, mask)) : weights;
      return { weights: addScaled(tape, from, numbers[0]!, direction), memory: [first, second] };
    },
  };
}

/** The running mean of squares is remembered as v / (1 - alpha), as that of Adam. */
function rmsprop({
  alpha = 0.99,
  epsilon = 1e-8,
  momentum = 0,
  weightDecay = 0,
}: Extract<OptimizerSpec, { readonly kind: 'rmsprop' }>): Optimizer {
  const root = Math.sqrt(1 - alpha);
  return {
    vectors: momentum === 0 ? 1 : 2,
    numbersAt: (_step, rate) => [-rate / root],
    emit: (step) => {
      const { tape, m, weights, memory, numbers } = step;
      const gradient = decayed(step, weightDecay);
      const squares = addScaled(tape, m.mul(gradient, gradient), alpha, memory[0]!);
      const scaled = m.div(gradient, m.add(tape.op('Sqrt', [squares]), epsilon / root));
      if (momentum === 0) {
        return { weights: addScaled(tape, weights, numbers[0]!, scaled), memory: [squares] };
      }
      const velocity = addScaled(tape, scaled, momentum, memory[1]!);
      return { weights: addScaled(tape, weights, numbers[0]!, velocity), memory: [squares, velocity] };
    },
  };
}
