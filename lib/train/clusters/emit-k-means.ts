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

/** @param features float32 [N, columns] */
export function emitKMeans(
  builder: GraphBuilder,
  features: Value,
  { centres, clusters, columns }: KMeansModel,
): EmittedClusters {
  const wide = builder.op('Cast', [features], { to: attr.int(11) });
  const points = builder.constant({ type: 'float64', dims: [clusters, columns], data: centres }, 'centres');
  const apart = builder.op('Sub', [builder.op('Unsqueeze', [wide, builder.integers([1])]), points]);
  const squares = builder.op('ReduceSumSquare', [apart, builder.integers([2])], { keepdims: attr.int(0) });
  const nearest = builder.op('ArgMin', [squares], { axis: attr.int(1), keepdims: attr.int(0) });
  const names = builder.strings(Array.from({ length: clusters }, (_, cluster) => String(cluster)));
  return {
    cluster: builder.op('Gather', [names, nearest], { axis: attr.int(0) }),
    distances: builder.op('Cast', [builder.op('Sqrt', [squares])], { to: attr.int(1) }),
  };
}
