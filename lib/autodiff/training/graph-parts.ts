/** What the graphs of a training have in common: their inputs, the network in them, and its loss. */
import { internal } from '../../core/index.ts';
import { attr, type ElementType, type GraphBuilder, type TensorData } from '../../onnx/index.ts';
import { type Arithmetic, arithmetic } from '../arithmetic.ts';
import { emitLoss, type LossSpec, type RowLosses } from '../losses.ts';
import type { OptimizerSpec } from '../optimizers.ts';
import type { Clip, Penalty } from '../penalties.ts';
import type { Network, Tape, Tensor } from '../types.ts';
import type { ParameterLayout } from './parameters.ts';

/** What a training graph is made from. */
export interface GraphSource {
  readonly network: Network;
  readonly layout: ParameterLayout;
  readonly loss: LossSpec;
  readonly optimizer: OptimizerSpec;
  readonly penalty: Penalty;
  readonly clip?: Clip | undefined;
}

/** Examples and what is to be said of them; the first axis of every tensor is the row. */
export interface Examples {
  readonly inputs: Readonly<Record<string, TensorData>>;
  readonly target: TensorData;
}

/** Where the data of a graph come in; names of the network's inputs may be any. */
export const feedNames = {
  input: (name: string): string => `input ${name}`,
  target: 'target',
  rows: 'rows',
  shares: 'shares',
  number: (index: number): string => `number ${index}`,
  noise: 'noise',
  weights: 'weights',
  kept: 'kept',
  memory: (index: number): string => `memory ${index}`,
  /** A part of a vector, see `segmentsOf`. */
  segment: (vector: string, index: number): string => `${vector}, ${index}`,
  /** A state after the last step. */
  next: (state: string): string => `next ${state}`,
} as const;

/** The examples as feeds of a graph that declared them. */
export function feedsOf({ inputs, target }: Examples): Readonly<Record<string, TensorData>> {
  const named = Object.entries(inputs).map(([name, tensor]) => [feedNames.input(name), tensor] as const);
  return { ...Object.fromEntries(named), [feedNames.target]: target };
}

/** Declares the examples as inputs: all rows, of which a batch is taken later. */
export function declareExamples(builder: GraphBuilder, { inputs, target }: Examples): ExampleTensors {
  const declare = (name: string, { type, dims }: TensorData): Tensor => ({
    value: builder.input(name, type, dims),
    type,
    shape: dims,
  });
  return {
    inputs: mapValues(inputs, (tensor, name) => declare(feedNames.input(name), tensor)),
    target: declare(feedNames.target, target),
  };
}

/** Examples in a graph. */
export interface ExampleTensors {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly target: Tensor;
}

/** The rows of a batch; the very tensors if it is the whole of them. */
export function takeBatch(tape: Tape, all: ExampleTensors, rows: Tensor | null): ExampleTensors {
  if (rows === null) return all;
  const take = (tensor: Tensor): Tensor => tape.op('Gather', [tensor, rows], { axis: attr.int(0) });
  return { inputs: mapValues(all.inputs, take), target: take(all.target) };
}

/** A network in a graph. */
export interface NetworkNodes extends RowLosses {
  readonly m: Arithmetic;
  readonly answer: Tensor;
  /** One number, []: the sum of the rows' losses times their shares. */
  readonly loss: Tensor;
  /** New running statistics; null if the network has none. */
  readonly kept: ReadonlyMap<string, Tensor>;
  /** Which parameter was asked for when the tape had so many nodes. */
  readonly marks: readonly { readonly name: string; readonly nodes: number }[];
}

/** What is put into a network. */
export interface NetworkFeeds {
  readonly batch: ExampleTensors;
  /** [rows of the batch]. */
  readonly shares: Tensor;
  /** What is learnt and what is kept, by name. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Random numbers of this step; null where the network is not to ask for any. */
  readonly random: ((shape: readonly number[]) => Tensor) | null;
}

/** Writes the network and its loss onto a tape. */
export function emitTrainingNetwork(
  tape: Tape,
  { network, layout, loss: spec }: GraphSource,
  { batch, shares, parameters, random }: NetworkFeeds,
): NetworkNodes {
  const m = arithmetic(tape);
  const marks: { name: string; nodes: number }[] = [];
  const updates = new Map<string, Tensor>();
  const answer = network.forward(
    {
      tape,
      training: random !== null,
      parameter: (name) => {
        marks.push({ name, nodes: tape.nodes.length });
        return found(parameters, name);
      },
      update: (name, value) => updates.set(name, value),
      random: (shape) => {
        if (random === null) throw internal('a network may ask for random numbers only while it is trained');
        return random(shape);
      },
    },
    batch.inputs,
  );
  const losses = emitLoss(tape, spec, { answer, target: batch.target });
  const loss = m.sum(m.mul(losses.rows, shares), undefined, false);
  const statistics = layout.kept.map(
    ({ name }) => [name, updates.get(name) ?? found(parameters, name)] as const,
  );
  return { ...losses, m, answer, loss, kept: new Map(statistics), marks };
}

function found(parameters: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = parameters.get(name);
  if (!tensor) throw internal(`the network asks for a parameter "${name}" that it has not declared`);
  return tensor;
}

/** How the sum of the losses changes with the answer: each row's slope times its share. */
export function slopeOf({ m, answer, slope }: NetworkNodes, shares: Tensor): Tensor {
  const [rows = 0] = shares.shape as readonly number[];
  const ones = answer.shape.slice(1).map(() => 1);
  return m.mul(slope(), m.reshape(shares, [rows, ...ones]));
}

/** Declares a vector of the state, as a row: optimisers add rows by Gemm. */
export function declareVector(builder: GraphBuilder, name: string, length: number): Tensor {
  const type: ElementType = 'float32';
  const shape = [1, length];
  return { value: builder.input(name, type, shape), type, shape };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
