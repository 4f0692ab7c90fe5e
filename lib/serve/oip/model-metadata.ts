/** What the Open Inference Protocol tells of the server and its models. */
import { artifactKeys } from '../../contracts/keys.ts';
import { isVersionNumber } from '../../contracts/name-patterns.ts';
import { product } from '../../contracts/product.ts';
import type { FeatureSchema, ModelSchema } from '../../contracts/records.ts';
import type { ElementType, ValueInfo } from '../../onnx/types.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { modelAsked, type ServeAnswer, type ServeOperation } from '../service.ts';
import { datatypeOf } from '../tensors/index.ts';
import { packedColumns } from './packed-rows.ts';

/** The extensions that are offered, and no others. */
const extensions = ['binary_tensor_data', 'parameters'];

const json = (body: unknown): ServeAnswer => ({ status: 200, text: JSON.stringify(body) });

/** `GET /v2`. */
export const serverMetadata: ServeOperation = async () => json({ ...product, extensions });

/** `GET /v2/health/live`. */
export const serverLive: ServeOperation = async () => json({ live: true });

/** `GET /v2/health/ready`. */
export const serverReady: ServeOperation = async () => json({ ready: true });

/** `GET /v2/models/{model}[/versions/{version}]/ready`: what is ready has been loaded. */
export const modelReady: ServeOperation = async ({ cache }, { path, query }) => {
  const { model, version } = modelAsked(path.model, path.version ?? query.version);
  await cache.resolve(model, version);
  return json({ name: model, ready: true });
};

/** `GET /v2/models/{model}[/versions/{version}]`. */
export const modelMetadata: ServeOperation = async ({ cache, artifacts }, { path, query }) => {
  const { model: name, version } = modelAsked(path.model, path.version ?? query.version);
  const model = await cache.resolve(name, version);
  const versions = await listVersionNumbers(artifacts, name);
  const { inputs, outputs } = model.session;
  return json({
    name,
    versions,
    platform: 'onnx_onnxv1',
    inputs: model.kind === 'rows' ? columnsOf(model.manifest.schema) : inputs.map(tensorOf),
    outputs: outputs.map(tensorOf),
    ...(model.kind === 'rows' && { properties: propertiesOf(model.manifest.schema) }),
  });
};

/** Numbers of the published versions, oldest first. */
export async function listVersionNumbers(artifacts: ObjectStore, model: string): Promise<readonly string[]> {
  const numbers: string[] = [];
  for await (const folder of artifacts.listFolders(artifactKeys.versions(model))) {
    const number = folder.slice(0, -1);
    if (isVersionNumber(number)) numbers.push(number);
  }
  return numbers.sort((left, right) => Number(left) - Number(right));
}

interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

const tensorOf = ({ name, type, shape }: ValueInfo): TensorMetadata => ({
  name,
  datatype: datatypeOf(type),
  shape: shape.map((size) => (typeof size === 'string' ? -1 : size)),
});

/** Numbers are FP32 because that is what the model computes with: of a FP64 it would not see the last digits. */
const columnTypes: Readonly<Record<FeatureSchema['type'], ElementType>> = {
  numeric: 'float32',
  boolean: 'bool',
  category: 'string',
  datetime: 'string',
  text: 'string',
  image: 'string',
};

const columnsOf = ({ features }: ModelSchema): TensorMetadata[] =>
  features.map(({ name, type }) => ({ name, datatype: datatypeOf(columnTypes[type]), shape: [-1, 1] }));

/** What the list of inputs has no place for; the protocol has texts here, so that lists go out as JSON. */
function propertiesOf(schema: ModelSchema): Record<string, string> {
  const { numeric, text } = packedColumns(schema);
  return {
    ...(numeric.length > 0 && { 'packed.numeric': JSON.stringify(numeric) }),
    ...(text.length > 0 && { 'packed.text': JSON.stringify(text) }),
    ...(schema.classes && { classes: JSON.stringify(schema.classes) }),
  };
}
