/** The graph that trains: many steps of forward, backward and optimiser in one Loop, so that a run is worth its call. */
import {
  attr,
  createGraphBuilder,
  encodeModel,
  type GraphBuilder,
  type GraphModel,
} from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';
import { createOptimizer, type Optimizer } from '../optimizers.ts';
import { emitClip, emitPenalty } from '../penalties.ts';
import { createTape } from '../tape.ts';
import type { Tape, Tensor } from '../types.ts';
import {
  declareExamples,
  declareVector,
  type Examples,
  type ExampleTensors,
  emitTrainingNetwork,
  feedNames,
  type GraphSource,
  type NetworkNodes,
  slopeOf,
  takeBatch,
  vectorSizes,
} from './graph-parts.ts';
import { joinVector, penaltyMask } from './parameters.ts';

/** A graph of steps. */
export interface StepGraph {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** Random numbers that a step takes. */
  readonly noise: number;
  /** Vectors that the optimiser remembers. */
  readonly vectors: number;
}

/** The inputs of the outer graph. */
interface Feeds {
  readonly all: ExampleTensors;
  /** Null if a batch is all rows, which are then not gathered anew for every step. */
  readonly rows: Tensor | null;
  readonly shares: Tensor;
  readonly numbers: Tensor;
  readonly states: readonly { readonly name: string; readonly tensor: Tensor }[];
}

/**
 * Inputs: the examples, for each step its row numbers, shares, optimiser's numbers and random numbers, and the state.
 * Outputs: the state after the last step, and `losses` [steps].
 *
 * @param batch rows of a step
 */
export function stepGraph(source: GraphSource, examples: Examples, batch: number): StepGraph {
  const optimizer = createOptimizer(source.optimizer);
  const builder = createGraphBuilder('training');
  const feeds = declareFeeds(builder, source, { examples, batch, optimizer });
  const { states } = feeds;
  const body = builder.subgraph('step');
  const iteration: Tensor = { value: body.input('iteration', 'int64', []), type: 'int64', shape: [] };
  const condition = body.input('condition', 'bool', []);
  const inside = states.map(
    ({ name, tensor }): Tensor => ({ ...tensor, value: body.input(name, 'float32', tensor.shape) }),
  );
  const tape = createTape(body);
  const noise = createNoise(builder, tape, iteration);
  const { results, loss } = emitStep(source, feeds, { tape, optimizer, inside, iteration, draw: noise.draw });
  body.output('condition', condition, 'bool', []);
  for (const [index, { value, shape }] of results.entries()) {
    body.output(states[index]!.name, value, 'float32', shape);
  }
  body.output('loss', loss.value, 'float32', []);

  const count = builder.op('Gather', [builder.op('Shape', [feeds.shares.value]), builder.integers([0], [])]);
  const begins = states.map(({ tensor }) => tensor.value);
  const outputs = builder.ops('Loop', states.length + 1, [count, null, ...begins], {
    body: attr.graph(withoutCopies(body.graph())),
  });
  for (const [index, { name, tensor }] of states.entries()) {
    builder.output(`next ${name}`, outputs[index]!, 'float32', tensor.shape);
  }
  builder.output('losses', outputs.at(-1)!, 'float32', ['steps']);
  return { model: encodeModel(builder.model()), noise: noise.count(), vectors: optimizer.vectors };
}

/**
 * Outputs of a builder are copies under names of their own, which costs a Loop a pass over its state in every step. Names
 * do not matter inside a Loop, so what a node of the body makes is given out as it is.
 */
function withoutCopies(graph: GraphModel): GraphModel {
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const wanted = new Set(graph.outputs.map(({ name }) => name));
  const sources = new Map<string, string>();
  for (const { opType, inputs, outputs } of graph.nodes) {
    const [source = '', name = ''] = [inputs[0], outputs[0]];
    if (opType === 'Identity' && wanted.has(name) && made.has(source)) sources.set(name, source);
  }
  return {
    ...graph,
    nodes: graph.nodes.filter(({ outputs }) => !sources.has(outputs[0] ?? '')),
    outputs: graph.outputs.map((output) => ({ ...output, name: sources.get(output.name) ?? output.name })),
  };
}

