/** Grows ONNX graphs node by node, with names that cannot collide. */
import { internal, invalidInput } from '../core/index.ts';
import { refuse } from './refusal.ts';
import { checkTensor, floatTensor, integerTensor, stringTensor } from './tensor.ts';
import type {
  Attributes,
  ElementType,
  GraphBuilder,
  GraphModel,
  NodeModel,
  NodeOptions,
  OnnxModel,
  TensorData,
  Value,
  ValueInfo,
} from './types.ts';

/** IR version 9 came with opset 20; onnxruntime takes it since 1.17. */
const IR_VERSION = 9;
/** First with RegexFullMatch, StringConcat and StringSplit. */
const DEFAULT_OPSET = 20;
/** Has TreeEnsembleRegressor 3 and LabelEncoder 4. */
const DEFAULT_ML_OPSET = 4;
const MICROSOFT_OPSET = 1;
const PRODUCER = 'onramp';
/** What generated names begin with. */
const RESERVED_PREFIX = '__';

/** Which operator sets a builder uses. */
export interface GraphBuilderOptions {
  /** Version of the ai.onnx operators; 20 by default. */
  readonly opset?: number;
  /** Version of the ai.onnx.ml operators; 4 by default. */
  readonly mlOpset?: number;
  /** What every generated name begins with, `__` by default; for graphs that become part of another one. */
  readonly prefix?: string;
}

/** What a graph and the graphs inside it share. */
interface Scope {
  readonly prefix: string;
  readonly taken: Set<string>;
  readonly opsets: Readonly<Record<string, number>>;
  /** Names made so far. */
  count: number;
}

/**
 * A builder of one ONNX file.
 *
 * Generated names begin with `__` and step aside for inputs and outputs that look alike. Graphs made with
 * `subgraph` draw names from the same pool; their inputs and outputs are bound by position, so there a given name
 * is only a hint. An output is an Identity under the exact name, which onnxruntime optimises away.
 *
 * @param name name of the graph, not empty
 * @throws OnrampError `duplicate_name` for an input or output name that is in use already; `tensor_size` and
 *   `unsupported_type` for a weight whose data do not fit its type and dimensions
 * @example
 * const builder = createGraphBuilder('double');
 * const x = builder.input('x', 'float32', ['rows']);
 * builder.output('y', builder.op('Mul', [x, builder.floats([2])]), 'float32', ['rows']);
 * const bytes = encodeModel(builder.model());
 */
export function createGraphBuilder(name: string, options: GraphBuilderOptions = {}): GraphBuilder {
  const { opset = DEFAULT_OPSET, mlOpset = DEFAULT_ML_OPSET, prefix = RESERVED_PREFIX } = options;
  const opsets = { '': opset, 'ai.onnx.ml': mlOpset, 'com.microsoft': MICROSOFT_OPSET };
  return growGraph(name, { taken: new Set(), opsets, prefix, count: 0 }, true);
}

function growGraph(name: string, scope: Scope, isRoot: boolean): GraphBuilder {
  if (name === '') throw invalidInput('a graph needs a name that is not empty');
  const nodes: NodeModel[] = [];
  const initializers = new Map<string, TensorData>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];

  const graph = (): GraphModel => ({
    name,
    nodes: [...nodes],
    initializers: new Map(initializers),
    inputs: [...inputs],
    outputs: [...outputs],
  });

  const publicName = (wanted: string): Value =>
    isRoot ? exactName(scope, wanted) : freshName(scope, wanted);

  const constant = (tensor: TensorData, hint = 'constant'): Value => {
    const value = freshName(scope, hint);
    checkTensor(tensor, `weight "${value}"`);
    initializers.set(value, tensor);
    return value;
  };

  const addNode = (
    opType: string,
    outputNames: readonly string[],
    inputValues: readonly (Value | null)[],
    attributes: Attributes,
    domain = '',
  ): void => {
    const inputNames = inputValues.map((value) => value ?? '');
    // onnxruntime 1.20 refuses a file in which it fuses nodes without a name; the name of an output is unique.
    const name = outputNames[0]!;
    nodes.push({ opType, domain, name, inputs: inputNames, outputs: outputNames, attributes });
  };

  const ops: GraphBuilder['ops'] = (
    opType,
    count,
    inputValues,
    attributes = {},
    options: NodeOptions = {},
  ) => {
    const values = Array.from({ length: count }, () => freshName(scope, options.hint ?? opType));
    addNode(opType, values, inputValues, attributes, options.domain);
    return values;
  };

  return {
    input: (wanted, type, shape) => {
      const value = publicName(wanted);
      inputs.push({ name: value, type, shape });
      return value;
    },
    constant,
    floats: (values, dims, hint) => constant(floatTensor(values, dims), hint),
    integers: (values, dims, hint) => constant(integerTensor(values, dims), hint),
    strings: (values, dims, hint) => constant(stringTensor(values, dims), hint),
    op: (opType, inputValues, attributes, options) => ops(opType, 1, inputValues, attributes, options)[0]!,
    ops,
    output: (wanted: string, value: Value, type: ElementType, shape) => {
      const exact = publicName(wanted);
      addNode('Identity', [exact], [value], {});
      outputs.push({ name: exact, type, shape });
    },
    subgraph: (subgraphName) => growGraph(subgraphName, scope, false),
    graph,
    model: ({ metadata = {} } = {}) => {
      if (!isRoot)
        throw internal(`graph "${name}" lies inside another; ask the outermost builder for the model`);
      return finishModel(graph(), scope, metadata);
    },
  };
}

function finishModel(graph: GraphModel, scope: Scope, metadata: Readonly<Record<string, string>>): OnnxModel {
  const used = new Set<string>();
  collectDomains(graph, used);
  const opsets = Object.fromEntries(Object.entries(scope.opsets).filter(([domain]) => used.has(domain)));
  return { irVersion: IR_VERSION, opsets, producer: PRODUCER, metadata, graph };
}

function collectDomains(graph: GraphModel, domains: Set<string>): void {
  for (const node of graph.nodes) {
    domains.add(node.domain);
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.kind === 'graph') collectDomains(attribute.value, domains);
    }
  }
}

function exactName(scope: Scope, name: string): Value {
  if (name === '') throw invalidInput('an input or output needs a name that is not empty');
  if (scope.taken.has(name)) {
    throw refuse('duplicate_name', `the graph already has a value named "${name}"; choose another name`);
  }
  scope.taken.add(name);
  return name as Value;
}

/** A name nobody has: identifier characters only, as some readers of ONNX files insist on them. */
function freshName(scope: Scope, hint: string): Value {
  const readable = hint.replaceAll(/\W/g, '_');
  let name: string;
  do {
    scope.count += 1;
    name = `${scope.prefix}${readable}_${scope.count}`;
  } while (scope.taken.has(name));
  scope.taken.add(name);
  return name as Value;
}
