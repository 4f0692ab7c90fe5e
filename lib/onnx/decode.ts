/** Reads the bytes of a `.onnx` file into a model: all of it that has a meaning, or not at all. */
import { readTensor } from './decode-tensor.ts';
import { readValueInfo } from './decode-value-info.ts';
import { DEFAULT_LIMITS, type ModelLimits } from './limits.ts';
import { refuse } from './refusal.ts';
import { ATTRIBUTE, ATTRIBUTE_TYPE, ENTRY, GRAPH, MODEL, NODE, OPSET } from './schema.ts';
import type { AttributeValue, GraphModel, NodeModel, OnnxModel, TensorData, ValueInfo } from './types.ts';
import { readOnce, WireReader } from './wire-reader.ts';

/** What is counted while a file is read. */
interface ReadState {
  readonly limits: ModelLimits;
  nodes: number;
  depth: number;
}

/**
 * Reads a `.onnx` file (ModelProto).
 *
 * Documentation, intermediate value types and unknown fields are left out, as they do not change results. Whatever
 * would change them and has no place in an `OnnxModel` is refused: external data, local functions, training
 * information, sparse tensors, sequence and map types, and element types that are not in `ElementType`. Use
 * `checkModel` for files from outside. Tensors may share memory with `bytes`.
 *
 * @throws OnrampError with a `RefusalCode`
 */
export function decodeModel(bytes: Uint8Array, limits: ModelLimits = DEFAULT_LIMITS): OnnxModel {
  const state: ReadState = { limits, nodes: 0, depth: 0 };
  const reader = new WireReader(bytes);
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  let irVersion = 0;
  let producer = '';
  let graph: GraphModel | null = null;
  while (reader.next()) {
    if (reader.field === MODEL.irVersion) irVersion = reader.smallInt();
    else if (reader.field === MODEL.producerName) producer = reader.string();
    else if (reader.field === MODEL.graph) {
      graph = readOnce('graph', graph, () => readGraph(reader.message(), state));
    } else if (reader.field === MODEL.opsetImport) {
      addOpset(opsets, readOpset(reader.message()));
    } else if (reader.field === MODEL.metadataProps) {
      addOnce(metadata, readEntry(reader.message()), 'metadata key');
    } else if (reader.field === MODEL.functions) {
      throw refuse(
        'local_functions',
        'the model defines its own functions; inline them, in Python onnx.inliner',
      );
    } else if (reader.field === MODEL.trainingInfo) {
      throw refuse('training_info', 'the model carries training information; export it for inference');
    } else reader.skip();
  }
  if (graph === null || irVersion < 1) {
    throw refuse('not_onnx', 'not an ONNX file: it has no graph or no IR version');
  }
  return {
    irVersion,
    opsets: Object.fromEntries(opsets),
    producer,
    metadata: Object.fromEntries(metadata),
    graph,
  };
}

function addOnce<T>(map: Map<string, T>, [key, value]: readonly [string, T], what: string): void {
  if (map.has(key)) throw refuse('duplicate_name', `the ${what} "${key}" appears twice`);
  map.set(key, value);
}

/** skl2onnx writes some imports twice; only two versions of one operator set contradict each other. */
function addOpset(opsets: Map<string, number>, [domain, version]: readonly [string, number]): void {
  if (opsets.get(domain) !== version) addOnce(opsets, [domain, version], 'operator set');
}

/** `ai.onnx` is another name of the default domain. */
const canonicalDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

function readOpset(reader: WireReader): [string, number] {
  let domain = '';
  let version = 0;
  while (reader.next()) {
    if (reader.field === OPSET.domain) domain = canonicalDomain(reader.string());
    else if (reader.field === OPSET.version) version = reader.smallInt();
    else reader.skip();
  }
  return [domain, version];
}

/** One text of the metadata, with its key. */
export function readEntry(reader: WireReader): [string, string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === ENTRY.key) key = reader.string();
    else if (reader.field === ENTRY.value) value = reader.string();
    else reader.skip();
  }
  return [key, value];
}