function declareFeeds(
  builder: GraphBuilder,
  { layout }: GraphSource,
  {
    examples,
    batch,
    optimizer,
  }: { readonly examples: Examples; readonly batch: number; readonly optimizer: Optimizer },
): Feeds {
  const perStep = (name: string, type: 'int32' | 'float32', width: number): Tensor => ({
    value: builder.input(name, type, ['steps', width]),
    type,
    shape: ['steps', width],
  });
  const sizes = vectorSizes(layout);
  const names = Array.from({ length: optimizer.vectors }, (_, index) => feedNames.memory(index));
  const vectors = [
    [feedNames.weights, sizes.weights] as const,
    ...(sizes.kept > 0 ? [[feedNames.kept, sizes.kept] as const] : []),
    ...names.map((name) => [name, sizes.weights] as const),
  ];
  return {
    all: declareExamples(builder, examples),
    rows: batch < examples.target.dims[0]! ? perStep(feedNames.rows, 'int32', batch) : null,
    shares: perStep(feedNames.shares, 'float32', batch),
    numbers: perStep(feedNames.numbers, 'float32', optimizer.numbersAt(1, 1).length),
    states: vectors.map(([name, length]) => ({ name, tensor: declareVector(builder, name, length) })),
  };
}

interface StepParts {
  readonly tape: Tape;
  readonly optimizer: Optimizer;
  /** The state at the beginning of the step. */
  readonly inside: readonly Tensor[];
  readonly iteration: Tensor;
  readonly draw: (shape: readonly number[]) => Tensor;
}

/** One step: the new state in the order of the old one, and the loss. */
function emitStep(
  source: GraphSource,
  { all, rows, shares, numbers }: Feeds,
  { tape, optimizer, inside, iteration, draw }: StepParts,
): { readonly results: readonly Tensor[]; readonly loss: Tensor } {
  const ofStep = (tensor: Tensor): Tensor => rowOf(tape, tensor, iteration);
  const [weights, ...rest] = inside as [Tensor, ...Tensor[]];
  const kept = source.layout.kept.length > 0 ? rest.shift() : undefined;
  const stepShares = ofStep(shares);
  const network = emitTrainingNetwork(tape, source, {
    batch: takeBatch(tape, all, rows && ofStep(rows)),
    shares: stepShares,
    weights,
    kept,
    random: draw,
  });
  const { gradient, loss, mask } = emitGradient(tape, source, { network, shares: stepShares, weights });
  const next = optimizer.emit({
    tape,
    m: network.m,
    weights,
    gradient,
    mask,
    memory: rest,
    numbers: splitNumbers(tape, ofStep(numbers)),
  });
  const statistics = kept ? [joinVector(tape, [...network.kept.values()])] : [];
  return { results: [next.weights, ...statistics, ...next.memory], loss };
}

/** The gradient as the optimiser gets it, and the loss with its penalty. */
function emitGradient(
  tape: Tape,
  { layout, penalty, clip }: GraphSource,
  {
    network,
    shares,
    weights,
  }: { readonly network: NetworkNodes; readonly shares: Tensor; readonly weights: Tensor },
): { readonly gradient: Tensor; readonly loss: Tensor; readonly mask: Tensor } {
  const { m } = network;
  const mask = penaltyMask(tape, layout.trained);
  const own = differentiate(tape, network.answer, [weights], { slope: slopeOf(network, shares) })[0]!;
  const added = emitPenalty(m, penalty, { tape, weights, mask });
  const gradient = added ? m.add(own, added.gradient) : own;
  const loss = added ? m.add(network.loss, added.value) : network.loss;
  return { gradient: emitClip(m, clip, { tape, gradient }), loss, mask };
}

/** The row of a [steps, width] tensor for this step, [width]. */
const rowOf = (tape: Tape, tensor: Tensor, iteration: Tensor): Tensor => {
  const value = tape.builder.op('Gather', [tensor.value, iteration.value], { axis: attr.int(0) });
  return tape.adopt(value, tensor.type, tensor.shape.slice(1));
};

const splitNumbers = (tape: Tape, numbers: Tensor): readonly Tensor[] => {
  const count = numbers.shape[0] as number;
  return count === 1
    ? [numbers]
    : tape.ops('Split', count, [numbers, tape.integers(new Array(count).fill(1))]);
};

/** Random numbers that are fed: one input for all that the network asks for, declared with the first wish. */
function createNoise(builder: GraphBuilder, tape: Tape, iteration: Tensor) {
  let row: Tensor | undefined;
  let used = 0;
  return {
    count: () => used,
    draw: (shape: readonly number[]): Tensor => {
      row ??= rowOf(
        tape,
        {
          value: builder.input(feedNames.noise, 'float32', ['steps', 'noise']),
          type: 'float32',
          shape: ['steps', 'noise'],
        },
        iteration,
      );
      const size = shape.reduce((product, length) => product * length, 1);
      const part = tape.builder.op('Slice', [
        row.value,
        tape.builder.integers([used]),
        tape.builder.integers([used + size]),
      ]);
      used += size;
      const value = tape.builder.op('Reshape', [part, tape.builder.integers(shape)]);
      return tape.adopt(value, 'float32', shape);
    },
  };
}
