/** Data and small measures shared by the tests of the tree learners. */
import { createRandom, type Matrix } from '../../../lib/core/index.ts';
import {
  createGraphBuilder,
  createSession,
  encodeModel,
  type GraphBuilder,
  type Value,
} from '../../../lib/onnx/index.ts';

/** A reference case as the fixtures hold it; `null` is a missing value. */
export interface Case {
  readonly columns: number;
  readonly x: readonly (number | null)[];
  readonly y: readonly number[];
  readonly expected: readonly number[];
  readonly weights?: readonly number[];
  readonly importances?: readonly number[];
}

export const matrixOf = ({ columns, x }: Pick<Case, 'columns' | 'x'>): Matrix => ({
  rows: x.length / columns,
  columns,
  data: Float32Array.from(x, (value) => value ?? Number.NaN),
});

/** Random rows, with missing values if asked, and a signal that depends on the first three columns. */
export function makeRows(
  rows: number,
  columns: number,
  { seed = 1, missing = 0 }: { seed?: number; missing?: number } = {},
): { x: Matrix; signal: Float64Array } {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: rows * columns }, () =>
    random.uniform() < missing ? Number.NaN : random.normal(),
  );
  const at = (row: number, column: number): number => data[row * columns + column]! || 0;
  const signal = Float64Array.from(
    { length: rows },
    (_, row) => 2 * at(row, 0) - at(row, 1) * (at(row, 2) > 0 ? 1 : -1) + random.normal(),
  );
  return { x: { rows, columns, data }, signal };
}

/** Class numbers by the sign, or the thirds, of a signal. */
export const classesOf = (signal: Float64Array, classes: 2 | 3): Int32Array =>
  Int32Array.from(signal, (value) =>
    classes === 2 ? Number(value > 0) : Number(value > -1) + Number(value > 1),
  );

/** Largest absolute difference. */
export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let largest = one.length === other.length ? 0 : Number.POSITIVE_INFINITY;
  for (let index = 0; index < one.length; index += 1) {
    const difference = Math.abs(one[index]! - other[index]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** Runs an emitted ensemble by onnxruntime. */
export async function runEmitted(
  x: Matrix,
  emit: (builder: GraphBuilder, features: Value) => Value,
): Promise<{ dims: readonly number[]; data: Float32Array }> {
  const builder = createGraphBuilder('trees');
  const answer = emit(builder, builder.input('x', 'float32', ['rows', x.columns]));
  builder.output('answer', answer, 'float32', []);
  const session = await createSession(encodeModel(builder.model()));
  try {
    const result = await session.run({ x: { type: 'float32', dims: [x.rows, x.columns], data: x.data } });
    const { dims, data } = result.answer!;
    return { dims, data: data as Float32Array };
  } finally {
    await session.release();
  }
}
