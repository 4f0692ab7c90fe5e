/** The vocabulary of ONNX graphs: values, tensors, attributes, and the builder that joins them. */

/** Element types Onramp reads and writes; the spelling is that of onnxruntime. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** A dimension: a size, or the name of a size that is known only when the graph runs (`''` if it has no name). */
export type Dimension = number | string;

/** The storage behind a tensor. `float16` and `bfloat16` keep their raw 16 bits; `bool` is one byte a value. */
export type TensorStorage =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

/** A dense, row-major tensor. */
export interface TensorData {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorStorage;
}

/** The name of a value inside one graph; made by a builder, never by hand. */
export type Value = string & { readonly __brand: 'onnx-value' };

/** Attribute values; the builder chooses INT or FLOAT by the operator's own wrapper below. */
export type AttributeValue =
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: ArrayLike<number> | readonly bigint[] }
  | { readonly kind: 'floats'; readonly value: ArrayLike<number> }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: TensorData }
  | { readonly kind: 'graph'; readonly value: GraphModel };

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The name, type and shape of a graph input or output. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
  /** True if a foreign file does not even say how many dimensions there are; `shape` is then empty. */
  readonly unknownRank?: true;
  /** True if a graph inside another one leaves the type to be inferred; `type` then means nothing. */
  readonly untyped?: true;
}

/** One node: an operator with its inputs and outputs by name; an empty input name is a left-out optional. */
export interface NodeModel {
  readonly opType: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** One graph: nodes in topological order, weights, and its signature. */
export interface GraphModel {
  readonly name: string;
  readonly nodes: readonly NodeModel[];
  readonly initializers: ReadonlyMap<string, TensorData>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** A whole ONNX file. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: GraphModel;
}

/** What may be said of a node besides its operator, inputs and attributes. */
export interface NodeOptions {
  /** Operator domain; `''` is ai.onnx. The classical operators live in `ai.onnx.ml`. */
  readonly domain?: '' | 'ai.onnx.ml' | 'com.microsoft';
  /** A readable part of the generated names. */
  readonly hint?: string;
}

/** Grows one graph; every name it makes is unique in the graph and in the graphs inside it. */
export interface GraphBuilder {
  /** A graph input under exactly this name. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value;
  /** A weight. */
  constant(tensor: TensorData, hint?: string): Value;
  /** float32 weight; the default shape is a vector. */
  floats(values: ArrayLike<number>, dims?: readonly number[], hint?: string): Value;
  /** int64 weight; the default shape is a vector. */
  integers(values: ArrayLike<number>, dims?: readonly number[], hint?: string): Value;
  /** string weight; the default shape is a vector. */
  strings(values: readonly string[], dims?: readonly number[], hint?: string): Value;
  /** A node with one output. `null` leaves out an optional input. */
  op(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes?: Attributes,
    options?: NodeOptions,
  ): Value;
  /** A node with `count` outputs. */
  ops(
    opType: string,
    count: number,
    inputs: readonly (Value | null)[],
    attributes?: Attributes,
    options?: NodeOptions,
  ): Value[];
  /** Gives a value out under exactly this name. */
  output(name: string, value: Value, type: ElementType, shape: readonly Dimension[]): void;
  /**
   * A builder for a graph inside this one (the body of a Loop or If); it sees the outer values. Its own inputs and
   * outputs are bound by position, so that their names are only hints there.
   */
  subgraph(name: string): GraphBuilder;
  /** The graph so far, for use as an attribute. */
  graph(): GraphModel;
  /** The finished file's model; metadata are free text by key. */
  model(options?: { readonly metadata?: Readonly<Record<string, string>> }): OnnxModel;
}
