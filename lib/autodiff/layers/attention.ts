/** Attention of a series to itself, in several heads. */
import { internal } from '../../core/index.ts';
import { attr, type Dimension } from '../../onnx/index.ts';
import { arithmetic } from '../arithmetic.ts';
import type { ForwardContext, Tape, Tensor } from '../types.ts';
import type { Layer } from './layer.ts';

/** What positions may not see is this far below what they see; the exponential of it is zero in float32. */
export const hiddenScore = -1e9;

/** A layer that may be told which positions are to be left out. */
export interface AttentionLayer extends Layer {
  /**
   * @param hidden added to the scores before the softmax, of a shape that broadcasts to [rows, heads, length, length]:
   *   0 where a position may be seen and -1e9 where not, for example for padding [rows, 1, 1, length]
   */
  apply(context: ForwardContext, input: Tensor, hidden?: Tensor): Tensor;
}

/**
 * Scaled dot-product attention of every position to every position (Vaswani et al. 2017), with projections of queries,
 * keys and values and of the joined heads: [rows, length, features] to the same shape.
 *
 * Parameters: `weight` [features, 3 * features] and `bias` for queries, keys and values beside each other;
 * `outputWeight` [features, features] and `outputBias`.
 *
 * @param heads must divide the features
 * @throws OnrampError `internal` if it does not
 */
export function selfAttention(
  features: number,
  heads: number,
  { causal = false }: { readonly causal?: boolean } = {},
): AttentionLayer {
  if (features % heads !== 0) throw internal(`${heads} heads do not divide ${features} features evenly`);
  const bias = (size: number) => ({ shape: [size], initial: { kind: 'zeros' }, penalised: false }) as const;
  const weight = (columns: number) =>
    ({
      shape: [features, columns],
      initial: { kind: 'glorot', fanIn: features, fanOut: features },
    }) as const;
  return {
    kind: 'attention',
    parameters: {
      weight: weight(3 * features),
      bias: bias(3 * features),
      outputWeight: weight(features),
      outputBias: bias(features),
    },
    apply: ({ tape, parameter }, input, hidden) => {
      const project = (value: Tensor, by: string, plus: string): Tensor =>
        tape.op('Add', [tape.op('MatMul', [value, parameter(by)]), parameter(plus)]);
      const projected = project(input, 'weight', 'bias');
      const parts = tape.ops('Split', 3, [projected, tape.integers([features, features, features])], {
        axis: attr.int(-1),
      });
      const length = input.shape[1]!;
      const masks = [...(causal ? [causalMask(tape, length)] : []), ...(hidden ? [hidden] : [])];
      const joined = attend(tape, parts, { heads, length, width: features / heads, masks });
      return project(joined, 'outputWeight', 'outputBias');
    },
  };
}

interface Heads {
  readonly heads: number;
  readonly length: Dimension;
  readonly width: number;
  readonly masks: readonly Tensor[];
}

/** softmax(Q K' / sqrt(width)) V for each head. */
function attend(tape: Tape, parts: readonly Tensor[], { heads, length, width, masks }: Heads): Tensor {
  const m = arithmetic(tape);
  const size = Number(length);
  const split = (part: Tensor, order: readonly number[]): Tensor =>
    m.transpose(m.reshape(part, [0, size, heads, width]), order);
  const queries = split(m.mul(parts[0]!, 1 / Math.sqrt(width)), [0, 2, 1, 3]);
  const keys = split(parts[1]!, [0, 2, 3, 1]);
  const values = split(parts[2]!, [0, 2, 1, 3]);
  const scores = masks.reduce<Tensor>(
    (total, mask) => m.add(total, mask),
    tape.op('MatMul', [queries, keys]),
  );
  const seen = tape.op('MatMul', [tape.op('Softmax', [scores]), values]);
  return m.reshape(m.transpose(seen, [0, 2, 1, 3]), [0, size, heads * width]);
}

/** Hides from every position what comes after it. */
function causalMask(tape: Tape, length: Dimension): Tensor {
  const size = Number(length);
  const mask = Float32Array.from({ length: size * size }, (_, flat) =>
    flat % size > Math.floor(flat / size) ? hiddenScore : 0,
  );
  return tape.floats(mask, [size, size]);
}
