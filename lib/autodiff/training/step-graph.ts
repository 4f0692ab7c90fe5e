/** The graph that trains: many steps of forward, backward and optimiser in one Scan, so that a run is worth its call. */
import {
  attr,
  createGraphBuilder,
  type ElementType,
  encodeModel,
  type GraphBuilder,
  type GraphModel,
  type Value,
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
} from './graph-parts.ts';
import { joinVector, penaltyMask, type Segment, segmentsOf, sizeOf, splitVector } from './parameters.ts';

/** A graph of steps. */
export interface StepGraph {
  /** The ONNX file. */
  readonly model: Uint8Array;
  /** Random numbers that a step takes. */
  readonly noise: number;
  /** Vectors that the optimiser remembers. */
  readonly vectors: number;
  /** In which parts the weights, and each vector remembered, go in and come out. */
  readonly segments: readonly Pick<Segment, 'start' | 'size'>[];
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
  const all = declareExamples(builder, examples);
  const body = builder.subgraph('step');
  const states = statesOf(source, optimizer);
  const before = states.map(({ name, length }) => declareVector(body, name, length));
  const feeds = createStepFeeds(builder, body);
  const tape = createTape(body);
  const noise = createNoise(tape, feeds);
  // A batch that is all rows is not gathered anew for every step.
  const isAll = batch >= examples.target.dims[0]!;
  const { after, loss } = emitStep(source, {
    ...{ tape, optimizer, before },
    batch: takeBatch(tape, all, isAll ? null : feeds.take(feedNames.rows, 'int32', [batch])),
    shares: feeds.take(feedNames.shares, 'float32', [batch]),
    numbers: optimizer
      .numbersAt(1, 1)
      .map((_, index) => feeds.take(feedNames.number(index), 'float32', [1, 1])),
    draw: noise.draw,
  });
  for (const [index, { value, shape }] of after.entries()) {
    body.output(states[index]!.name, value, 'float32', shape);
  }
  body.output('loss', loss.value, 'float32', []);

  const begins = states.map(({ name, length }) => declareVector(builder, name, length).value);
  const outputs = builder.ops('Scan', states.length + 1, [...begins, ...feeds.outside()], {
    body: attr.graph(withoutCopies(body.graph())),
    num_scan_inputs: attr.int(feeds.outside().length),
  });
  for (const [index, { name, length }] of states.entries()) {
    builder.output(feedNames.next(name), outputs[index]!, 'float32', [1, length]);
  }
  builder.output('losses', outputs.at(-1)!, 'float32', ['steps']);
  return {
    model: encodeModel(builder.model()),
    noise: noise.count(),
    vectors: optimizer.vectors,
    segments: segmentsOf(source.layout.trained).map(({ start, size }) => ({ start, size })),
  };
}

/**
 * Outputs of a builder are copies under names of their own, which costs a Scan a pass over its state in every step. Names
 * do not matter inside a Scan, so what a node of the body makes is given out as it is.
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

/** What goes from step to step: the segments of the weights, what is kept, then those of each vector remembered. */
function statesOf(
  { layout }: GraphSource,
  { vectors }: Optimizer,
): readonly { readonly name: string; readonly length: number }[] {
  const inSegments = (vector: string) =>
    segmentsOf(layout.trained).map(({ size }, index) => ({
      name: feedNames.segment(vector, index),
      length: size,
    }));
  return [
    ...inSegments(feedNames.weights),
    ...(layout.kept.length > 0 ? [{ name: feedNames.kept, length: sizeOf(layout.kept) }] : []),
    ...Array.from({ length: vectors }, (_, index) => inSegments(feedNames.memory(index))).flat(),
  ];
}

/** What each step takes anew. */
interface StepFeeds {
  /** What this step gets; outside there is one for each step, in front. */
  take(name: string, type: ElementType, shape: readonly (number | string)[]): Tensor;
  /** All that was taken, in the order of the body's inputs. */
  outside(): readonly Value[];
}

function createStepFeeds(builder: GraphBuilder, body: GraphBuilder): StepFeeds {
  const outside: Value[] = [];
  return {
    take: (name, type, shape) => {
      outside.push(builder.input(name, type, ['steps', ...shape]));
      return { value: body.input(name, type, shape), type, shape };
    },
    outside: () => outside,
  };
}

interface StepParts {
  readonly tape: Tape;
  readonly optimizer: Optimizer;
  /** The state at the beginning of the step. */
  readonly before: readonly Tensor[];
  readonly batch: ExampleTensors;
  readonly shares: Tensor;
  readonly numbers: readonly Tensor[];
  readonly draw: (shape: readonly number[]) => Tensor;
}

/** One step: the new state in the order of the old one, and the loss. */
function emitStep(
  source: GraphSource,
  { tape, optimizer, before, batch, shares, numbers, draw }: StepParts,
): { readonly after: readonly Tensor[]; readonly loss: Tensor } {
  const { trained, kept } = source.layout;
  const segments = segmentsOf(trained);
  const count = segments.length;
  const weights = before.slice(0, count);
  const memory = before.slice(kept.length > 0 ? count + 1 : count);
  const network = emitTrainingNetwork(tape, source, {
    ...{ batch, shares },
    parameters: new Map([
      ...segments.flatMap(({ slots }, index) => [...splitVector(tape, weights[index]!, slots)]),
      ...(kept.length > 0 ? splitVector(tape, before[count]!, kept) : []),
    ]),
    random: draw,
  });
  const masks = segments.map(({ slots }) => penaltyMask(tape, slots));
  const { gradients, loss } = emitGradients(tape, source, { network, shares, weights, masks });
  const next = segments.map((_, index) =>
    optimizer.emit({
      ...{ tape, m: network.m, numbers },
      weights: weights[index]!,
      gradient: gradients[index]!,
      mask: masks[index]!,
      memory: memory.filter((_vector, place) => place % count === index),
    }),
  );
  const statistics = kept.length > 0 ? [joinVector(tape, [...network.kept.values()])] : [];
  const vectors = Array.from({ length: optimizer.vectors }, (_, vector) =>
    next.map((result) => result.memory[vector]!),
  );
  return { after: [...next.map((result) => result.weights), ...statistics, ...vectors.flat()], loss };
}

/** The gradients of the segments as the optimiser gets them, and the loss with its penalty. */
function emitGradients(
  tape: Tape,
  { penalty, clip }: GraphSource,
  {
    network,
    shares,
    weights,
    masks,
  }: {
    readonly network: NetworkNodes;
    readonly shares: Tensor;
    readonly weights: readonly Tensor[];
    readonly masks: readonly Tensor[];
  },
): { readonly gradients: readonly Tensor[]; readonly loss: Tensor } {
  const { m, answer } = network;
  const own = differentiate(tape, answer, weights, { slope: slopeOf(network, shares) });
  const added = weights.map((segment, index) =>
    emitPenalty(m, penalty, { tape, weights: segment, mask: masks[index]! }),
  );
  const gradients = own.map((gradient, index) => {
    const more = added[index];
    return more ? m.add(gradient, more.gradient) : gradient;
  });
  const loss = added.reduce((sum, more) => (more ? m.add(sum, more.value) : sum), network.loss);
  return { gradients: emitClip(m, clip, { tape, gradients }), loss };
}

/** Random numbers that are fed: one input for all that the network asks for, declared with the first wish. */
function createNoise(tape: Tape, feeds: StepFeeds) {
  let row: Tensor | undefined;
  let used = 0;
  return {
    count: () => used,
    draw: (shape: readonly number[]): Tensor => {
      row ??= feeds.take(feedNames.noise, 'float32', ['noise']);
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
