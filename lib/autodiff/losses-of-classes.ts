/** Losses of classes, from log-odds, logits or scores: probabilities are never rounded to 0 or 1 on the way. */
import { attr } from '../onnx/index.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { LossBatch, LossNodes, LossSpec, RowLosses } from './losses.ts';
import type { Tensor } from './types.ts';

type Spec<Kind extends LossSpec['kind']> = Extract<LossSpec, { readonly kind: Kind }>;

/** max(z, 0) - y z + log(1 + exp(-|z|)), which neither overflows nor loses the digits of small losses. */
const binary: LossNodes<Spec<'binary-cross-entropy'>> = (
  m,
  { smoothing = 0 },
  { tape, answer, target, rows },
) => {
  const soft = smoothing === 0 ? target : m.add(m.mul(target, 1 - smoothing), smoothing / 2);
  const tail = tape.op('Softplus', [m.neg(tape.op('Abs', [answer]))]);
  const right = (): Tensor =>
    m.cast(m.equal(isPositive(m, answer, 0), isPositive(m, target, 0.5)), 'float32');
  return {
    values: m.add(m.sub(tape.op('Relu', [answer]), m.mul(soft, answer)), tail),
    slope: () => m.sub(tape.op('Sigmoid', [answer]), soft),
    metric: { name: 'accuracy', rows: () => m.reshape(m.mean(right(), [1]), [rows]) },
  };
};

/** Comparisons of truth values have no kernel for some types; those of 0 and 1 have. */
const isPositive = (m: Arithmetic, values: Tensor, from: number): Tensor =>
  m.cast(m.greater(values, from), 'int32');

const categorical: LossNodes<Spec<'cross-entropy'>> = (m, { smoothing = 0 }, batch) => {
  const { tape, answer } = batch;
  const classes = answer.shape[1] as number;
  const share = smoothing / classes;
  const wanted = oneHot(batch, { classes, off: share, on: 1 - smoothing + share });
  const logarithms = tape.op('LogSoftmax', [answer], { axis: attr.int(1) });
  return {
    values: m.neg(m.mul(logarithms, wanted)),
    slope: () => m.sub(m.exp(logarithms), wanted),
    metric: accuracy(m, batch, () =>
      tape.op('ArgMax', [answer], { axis: attr.int(1), keepdims: attr.int(0) }),
    ),
  };
};

/** max(0, 1 - s z) with s = 1 for the class and -1 for the rest, or the square of that. */
const hinge: LossNodes<Spec<'hinge' | 'squared-hinge'>> = (m, { kind }, batch) => {
  const { tape, answer, target, rows } = batch;
  const classes = answer.shape[1] as number;
  const signs =
    classes === 1
      ? m.reshape(m.sub(m.mul(m.cast(target, 'float32'), 2), 1), [rows, 1])
      : oneHot(batch, { classes, off: -1, on: 1 });
  const gap = tape.op('Relu', [m.sub(1, m.mul(signs, answer))]);
  const slope = (): Tensor =>
    kind === 'hinge' ? m.neg(m.mul(signs, tape.op('Sign', [gap]))) : m.mul(m.mul(signs, gap), -2);
  const guess = (): Tensor =>
    classes === 1
      ? m.reshape(m.cast(m.greater(answer, 0), 'int64'), [rows])
      : tape.op('ArgMax', [answer], { axis: attr.int(1), keepdims: attr.int(0) });
  return {
    values: kind === 'hinge' ? gap : m.mul(gap, gap),
    slope,
    metric: accuracy(m, batch, guess),
  };
};

const accuracy = (m: Arithmetic, { target }: LossBatch, guess: () => Tensor): RowLosses['metric'] => ({
  name: 'accuracy',
  rows: () => m.cast(m.equal(m.cast(guess(), 'int32'), target), 'float32'),
});

/** float32 [rows, classes]: `on` at the row's class, `off` elsewhere. */
function oneHot(
  { tape, target }: LossBatch,
  { classes, off, on }: { readonly classes: number; readonly off: number; readonly on: number },
): Tensor {
  const depth = tape.constant({ type: 'int32', dims: [], data: Int32Array.of(classes) }, 'classes');
  return tape.op('OneHot', [target, depth, tape.floats([off, on], [2])]);
}

export const classLosses = { binary, categorical, hinge } as const;
