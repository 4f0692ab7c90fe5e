/** What keeps weights and gradients small: penalties on the weights, and clipping of the gradient. */
import type { Arithmetic } from './arithmetic.ts';
import type { Tape, Tensor } from './types.ts';

/**
 * Added to the mean loss: l1 * sum |w| + l2 / 2 * sum w^2 over the weights that are `penalised`. Both together are an
 * elastic net; l2 alone is weight decay. At a weight of 0 the slope of |w| is taken as 0.
 */
export interface Penalty {
  readonly l1?: number;
  readonly l2?: number;
}

/** Cuts every number of the gradient to ±value, or shortens the whole to a Euclidean length. */
export type Clip =
  | { readonly by: 'value'; readonly value: number }
  | { readonly by: 'norm'; readonly norm: number };

/** A penalty in a graph. */
export interface PenaltyNodes {
  /** One number, []. */
  readonly value: Tensor;
  readonly gradient: Tensor;
}

/** The penalty of a vector of weights; null if there is none. `mask` is 1 where it applies. */
export function emitPenalty(
  m: Arithmetic,
  { l1 = 0, l2 = 0 }: Penalty,
  { tape, weights, mask }: { readonly tape: Tape; readonly weights: Tensor; readonly mask: Tensor },
): PenaltyNodes | null {
  if (l1 === 0 && l2 === 0) return null;
  const counted = m.mul(weights, mask);
  const values: Tensor[] = [];
  const gradients: Tensor[] = [];
  if (l1 !== 0) {
    values.push(m.mul(m.sum(tape.op('Abs', [counted]), undefined, false), l1));
    gradients.push(m.mul(tape.op('Sign', [counted]), l1));
  }
  if (l2 !== 0) {
    values.push(m.mul(m.sum(m.mul(counted, counted), undefined, false), l2 / 2));
    gradients.push(m.mul(counted, l2));
  }
  return { value: values.reduce(m.add), gradient: gradients.reduce(m.add) };
}

/** PyTorch adds this to the length before it divides. */
const normFloor = 1e-6;

/** The parts of a gradient as the optimiser gets them; its length is that of the whole. */
export function emitClip(
  m: Arithmetic,
  clip: Clip | undefined,
  { tape, gradients }: { readonly tape: Tape; readonly gradients: readonly Tensor[] },
): readonly Tensor[] {
  if (clip === undefined) return gradients;
  if (clip.by === 'value') {
    const [low, high] = [tape.floats(-clip.value), tape.floats(clip.value)];
    return gradients.map((gradient) => tape.op('Clip', [gradient, low, high]));
  }
  const squares = gradients.map((gradient) => m.sum(m.mul(gradient, gradient), undefined, false));
  const length = tape.op('Sqrt', [squares.reduce(m.add)]);
  const factor = tape.op('Min', [m.div(tape.floats(clip.norm), m.add(length, normFloor)), tape.floats(1)]);
  return gradients.map((gradient) => m.mul(gradient, factor));
}
