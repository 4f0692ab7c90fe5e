/** Centred sums of squares and products of features and target: all that least squares needs of the rows. */
import type { Matrix } from '../../core/index.ts';
import { attr, createGraphBuilder, createSession, encodeModel, type TensorData } from '../../onnx/index.ts';
import { rowChunks } from './chunks.ts';

/** Weighted sums over the rows, features x and target y taken from their weighted means. */
export interface CrossProducts {
  /** Sum of the weights w. */
  readonly weight: number;
  /** Symmetric, row-major [columns, columns]: sums of w x x'. */
  readonly features: Float64Array;
  /** Sums of w x y. */
  readonly target: Float64Array;
  /** Sum of w y y. */
  readonly targetSquares: number;
  readonly featureMeans: Float64Array;
  readonly targetMean: number;
}

/** Rows to learn from. */
export interface TargetRows {
  readonly x: Matrix;
  readonly y: ArrayLike<number>;
  /** One non-negative weight a row. */
  readonly weights: Float64Array;
  /** A value near the mean of each column, against cancellation. */
  readonly centre: Float32Array;
  readonly signal?: AbortSignal | undefined;
}

/** The variance that is left below this share of the sum of squares is rounding of a constant column. */
const roundingShare = 1e-13;

/** One pass over the rows in float64, chunk by chunk; gives way to the event loop between chunks. */
export async function crossProducts({ x, y, weights, centre, signal }: TargetRows): Promise<CrossProducts> {
  const { columns } = x;
  const features = new Float64Array(columns * columns);
  const target = new Float64Array(columns);
  const sums = new Float64Array(columns);
  const { total, mean: targetMean } = weightedMean(y, weights);
  let targetSquares = 0;
  const session = await createSession(productGraph(centre));
  try {
    for (const chunk of rowChunks(x)) {
      signal?.throwIfAborted();
      const deviations = new Float64Array(chunk.end - chunk.start);
      for (let row = chunk.start; row < chunk.end; row += 1) {
        const deviation = y[row]! - targetMean;
        deviations[row - chunk.start] = deviation;
        targetSquares += weights[row]! * deviation * deviation;
      }
      const parts = await session.run({
        features: chunk.features,
        target: columnTensor(deviations),
        weights: columnTensor(weights.subarray(chunk.start, chunk.end)),
      });
      addTo(features, parts.feature_products!);
      addTo(target, parts.target_products!);
      addTo(sums, parts.sums!);
    }
  } finally {
    await session.release();
  }
  const shift = sums.map((sum) => sum / total);
  moveToMean(features, shift, total);
  // The target is centred already, so its products do not change with the features' centre beyond rounding.
  const featureMeans = shift.map((by, column) => centre[column]! + by);
  return { weight: total, features, target, targetSquares, featureMeans, targetMean };
}

/** Sums about the true mean from sums about a centre that is `shift` away (Steiner's theorem). */
function moveToMean(features: Float64Array, shift: Float64Array, total: number): void {
  const columns = shift.length;
  for (let row = 0; row < columns; row += 1) {
    const before = features[row * columns + row]!;
    for (let column = 0; column < columns; column += 1) {
      features[row * columns + column]! -= total * shift[row]! * shift[column]!;
    }
    if (features[row * columns + row]! <= roundingShare * before) features[row * columns + row] = 0;
  }
}

function productGraph(centre: Float32Array): Uint8Array {
  const columns = centre.length;
  const builder = createGraphBuilder('cross_products');
  const features = builder.input('features', 'float32', ['rows', columns]);
  const target = builder.input('target', 'float64', ['rows', 1]);
  const weights = builder.input('weights', 'float64', ['rows', 1]);
  const wide = builder.op('Cast', [features], { to: attr.int(11) });
  const origin = builder.constant({ type: 'float64', dims: [columns], data: Float64Array.from(centre) });
  const deviations = builder.op('Sub', [wide, origin]);
  const weighted = builder.op('Mul', [deviations, weights]);
  const transposed = { transA: attr.int(1) };
  const products = builder.op('Gemm', [weighted, deviations], transposed);
  const sums = builder.op('Gemm', [deviations, weights], transposed);
  builder.output('feature_products', products, 'float64', [columns, columns]);
  builder.output('target_products', builder.op('Gemm', [weighted, target], transposed), 'float64', [
    columns,
    1,
  ]);
  builder.output('sums', sums, 'float64', [columns, 1]);
  return encodeModel(builder.model());
}

const columnTensor = (values: Float64Array): TensorData => ({
  type: 'float64',
  dims: [values.length, 1],
  data: values,
});

function addTo(target: Float64Array, part: TensorData): void {
  const terms = part.data as Float64Array;
  for (let index = 0; index < target.length; index += 1) target[index]! += terms[index]!;
}

function weightedMean(values: ArrayLike<number>, weights: Float64Array): { total: number; mean: number } {
  let total = 0;
  let sum = 0;
  for (let row = 0; row < values.length; row += 1) {
    total += weights[row]!;
    sum += weights[row]! * values[row]!;
  }
  return { total, mean: sum / total };
}
