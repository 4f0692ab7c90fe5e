/** Writes groups as nodes of an ONNX graph. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { KMeansModel } from './k-means.ts';

/** The group of each row, and how far each centre is. */
export interface EmittedClusters {
  /** The number of the nearest centre as text, string [N]. */
  readonly cluster: Value;
  /** Euclidean distances in encoded units, float32 [N, clusters]. */
  readonly distances: Value;
}

/**
 * |x - c|^2 is |x|^2 - 2 x.c + |c|^2, so that no more than [N, clusters] is held. It is computed in float64 about the mean
 * of the centres, as the difference of large numbers has to tell near ones apart.
 *
 * @param features float32 [N, columns]
 */
export function emitKMeans(
  builder: GraphBuilder,
  features: Value,
  { centres, clusters, columns }: KMeansModel,
): EmittedClusters {
  const doubles = (dims: readonly number[], data: Float64Array): Value =>
    builder.constant({ type: 'float64', dims, data });
  const origin = Float64Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let at = column; at < centres.length; at += columns) sum += centres[at]!;
    return sum / clusters;
  });
  const points = centres.map((value, at) => value - origin[at % columns]!);
  const pointSquares = new Float64Array(clusters);
  for (const [at, value] of points.entries()) pointSquares[Math.floor(at / columns)]! += value * value;
  const wide = builder.op('Cast', [features], { to: attr.int(11) });
  const rows = builder.op('Sub', [wide, doubles([columns], origin)]);
  const products = builder.op('Gemm', [rows, doubles([clusters, columns], points)], {
    alpha: attr.float(-2),
    transB: attr.int(1),
  });
  const rowSquares = builder.op('ReduceSumSquare', [rows, builder.integers([1])], { keepdims: attr.int(1) });
  const apart = builder.op('Add', [products, doubles([clusters], pointSquares)]);
  const nearest = builder.op('ArgMin', [apart], { axis: attr.int(1), keepdims: attr.int(0) });
  const squares = builder.op('Max', [
    builder.op('Add', [apart, rowSquares]),
    doubles([], Float64Array.of(0)),
  ]);
  const names = builder.strings(Array.from({ length: clusters }, (_, cluster) => String(cluster)));
  return {
    cluster: builder.op('Gather', [names, nearest], { axis: attr.int(0) }),
    distances: builder.op('Cast', [builder.op('Sqrt', [squares])], { to: attr.int(1) }),
  };
}
