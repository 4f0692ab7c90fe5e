/** Small models published into a bucket by hand, trained ones and ones that were brought along. */
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { ImportedManifest, ModelSchema, VersionManifest } from '../../lib/contracts/records.ts';
import { sha256 } from '../../lib/core/index.ts';
import {
  attr,
  createGraphBuilder,
  type ElementType,
  encodeModel,
  type GraphBuilder,
  type OnnxModel,
  type Value,
} from '../../lib/onnx/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../lib/storage/index.ts';

/** A model to publish: a file that was brought along, or one that was trained, with the schema of its rows. */
export type TestModel = OnnxModel | { readonly file: OnnxModel; readonly schema: ModelSchema };

/** A model's name and one of its versions. */
export type VersionName = `${string}/${string}`;

/** A bucket of models; of several versions of one model the last is live. */
export async function bucketOf(models: Readonly<Record<VersionName, TestModel>>): Promise<ObjectStore> {
  const artifacts = createMemoryObjectStore();
  for (const [name, model] of Object.entries(models)) await publish(artifacts, name as VersionName, model);
  return artifacts;
}

/** Publishes a version and makes it live. */
export async function publish(
  artifacts: ObjectStore,
  name: VersionName,
  published: TestModel,
): Promise<void> {
  const [model, version] = name.split('/') as [string, string];
  const isTrained = 'schema' in published;
  const bytes = encodeModel(isTrained ? published.file : published);
  const artifact = { sha256: sha256(bytes), size_bytes: bytes.length };
  const rest = isTrained ? trained(published.schema) : imported(published);
  const manifest = { model, version, created, artifact, warnings: [], ...rest };
  await artifacts.put(artifactKeys.spec(model), isTrained ? '{}' : '{"origin":"import"}');
  await artifacts.put(artifactKeys.artifact(artifact.sha256), bytes);
  await artifacts.put(artifactKeys.versionManifest(model, version), JSON.stringify(manifest));
  const aliases = { live: version, previous: [], changed: created, reason: 'for a test' };
  await artifacts.put(artifactKeys.aliases(model), JSON.stringify(aliases));
}

const created = '2026-01-31T12:00:00.000Z';

const trained = (schema: ModelSchema): Partial<VersionManifest> => ({
  task: schema.classes ? 'classification' : 'regression',
  target: 'target',
  schema,
});

const imported = ({ graph, producer, opsets }: OnnxModel): Partial<ImportedManifest> => ({
  origin: 'import',
  signature: { inputs: graph.inputs.map(plain), outputs: graph.outputs.map(plain) },
  producer,
  opsets,
  metadata: {},
});

const plain = ({ name, type, shape }: OnnxModel['graph']['inputs'][number]) => ({
  name,
  type,
  shape: [...shape],
});

/** A graph that gives every input out again, under the name with `out:` before it. */
export function echo(
  inputs: Readonly<Record<string, readonly [ElementType, readonly (number | string)[]]>>,
): OnnxModel {
  const graph = createGraphBuilder('echo');
  for (const [name, [type, shape]] of Object.entries(inputs)) {
    graph.output(`out:${name}`, graph.op('Identity', [graph.input(name, type, shape)]), type, shape);
  }
  return graph.model();
}

/** The columns of `heart`. */
export const heartSchema: ModelSchema = {
  features: [
    {
      name: 'age',
      type: 'numeric',
      input: 'numeric',
      index: 0,
      missing: 0,
      range: [20, 80],
      typical: [25, 75],
    },
    { name: 'sex', type: 'category', input: 'text', index: 0, missing: 0, categories: ['F', 'M'] },
    {
      name: 'weight',
      type: 'numeric',
      input: 'numeric',
      index: 1,
      missing: 0.1,
      range: [40, 120],
      typical: [45, 110],
    },
    { name: 'smoker', type: 'boolean', input: 'text', index: 1, missing: 0, categories: ['False', 'True'] },
  ],
  ignored: ['id'],
  classes: ['no', 'yes'],
  positive: 'yes',
};

/**
 * A classifier whose probability of "yes" is the weight times a factor, missing weights taken as 72; a quarter more for
 * a smoker. The default makes binary fractions of whole weights.
 */
export function heart(factor = 1 / 256, schema = heartSchema): TestModel {
  const graph = createGraphBuilder('heart');
  const numeric = graph.input('numeric', 'float32', ['N', 2]);
  const text = graph.input('text', 'string', ['N', 2]);
  const weight = graph.op('Gather', [numeric, graph.integers([1])], { axis: attr.int(1) });
  const known = graph.op('Where', [graph.op('IsNaN', [weight]), graph.floats([72]), weight]);
  const smoker = graph.op(
    'LabelEncoder',
    [graph.op('Gather', [text, graph.integers([1])], { axis: attr.int(1) })],
    {
      keys_strings: attr.strings(['True']),
      values_floats: attr.floats([0.25]),
      default_float: attr.float(0),
    },
    { domain: 'ai.onnx.ml' },
  );
  const yes = graph.op('Add', [graph.op('Mul', [known, graph.floats([factor])]), smoker]);
  const no = graph.op('Sub', [graph.floats([1]), yes]);
  giveClasses(graph, no, yes);
  return { file: graph.model(), schema };
}

function giveClasses(graph: GraphBuilder, no: Value, yes: Value): void {
  const isYes = graph.op('Greater', [yes, graph.floats([0.5])]);
  const label = graph.op('Where', [isYes, graph.strings(['yes']), graph.strings(['no'])]);
  graph.output('label', graph.op('Reshape', [label, graph.integers([-1])]), 'string', ['N']);
  const probabilities = graph.op('Concat', [no, yes], { axis: attr.int(1) });
  graph.output('probabilities', probabilities, 'float32', ['N', 2]);
}

/** A regression that adds up its numeric columns: a, b, c, ... */
export function sum(columns: number): TestModel {
  const graph = createGraphBuilder('sum');
  const numeric = graph.input('numeric', 'float32', ['N', columns]);
  const total = graph.op('ReduceSum', [numeric, graph.integers([1])], { keepdims: attr.int(0) });
  graph.output('value', total, 'float32', ['N']);
  return { file: graph.model(), schema: sumSchema(columns) };
}

const sumSchema = (columns: number): ModelSchema => ({
  features: Array.from({ length: columns }, (_, index) => ({
    name: String.fromCharCode(97 + index),
    type: 'numeric' as const,
    input: 'numeric' as const,
    index,
    missing: 0,
    range: [-1_000, 1_000] as [number, number],
  })),
  ignored: [],
});

/** y = x / 2 + 2, the model of TensorFlow Serving's documentation. */
export function halfPlusTwo(): OnnxModel {
  const graph = createGraphBuilder('half_plus_two');
  const half = graph.op('Mul', [graph.input('x', 'float32', ['N']), graph.floats([0.5])]);
  graph.output('y', graph.op('Add', [half, graph.floats([2])]), 'float32', ['N']);
  return graph.model();
}