function readGraph(reader: WireReader, state: ReadState): GraphModel {
  state.depth += 1;
  if (state.depth > state.limits.depth) {
    throw refuse('nested_too_deep', `graphs lie inside graphs more than ${state.limits.depth} deep`);
  }
  let name = '';
  const nodes: NodeModel[] = [];
  const initializers = new Map<string, TensorData>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  while (reader.next()) {
    if (reader.field === GRAPH.node) nodes.push(readNode(reader.message(), state));
    else if (reader.field === GRAPH.name) name = reader.string();
    else if (reader.field === GRAPH.initializer) {
      const { name: weight, tensor } = readTensor(reader.message());
      addOnce(initializers, [weight, tensor], 'weight');
    } else if (reader.field === GRAPH.input) inputs.push(readValueInfo(reader.message(), state.depth > 1));
    else if (reader.field === GRAPH.output) outputs.push(readValueInfo(reader.message(), state.depth > 1));
    else if (reader.field === GRAPH.sparseInitializer) {
      throw refuse('unsupported_feature', 'the model has sparse weights; store them dense');
    } else reader.skip();
  }
  state.depth -= 1;
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(reader: WireReader, state: ReadState): NodeModel {
  state.nodes += 1;
  if (state.nodes > state.limits.nodes) {
    throw refuse('too_many_nodes', `the model has more than ${state.limits.nodes} nodes`);
  }
  let opType = '';
  let domain = '';
  let name = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, AttributeValue>();
  while (reader.next()) {
    if (reader.field === NODE.input) inputs.push(reader.string());
    else if (reader.field === NODE.output) outputs.push(reader.string());
    else if (reader.field === NODE.name) name = reader.string();
    else if (reader.field === NODE.opType) opType = reader.string();
    else if (reader.field === NODE.domain) domain = canonicalDomain(reader.string());
    else if (reader.field === NODE.attribute) {
      addOnce(attributes, readAttribute(reader.message(), state), 'attribute');
    } else reader.skip();
  }
  return { opType, domain, name, inputs, outputs, attributes: Object.fromEntries(attributes) };
}

interface AttributeFields {
  name: string;
  type: number;
  int: number | bigint;
  float: number;
  string: string;
  tensor: TensorData | null;
  graph: GraphModel | null;
  ints: (number | bigint)[];
  floats: (number | bigint)[];
  strings: string[];
}

function readAttribute(reader: WireReader, state: ReadState): [string, AttributeValue] {
  const fields: AttributeFields = {
    name: '',
    type: 0,
    int: 0,
    float: 0,
    string: '',
    tensor: null,
    graph: null,
    ints: [],
    floats: [],
    strings: [],
  };
  while (reader.next()) readAttributeField(reader, fields, state);
  const value = attributeValue(fields);
  if (value !== null) return [fields.name, value];
  throw refuse(
    'unsupported_attribute',
    `attribute "${fields.name}" of type ${fields.type} is not taken (known are numbers, texts, tensors, graphs)`,
  );
}

function readAttributeField(reader: WireReader, fields: AttributeFields, state: ReadState): void {
  switch (reader.field) {
    case ATTRIBUTE.name:
      fields.name = reader.string();
      break;
    case ATTRIBUTE.type:
      fields.type = reader.smallInt();
      break;
    case ATTRIBUTE.int:
      fields.int = reader.int();
      break;
    case ATTRIBUTE.float:
      fields.float = reader.float();
      break;
    case ATTRIBUTE.string:
      fields.string = reader.string();
      break;
    case ATTRIBUTE.tensor:
      fields.tensor = readOnce('tensor', fields.tensor, () => readTensor(reader.message()).tensor);
      break;
    case ATTRIBUTE.graph:
      fields.graph = readOnce('graph', fields.graph, () => readGraph(reader.message(), state));
      break;
    case ATTRIBUTE.floats:
      reader.floats(fields.floats);
      break;
    case ATTRIBUTE.ints:
      reader.ints(fields.ints);
      break;
    case ATTRIBUTE.strings:
      fields.strings.push(reader.string());
      break;
    case ATTRIBUTE.refAttrName:
      throw refuse('local_functions', `attribute "${fields.name}" refers to a function's attribute`);
    default:
      reader.skip();
  }
}

function attributeValue(fields: AttributeFields): AttributeValue | null {
  switch (fields.type) {
    case ATTRIBUTE_TYPE.float:
      return { kind: 'float', value: fields.float };
    case ATTRIBUTE_TYPE.int:
      return { kind: 'int', value: fields.int };
    case ATTRIBUTE_TYPE.string:
      return { kind: 'string', value: fields.string };
    case ATTRIBUTE_TYPE.tensor:
      return fields.tensor && { kind: 'tensor', value: fields.tensor };
    case ATTRIBUTE_TYPE.graph:
      return fields.graph && { kind: 'graph', value: fields.graph };
    case ATTRIBUTE_TYPE.floats:
      return { kind: 'floats', value: fields.floats.map(Number) };
    case ATTRIBUTE_TYPE.ints:
      return { kind: 'ints', value: exactIntegers(fields.ints) };
    case ATTRIBUTE_TYPE.strings:
      return { kind: 'strings', value: fields.strings };
    default:
      return null;
  }
}

/** Plain numbers where all are exact, bigints otherwise. */
function exactIntegers(values: readonly (number | bigint)[]): readonly number[] | readonly bigint[] {
  const isPlain = (value: number | bigint): value is number => typeof value === 'number';
  return values.every(isPlain) ? values : values.map(BigInt);
}
