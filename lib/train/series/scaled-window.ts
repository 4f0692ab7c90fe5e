/** Windows brought to the mean and spread of their own values, so that a level that rises or another size is nothing new. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';

/** Windows that do not vary are divided by this. */
const smallestSpread = 1e-12;

/** A window that varies by less than this part of its size gives no scale for what comes after it. */
const smallestVariation = 1e-5;

/** Whether a window of this mean and spread is one to learn from. */
export const varies = (mean: number, spread: number): boolean =>
  spread > smallestVariation * (Math.abs(mean) + spread) && spread > smallestSpread;

/** A window in its own scale. */
export interface ScaledWindow {
  /** float32 [N, context]. */
  readonly scaled: Value;
  /** float32 [N, 1]. */
  readonly mean: Value;
  /** Standard deviation, float32 [N, 1]. */
  readonly spread: Value;
}

/** Kim et al. 2022 ("reversible instance normalisation"), without weights of its own. */
export function emitScaledWindow(builder: GraphBuilder, history: Value): ScaledWindow {
  const last = builder.integers([1]);
  const keep = { keepdims: attr.int(1) };
  const mean = builder.op('ReduceMean', [history, last], keep);
  const deviations = builder.op('Sub', [history, mean]);
  const variance = builder.op('ReduceMean', [builder.op('Mul', [deviations, deviations]), last], keep);
  const spread = builder.op('Max', [builder.op('Sqrt', [variance]), builder.floats([smallestSpread], [])]);
  return { scaled: builder.op('Div', [deviations, spread]), mean, spread };
}
