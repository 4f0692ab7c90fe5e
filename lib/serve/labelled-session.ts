/** Labels that follow from the probabilities: taking texts over from the runtime costs more than most models do. */
import type { ModelSchema } from '../contracts/records.ts';
import type { ModelSession, TensorData } from '../onnx/index.ts';

/** The class of one row of probabilities, by its place among the classes. */
type Choice = (probabilities: Float32Array, at: number) => number;

/**
 * A session of a trained classifier that makes `label` itself, by the rule that stands in the file (`emitLabel` of the
 * training): the most probable class, the first of equals; or the positive one from its threshold on. Sessions of other
 * models are given back as they are.
 */
export function withLabels(
  session: ModelSession,
  { classes, positive, threshold }: ModelSchema,
): ModelSession {
  const names = session.outputs.map(({ name }) => name);
  if (!classes || !names.includes('label') || !names.includes('probabilities')) return session;
  const choose =
    threshold === undefined || positive === undefined
      ? mostProbable(classes.length)
      : fromThreshold(classes.indexOf(positive), Math.fround(threshold));
  return {
    ...session,
    run: async (feeds, wanted = names) => {
      if (!wanted.includes('label')) return session.run(feeds, wanted);
      const asked = new Set([...wanted.filter((name) => name !== 'label'), 'probabilities']);
      const outputs = await session.run(feeds, [...asked]);
      return { ...outputs, label: labelsOf(outputs.probabilities!, classes, choose) };
    },
  };
}

function labelsOf({ data, dims }: TensorData, classes: readonly string[], choose: Choice): TensorData {
  const rows = dims[0]!;
  const labels = new Array<string>(rows);
  for (let row = 0; row < rows; row += 1) {
    labels[row] = classes[choose(data as Float32Array, row * classes.length)]!;
  }
  return { type: 'string', dims: [rows], data: labels };
}

const mostProbable =
  (count: number): Choice =>
  (probabilities, at) => {
    let best = 0;
    for (let place = 1; place < count; place += 1) {
      if (probabilities[at + place]! > probabilities[at + best]!) best = place;
    }
    return best;
  };

/** Compared in 32 bits, as in the file. */
const fromThreshold =
  (positive: number, threshold: number): Choice =>
  (probabilities, at) =>
    probabilities[at + positive]! >= threshold ? positive : 1 - positive;
