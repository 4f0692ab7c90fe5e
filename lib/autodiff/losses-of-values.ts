/** Losses of numbers: how far the answer is from the target. */
import { attr } from '../onnx/index.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { ElementLosses, LossBatch, LossNodes, LossSpec } from './losses.ts';
import type { Tensor } from './types.ts';

type Spec<Kind extends LossSpec['kind']> = Extract<LossSpec, { readonly kind: Kind }>;

/** The mean distance of a row's answers from its targets. */
function absoluteError(m: Arithmetic, answer: () => Tensor, { tape, target, rows }: LossBatch) {
  return {
    name: 'absolute error',
    rows: () => m.reshape(m.mean(tape.op('Abs', [m.sub(answer(), target)]), [1]), [rows]),
  } as const;
}

const squared: LossNodes<LossSpec> = (m, _spec, batch): ElementLosses => {
  const error = m.sub(batch.answer, batch.target);
  return {
    values: m.mul(error, error),
    slope: () => m.mul(error, 2),
    metric: absoluteError(m, () => batch.answer, batch),
  };
};

/** At an error of 0 the slope is 0. */
const absolute: LossNodes<LossSpec> = (m, _spec, batch) => {
  const error = m.sub(batch.answer, batch.target);
  return {
    values: batch.tape.op('Abs', [error]),
    slope: () => batch.tape.op('Sign', [error]),
    metric: absoluteError(m, () => batch.answer, batch),
  };
};

/** With c the error cut to ±delta, both branches are c (error - c / 2), and the slope is c. */
const huber: LossNodes<Spec<'huber'>> = (m, { delta = 1 }, batch) => {
  const error = m.sub(batch.answer, batch.target);
  const cut = batch.tape.op('Clip', [error, batch.tape.floats(-delta), batch.tape.floats(delta)]);
  return {
    values: m.mul(cut, m.sub(error, m.mul(cut, 0.5))),
    slope: () => cut,
    metric: absoluteError(m, () => batch.answer, batch),
  };
};

/**
 * An error e = answer - target costs (1 - q) e above the target and -q e below, which is e times its own slope
 * 1/2 - q + sign(e) / 2. At the target the slope is the mean of both sides'.
 */
const quantile: LossNodes<Spec<'quantile'>> = (m, { quantiles }, batch) => {
  const { tape, answer, target, rows } = batch;
  const count = quantiles.length;
  const targets = (target.shape[1] as number) ?? 1;
  const each = m.reshape(answer, [rows, targets, count]);
  const error = m.sub(each, m.reshape(target, [rows, targets, 1]));
  const offsets = tape.floats(quantiles.map((share) => 0.5 - share));
  const slope = m.add(m.mul(tape.op('Sign', [error]), 0.5), offsets);
  const middle = quantiles.reduce(
    (best, share, index) => (Math.abs(share - 0.5) < Math.abs(quantiles[best]! - 0.5) ? index : best),
    0,
  );
  const median = (): Tensor =>
    m.reshape(tape.op('Gather', [each, tape.integers([middle])], { axis: attr.int(2) }), [rows, targets]);
  return { values: m.mul(error, slope), slope: () => slope, metric: absoluteError(m, median, batch) };
};

const poisson: LossNodes<LossSpec> = (m, _spec, batch) => {
  const { answer, target } = batch;
  const mean = m.exp(answer);
  return {
    values: m.sub(mean, m.mul(target, answer)),
    slope: () => m.sub(mean, target),
    metric: absoluteError(m, () => mean, batch),
  };
};

export const valueLosses = { squared, absolute, huber, quantile, poisson } as const;
