/** ONNX's recurrent operators, for serving: networks are trained unrolled, so these have no gradient. */
import type { Operator } from '../operator.ts';

/** States after all steps [steps, 1, rows, units] and after the last [1, rows, units]. */
const infer: Operator['infer'] = (node) => {
  const { type, shape } = node.input(0);
  const [steps, rows] = shape as [number, number];
  const units = node.input(2).shape[2]!;
  const last = { type, shape: [1, rows, units] };
  return [{ type, shape: [steps, 1, rows, units] }, last, last];
};

/** Recurrent operators in one direction. */
export const recurrent: Readonly<Record<string, Operator>> = {
  RNN: { infer },
  GRU: { infer },
  LSTM: { infer },
};
