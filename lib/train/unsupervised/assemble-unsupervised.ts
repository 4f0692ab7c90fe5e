/** Joins preprocessing and what was learnt without a target into the one ONNX file that is published. */
import { encodingKey, type ModelEncoding } from '../../contracts/encoding.ts';
import { createGraphBuilder, encodeModel, type GraphBuilder, type Value } from '../../onnx/index.ts';
import { declareInputs, type Encoder } from '../../preprocess/index.ts';
import type { FittedClusters, FittedDetector } from './types.ts';

/** The parts of a published file. */
export interface UnsupervisedParts {
  readonly preprocessor: Encoder;
  readonly fitted: FittedClusters | FittedDetector;
  /** Detectors: instead of their own. */
  readonly threshold?: number;
  /** Free text kept inside the file, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of the finished file. Its inputs are those of `assembleModel`.
 *
 * Outputs: `cluster` string [N] and `distances` float32 [N, clusters], or `score` float32 [N] and `anomaly` bool [N].
 * Its metadata say where in the graph the features are (`ModelEncoding`).
 */
export function assembleUnsupervised({
  preprocessor,
  fitted,
  threshold,
  metadata,
}: UnsupervisedParts): Uint8Array {
  const builder = createGraphBuilder('onramp');
  const features = preprocessor.emit(builder, declareInputs(builder, preprocessor.features));
  const made =
    'clusters' in fitted
      ? emitClusters(builder, features, fitted)
      : emitDetector(builder, features, { fitted, threshold: threshold ?? fitted.threshold });
  const encoding: ModelEncoding = {
    features,
    names: preprocessor.outputNames,
    columns: preprocessor.sourceOf.map((feature) => preprocessor.features[feature]!.name),
    ...made,
  };
  return encodeModel(builder.model({ metadata: { ...metadata, [encodingKey]: JSON.stringify(encoding) } }));
}

/** What explanations share out. */
type Made = Pick<ModelEncoding, 'style' | 'score' | 'units'>;

function emitClusters(builder: GraphBuilder, features: Value, fitted: FittedClusters): Made {
  const { cluster, distances } = fitted.emit(builder, features);
  builder.output('cluster', cluster, 'string', ['N']);
  builder.output('distances', distances, 'float32', ['N', fitted.clusters]);
  return { style: 'other', score: distances, units: 'value' };
}

function emitDetector(
  builder: GraphBuilder,
  features: Value,
  { fitted, threshold }: { readonly fitted: FittedDetector; readonly threshold: number },
): Made {
  const { answer, ...made } = fitted.emit(builder, features);
  builder.output('score', answer, 'float32', ['N']);
  const isAnomaly = builder.op('GreaterOrEqual', [answer, builder.floats([threshold], [])]);
  builder.output('anomaly', isAnomaly, 'bool', ['N']);
  return made;
}
