/** Joins preprocessing, model and the wording of the answer into the one ONNX file that is published. */
import { encodingKey, type ModelEncoding } from '../contracts/encoding.ts';
import { attr, createGraphBuilder, encodeModel, type GraphBuilder, type Value } from '../onnx/index.ts';
import { declareInputs, type Encoder } from '../preprocess/index.ts';
import type { FittedLearner, Target } from './types.ts';

/** The parts of a published model. */
export interface ModelParts {
  readonly preprocessor: Encoder;
  readonly fitted: FittedLearner;
  readonly target: Target;
  /** Binary models: the class `positive` is answered when its probability is at least `value`. */
  readonly threshold?: { readonly positive: string; readonly value: number };
  /** Free text kept inside the file, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of the finished file.
 *
 * Inputs: `numeric` float32 [N, n], `text` string [N, m] and, for each column of pictures, `image:<name>` uint8
 * [N, height, width, channels]; each only if the model has such columns.
 * Outputs: `label` string [N] and `probabilities` float32 [N, K], or `value` float32 [N].
 * Its metadata say where in the graph features and score are (`ModelEncoding`).
 */
export function assembleModel({ preprocessor, fitted, target, threshold, metadata }: ModelParts): Uint8Array {
  const builder = createGraphBuilder('onramp');
  const features = preprocessor.emit(builder, declareInputs(builder, preprocessor.features));
  const { answer, ...emitted } = fitted.emit(builder, features);
  if (target.task === 'regression') {
    builder.output('value', answer, 'float32', ['N']);
  } else {
    builder.output('label', emitLabel(builder, answer, target.classes, threshold), 'string', ['N']);
    builder.output('probabilities', answer, 'float32', ['N', target.classes.length]);
  }
  const encoding: ModelEncoding = {
    features,
    names: preprocessor.outputNames,
    columns: preprocessor.sourceOf.map((feature) => preprocessor.features[feature]!.name),
    ...emitted,
  };
  return encodeModel(builder.model({ metadata: { ...metadata, [encodingKey]: JSON.stringify(encoding) } }));
}

/** The label as text [N]: the most probable class, or the positive one from its threshold on. */
function emitLabel(
  builder: GraphBuilder,
  probabilities: Value,
  classes: readonly string[],
  threshold: ModelParts['threshold'],
): Value {
  const labels = builder.strings(classes, [classes.length], 'classes');
  if (!threshold) {
    const code = builder.op('ArgMax', [probabilities], { axis: attr.int(1), keepdims: attr.int(0) });
    return builder.op('Gather', [labels, code], { axis: attr.int(0) });
  }
  const positive = classes.indexOf(threshold.positive);
  const score = builder.op('Gather', [probabilities, builder.integers([positive], [])], {
    axis: attr.int(1),
  });
  const isPositive = builder.op('GreaterOrEqual', [score, builder.floats([threshold.value], [])]);
  const ordered = positive === 1 ? labels : builder.strings([classes[1]!, classes[0]!], [2], 'classes');
  return builder.op('Gather', [ordered, builder.op('Cast', [isPositive], { to: attr.int(7) })], {
    axis: attr.int(0),
  });
}
