/** A model's signature as TensorFlow Serving's metadata answer tells it. */
import type { ModelSchema, TensorSchema } from '../../contracts/records.ts';
import type { LoadedModel } from '../version-cache.ts';

/** The only signature that models here have. */
export const servingSignature = 'serving_default';

/** Names of element types; the others are called like their ONNX type in capitals. */
const dataTypes: Readonly<Record<string, string>> = {
  float32: 'DT_FLOAT',
  float64: 'DT_DOUBLE',
  float16: 'DT_HALF',
};

/** `GET /v1/models/{model}/metadata`: 64-bit numbers are texts in it, as in every JSON made of protocol buffers. */
export function metadataOf(model: LoadedModel): object {
  const { inputs, outputs } =
    model.kind === 'rows' ? rowSignature(model.manifest.schema) : model.manifest.signature;
  const signature = {
    inputs: tensorInfos(inputs),
    outputs: tensorInfos(outputs),
    method_name: 'tensorflow/serving/predict',
  };
  const { model: name, version } = model.manifest;
  return {
    model_spec: { name, signature_name: '', version },
    metadata: { signature_def: { signature_def: { [servingSignature]: signature } } },
  };
}

interface TensorSignature {
  readonly inputs: readonly TensorSchema[];
  readonly outputs: readonly TensorSchema[];
}

/** A trained model takes a tensor of one value a row for each column. */
function rowSignature({ features, classes, clusters, anomaly }: ModelSchema): TensorSignature {
  const inputs = features.map(({ name, type }) => tensor(name, type === 'numeric' ? 'float32' : 'string'));
  if (clusters) {
    const distances = tensor('distances', 'float32', clusters.count);
    return { inputs, outputs: [tensor('cluster', 'string'), distances] };
  }
  if (anomaly) return { inputs, outputs: [tensor('score', 'float32'), tensor('anomaly', 'bool')] };
  if (!classes) return { inputs, outputs: [tensor('value', 'float32')] };
  return { inputs, outputs: [tensor('label', 'string'), tensor('probabilities', 'float32', classes.length)] };
}

const tensor = (name: string, type: string, ...sizes: readonly number[]): TensorSchema => ({
  name,
  type,
  shape: ['', ...sizes],
});

const tensorInfos = (tensors: readonly TensorSchema[]): object =>
  Object.fromEntries(
    tensors.map(({ name, type, shape }) => [
      name,
      {
        dtype: dataTypes[type] ?? `DT_${type.toUpperCase()}`,
        tensor_shape: {
          dim: shape.map((size) => ({ size: String(typeof size === 'number' ? size : -1), name: '' })),
          unknown_rank: false,
        },
        name: `${name}:0`,
      },
    ]),
  );
