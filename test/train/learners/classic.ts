/** The reference data of the learners that are no trees, and how a learner answers them. */
import type { Matrix } from '../../../lib/core/index.ts';
import {
  createGraphBuilder,
  createSession,
  encodeModel,
  type GraphBuilder,
  type Value,
} from '../../../lib/onnx/index.ts';
import { learners } from '../../../lib/train/learners/index.ts';
import type { EmittedModel, FitOptions, FittedLearner, Target } from '../../../lib/train/types.ts';
import oracle from './fixtures/classic.json' with { type: 'json' };

export { oracle };

const matrixOf = (values: readonly number[], columns = oracle.columns): Matrix => ({
  rows: values.length / columns,
  columns,
  data: Float32Array.from(values),
});

export const features = matrixOf(oracle.features);
export const questions = matrixOf(oracle.questions);
export const weights = Float64Array.from(oracle.weights);
export const values: Target = { task: 'regression', values: Float64Array.from(oracle.values) };
export const two: Target = {
  task: 'classification',
  classes: ['a', 'b'],
  codes: Int32Array.from(oracle.two),
};
export const three: Target = {
  task: 'classification',
  classes: ['a', 'b', 'c'],
  codes: Int32Array.from(oracle.three),
};

/** Matrices side by side. */
export function beside(...parts: readonly Matrix[]): Matrix {
  const { rows } = parts[0]!;
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    let at = row * columns;
    for (const part of parts) {
      data.set(part.data.subarray(row * part.columns, (row + 1) * part.columns), at);
      at += part.columns;
    }
  }
  return { rows, columns, data };
}

/** The rows of one matrix and then those of another. */
export const below = (first: Matrix, second: Matrix): Matrix => ({
  rows: first.rows + second.rows,
  columns: first.columns,
  data: Float32Array.of(...first.data, ...second.data),
});

export const extra = (numbers: readonly number[], columns: number): Matrix => matrixOf(numbers, columns);

/** Fits a learner by name with settings of a spec. */
export const learn = (
  name: keyof typeof learners,
  target: Target,
  parameters: Readonly<Record<string, unknown>> = {},
  { x = features, ...more }: Partial<FitOptions> & { readonly x?: Matrix } = {},
): Promise<FittedLearner> => learners[name].fit(x, target, { seed: 1, threads: 1, parameters, ...more });

/** What a fitted learner's graph answers to rows. */
export const answer = async (fitted: FittedLearner, x: Matrix): Promise<Float32Array> =>
  (await run(x, (builder, input) => fitted.emit(builder, input))).answer;

/** Answer and score of an emitted model. */
export async function run(
  x: Matrix,
  emit: (builder: GraphBuilder, features: Value) => EmittedModel,
): Promise<{ readonly answer: Float32Array; readonly dims: readonly number[] }> {
  const builder = createGraphBuilder('learner');
  const emitted = emit(builder, builder.input('x', 'float32', ['rows', x.columns]));
  builder.output('answer', emitted.answer, 'float32', []);
  const session = await createSession(encodeModel(builder.model()));
  try {
    const result = await session.run({ x: { type: 'float32', dims: [x.rows, x.columns], data: x.data } });
    return { answer: result.answer!.data as Float32Array, dims: result.answer!.dims };
  } finally {
    await session.release();
  }
}

/** Largest difference, as a part of the largest value that was expected. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [apart, scale] = [0, 1e-12];
  for (let index = 0; index < expected.length; index += 1) {
    apart = Math.max(apart, Math.abs(actual[index]! - expected[index]!));
    scale = Math.max(scale, Math.abs(expected[index]!));
  }
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart / scale;
}
