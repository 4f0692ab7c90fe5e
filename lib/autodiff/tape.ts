/** Records the nodes of a graph with the shapes of their results, so that they can be differentiated. */
import { internal } from '../core/index.ts';
import {
  type Attributes,
  type AttributeValue,
  floatTensor,
  type GraphBuilder,
  integerTensor,
  type TensorData,
  type Value,
} from '../onnx/index.ts';
import { OPERATORS } from './operators/index.ts';
import type { Tape, TapeNode, Tensor } from './types.ts';

/**
 * A tape that writes into a graph.
 *
 * For the body of a Scan, make the tape on `builder.subgraph(...)` and `adopt` what comes from outside; names stay
 * unique, because builders of one file share them.
 *
 * @throws OnrampError `internal`, from the functions of the tape, for an operator that is not in the table and for
 *   shapes that do not fit
 * @example
 * const tape = createTape(builder);
 * const x = tape.adopt(builder.input('x', 'float32', [32, 4]), 'float32', [32, 4]);
 * const y = tape.op('MatMul', [x, tape.constant(weights)]);
 */
export function createTape(builder: GraphBuilder): Tape {
  const nodes: TapeNode[] = [];
  const constants = new Map<Value, TensorData>();
  // Scalars, and lists of axes and sizes, are asked for again and again; weights stay apart, however alike.
  const shared = new Map<string, Tensor>();

  const constant: Tape['constant'] = (tensor, hint) => {
    const value = builder.constant(tensor, hint);
    constants.set(value, tensor);
    return { value, type: tensor.type, shape: tensor.dims };
  };

  const sharedConstant = (tensor: TensorData): Tensor => {
    const key = `${tensor.type}[${tensor.dims}]${Array.from<unknown>(tensor.data).map(exactText)}`;
    const known = shared.get(key) ?? constant(tensor);
    shared.set(key, known);
    return known;
  };

  const ops: Tape['ops'] = (opType, count, inputs, attributes = {}, options = {}) => {
    const operator = OPERATORS[opType];
    if (operator === undefined) throw internal(`operator ${opType} is not in the table of operators`);
    const view = viewNode(opType, inputs, attributes, constants);
    const types = operator.infer(view);
    const written = Math.max(count, operator.results?.(view) ?? 1);
    if (types.length < written) throw internal(`${opType} has ${types.length} results, not ${written}`);
    const { domain = operator.domain ?? '' } = options;
    const values = builder.ops(
      opType,
      written,
      inputs.map((input) => input?.value ?? null),
      attributes,
      { ...options, domain },
    );
    const outputs = values.map((value, index) => ({ value, ...pick(types[index]!) }));
    nodes.push({ ...view, outputs });
    return outputs.slice(0, count);
  };

  return {
    builder,
    nodes,
    constant,
    floats: (values, dims) =>
      typeof values === 'number'
        ? sharedConstant(floatTensor([values], []))
        : constant(floatTensor(values, dims)),
    integers: (values, dims) => sharedConstant(integerTensor(values, dims)),
    adopt: (value, type, shape) => ({ value, type, shape }),
    op: (opType, inputs, attributes, options) => ops(opType, 1, inputs, attributes, options)[0]!,
    ops,
  };
}

const pick = ({ type, shape }: Pick<Tensor, 'type' | 'shape'>): Pick<Tensor, 'type' | 'shape'> => ({
  type,
  shape,
});

/** Minus zero is a number of its own. */
const exactText = (value: unknown): string => (Object.is(value, -0) ? '-0' : String(value));

type ValueByKind = { readonly [Each in AttributeValue as Each['kind']]: Each['value'] };

function viewNode(
  opType: string,
  inputs: readonly (Tensor | null)[],
  attributes: Attributes,
  constants: ReadonlyMap<Value, TensorData>,
): TapeNode {
  const read = <Kind extends AttributeValue['kind']>(
    name: string,
    kind: Kind,
  ): ValueByKind[Kind] | undefined => {
    const attribute = attributes[name];
    if (attribute === undefined) return undefined;
    if (attribute.kind !== kind) throw internal(`${opType}: attribute "${name}" must be ${kind}`);
    return attribute.value as ValueByKind[Kind];
  };
  return {
    opType,
    inputs,
    outputs: [],
    input: (index) => {
      const input = inputs[index] ?? null;
      if (input === null) throw internal(`${opType} lacks its input ${index}`);
      return input;
    },
    numbers: (index) => {
      const input = inputs[index] ?? null;
      if (input === null) return null;
      const tensor = constants.get(input.value);
      if (tensor === undefined) {
        throw internal(
          `${opType}: input ${index} must be a constant of the same tape, so that shapes are known`,
        );
      }
      return Array.from(tensor.data as ArrayLike<unknown>, Number);
    },
    isConstant: (index) => constants.has(inputs[index]?.value ?? ('' as Value)),
    int: (name, fallback) => Number(read(name, 'int') ?? fallback),
    float: (name, fallback) => read(name, 'float') ?? fallback,
    text: (name, fallback) => read(name, 'string') ?? fallback,
    ints: (name, fallback) => {
      const values = read(name, 'ints');
      return values === undefined ? fallback : Array.from(values as ArrayLike<number>, Number);
    },
    tensor: (name) => read(name, 'tensor'),
  };
}
