/** The graphs beside the one that trains: scores of a batch, the gradient at a point, and where numbers go bad. */
import { attr, createGraphBuilder, encodeModel, type GraphBuilder } from '../../onnx/index.ts';
import { differentiate } from '../differentiate.ts';
import type { RowLosses } from '../losses.ts';
import { createTape } from '../tape.ts';
import type { Tape, Tensor } from '../types.ts';
import {
  declareExamples,
  declareVector,
  type Examples,
  emitTrainingNetwork,
  feedNames,
  type GraphSource,
  type NetworkNodes,
  slopeOf,
  takeBatch,
} from './graph-parts.ts';
import { sizeOf, splitVector } from './parameters.ts';

/** A graph that scores. */
export interface ScoreGraph {
  readonly model: Uint8Array;
  readonly metric: RowLosses['metric']['name'];
}

interface Parts {
  readonly builder: GraphBuilder;
  readonly tape: Tape;
  readonly shares: Tensor;
  readonly weights: Tensor;
  readonly network: NetworkNodes;
}

/** Inputs: the examples, `rows` and `shares` of a batch, and the vectors of the network. */
function batchGraph(
  name: string,
  source: GraphSource,
  { examples, batch, random }: BatchGraphOptions,
): Parts {
  const builder = createGraphBuilder(name);
  const tape = createTape(builder);
  const { trained, kept } = source.layout;
  const all = declareExamples(builder, examples);
  const declare = (input: string, type: 'int32' | 'float32'): Tensor => ({
    value: builder.input(input, type, [batch]),
    type,
    shape: [batch],
  });
  const shares = declare(feedNames.shares, 'float32');
  const weights = declareVector(builder, feedNames.weights, sizeOf(trained));
  const statistics = kept.length > 0 ? declareVector(builder, feedNames.kept, sizeOf(kept)) : null;
  const network = emitTrainingNetwork(tape, source, {
    batch: takeBatch(tape, all, declare(feedNames.rows, 'int32')),
    shares,
    parameters: new Map([
      ...splitVector(tape, weights, trained),
      ...(statistics ? splitVector(tape, statistics, kept) : []),
    ]),
    random: random ? drawMiddles(tape) : null,
  });
  return { builder, tape, shares, weights, network };
}

interface BatchGraphOptions {
  readonly examples: Examples;
  readonly batch: number;
  /** As in training, with constants for random numbers. */
  readonly random: boolean;
}

/** The middle of what is drawn: nothing is known of the numbers that a step had, and none is special. */
const drawMiddles =
  (tape: Tape) =>
  (shape: readonly number[]): Tensor => {
    const count = shape.reduce((product, size) => product * size, 1);
    return tape.floats(new Float32Array(count).fill(0.5), shape);
  };

/** Outputs: `loss` and `metric`, sums over the rows of the batch times their shares, as the network is when it serves. */
export function scoreGraph(source: GraphSource, examples: Examples, batch: number): ScoreGraph {
  const { builder, shares, network } = batchGraph('scores', source, { examples, batch, random: false });
  const { m, loss, metric } = network;
  const scored = m.sum(m.mul(metric.rows(), shares), undefined, false);
  builder.output('loss', loss.value, 'float32', []);
  builder.output('metric', scored.value, 'float32', []);
  return { model: encodeModel(builder.model()), metric: metric.name };
}

/** Outputs: `loss`, float64 [], and `gradient` [1, weights]: sums over the rows of the batch times their shares. */
export function gradientGraph(source: GraphSource, examples: Examples, batch: number): Uint8Array {
  const parts = batchGraph('gradient', source, { examples, batch, random: false });
  const { builder, tape, shares, weights, network } = parts;
  const { m } = network;
  const loss = m.sum(m.cast(m.mul(network.rows, shares), 'float64'), undefined, false);
  const gradient = differentiate(tape, network.answer, [weights], { slope: slopeOf(network, shares) })[0]!;
  builder.output('loss', loss.value, 'float64', []);
  builder.output('gradient', gradient.value, 'float32', weights.shape);
  return encodeModel(builder.model());
}

/** A graph that tells where numbers go bad. */
export interface FaultGraph {
  readonly model: Uint8Array;
  /** For each fault: what it was computed with. */
  readonly places: readonly Place[];
}

/** A result inside a network. */
export interface Place {
  readonly operator: string;
  /** The parameter that was asked for last before it; null before the first. */
  readonly parameter: string | null;
}

/** Outputs: `faults` [places], 0 for each float32 result on the way forward that is finite throughout and NaN for the others, and `gradient` [1, weights]. */
export function faultGraph(source: GraphSource, examples: Examples, batch: number): FaultGraph {
  const parts = batchGraph('faults', source, { examples, batch, random: true });
  const { builder, tape, shares, weights, network } = parts;
  const { m } = network;
  const found = tape.nodes.flatMap(({ opType, outputs }, index) => {
    const parameter = network.marks.findLast(({ nodes }) => nodes <= index)?.name ?? null;
    return outputs
      .filter(({ type }) => type === 'float32')
      .map((tensor) => ({ tensor, place: { operator: opType, parameter } }));
  });
  const gradient = differentiate(tape, network.answer, [weights], { slope: slopeOf(network, shares) })[0]!;
  // A maximum would pass NaN over; a sum of products with 0 does not, and makes NaN of infinity too.
  const sums = found.map(({ tensor }) => m.sum(m.mul(m.reshape(tensor, [-1]), 0), [0]));
  const joined = tape.op('Concat', sums, { axis: attr.int(0) });
  builder.output('faults', joined.value, 'float32', [sums.length]);
  builder.output('gradient', gradient.value, 'float32', weights.shape);
  return { model: encodeModel(builder.model()), places: found.map(({ place }) => place) };
}
