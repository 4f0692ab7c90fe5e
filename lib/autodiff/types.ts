/** The vocabulary of differentiable graphs: values of known shape, the tape that records them, networks and their training. */
import type {
  Attributes,
  Dimension,
  ElementType,
  GraphBuilder,
  NodeOptions,
  TensorData,
  Value,
} from '../onnx/types.ts';

/**
 * A value in a graph together with its type and shape. When training all sizes are numbers; when the same network is
 * written for serving, the first one is the name of the number of rows.
 */
export interface Tensor {
  readonly value: Value;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** One node as its operator sees it: inputs with shapes, attributes, and the numbers of constant inputs. */
export interface TapeNode {
  readonly opType: string;
  /** Inputs by position; null where an optional one is left out. */
  readonly inputs: readonly (Tensor | null)[];
  readonly outputs: readonly Tensor[];
  /** An input that must be there. */
  input(index: number): Tensor;
  /** The numbers of an input that is a constant of this tape; null if it is left out. */
  numbers(index: number): readonly number[] | null;
  /** Whether an input is a constant of this tape. */
  isConstant(index: number): boolean;
  /** Attributes by name, with the operator's default. */
  int(name: string, fallback: number): number;
  float(name: string, fallback: number): number;
  text(name: string, fallback: string): string;
  ints<T>(name: string, fallback: T): readonly number[] | T;
  tensor(name: string): TensorData | undefined;
}

/** Adds nodes to a graph, knows the shape of each result, and remembers them so that they can be differentiated. */
export interface Tape {
  readonly builder: GraphBuilder;
  /** Every node so far, in the order in which they run. */
  readonly nodes: readonly TapeNode[];
  /** A weight or constant. */
  constant(tensor: TensorData, hint?: string): Tensor;
  /** A float32 constant; a scalar unless dimensions are given. */
  floats(values: ArrayLike<number> | number, dims?: readonly number[]): Tensor;
  /** An int64 constant; a vector unless dimensions are given. */
  integers(values: ArrayLike<number>, dims?: readonly number[]): Tensor;
  /** Something that is in the graph already: an input, a value of an outer graph. */
  adopt(value: Value, type: ElementType, shape: readonly Dimension[]): Tensor;
  /** A node with one result. */
  op(
    opType: string,
    inputs: readonly (Tensor | null)[],
    attributes?: Attributes,
    options?: NodeOptions,
  ): Tensor;
  /** A node with several results. */
  ops(
    opType: string,
    count: number,
    inputs: readonly (Tensor | null)[],
    attributes?: Attributes,
    options?: NodeOptions,
  ): readonly Tensor[];
}

/** How numbers that are learnt begin; `random` is handed in, so that a seed decides. */
export type Initial =
  | { readonly kind: 'zeros' | 'ones' }
  | { readonly kind: 'constant'; readonly value: number }
  /** Glorot and Bengio 2010: uniform within ±sqrt(6 / (fanIn + fanOut)). */
  | { readonly kind: 'glorot'; readonly fanIn: number; readonly fanOut: number }
  /** He et al. 2015: normal with variance 2 / fanIn. */
  | { readonly kind: 'he'; readonly fanIn: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number };

/** Numbers that a network learns, or keeps beside what it learns. */
export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly initial: Initial;
  /** False for running statistics, which are updated and not learnt. Default true. */
  readonly trained?: boolean;
  /** Whether penalties such as weight decay apply: of weights yes, of biases and norms no. Default true. */
  readonly penalised?: boolean;
}

/** What a network sees while it is written into a graph. */
export interface ForwardContext {
  readonly tape: Tape;
  /** True in a training graph: dropout drops and norms use the batch's statistics. */
  readonly training: boolean;
  /** A parameter by the name under which the network declared it. */
  parameter(name: string): Tensor;
  /** Says what a running statistic is after this step; only while training. */
  update(name: string, value: Tensor): void;
  /**
   * Numbers uniform in [0, 1), others at every step, and the same ones when the training is repeated or resumed; only
   * while training. Operators such as Dropout draw from a generator that cannot be put back, so they cannot do that.
   */
  random(shape: readonly number[]): Tensor;
}

/** A function with parameters: written once, used for training and, with the numbers learnt, for serving. */
export interface Network {
  /** Every parameter by name; names are unique within the network. */
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** From the examples of a batch, the first axis of every tensor, to the network's answer. */
  forward(context: ForwardContext, inputs: Readonly<Record<string, Tensor>>): Tensor;
}

/** The numbers of a network by parameter name. */
export type Weights = Readonly<Record<string, TensorData>>;
