/** Makes model files that mean harm, or look as if. */
import {
  attr,
  createGraphBuilder,
  encodeModel,
  type GraphBuilder,
  type Value,
} from '../../lib/onnx/index.ts';
import { WireWriter } from '../../lib/onnx/wire-writer.ts';

const scalar = (builder: GraphBuilder, value: bigint): Value =>
  builder.constant({ type: 'int64', dims: [], data: BigInt64Array.of(value) });

/** How often a Loop runs its body: a constant, as many times as the input says, that and 2^40 more, or unsaid. */
export type TripCount = bigint | 'input' | 'input and more' | 'none';

/** How a Loop is made. */
export interface LoopOptions {
  readonly trips: TripCount;
  /** `same` hands the condition on; `computed` ends the loop once the sum has passed 10. */
  readonly condition?: 'same' | 'computed' | 'left out';
  /** Another loop around this one, of so many rounds. */
  readonly around?: bigint;
}

/** A model that adds 1 to its input, a float32 of the shape [1], in every round of a Loop. */
export function loopModel(options: LoopOptions): Uint8Array<ArrayBuffer> {
  const builder = createGraphBuilder('loops');
  const x = builder.input('x', 'float32', [1]);
  const { around, ...inner } = options;
  const y =
    around === undefined
      ? addLoop(builder, x, inner)
      : addLoop(builder, x, { trips: around }, (body, sum) => addLoop(body, sum, inner));
  builder.output('y', y, 'float32', [1]);
  return encodeModel(builder.model()) as Uint8Array<ArrayBuffer>;
}

function addLoop(
  builder: GraphBuilder,
  start: Value,
  { trips, condition = 'same' }: LoopOptions,
  work: (body: GraphBuilder, sum: Value) => Value = (body, sum) => body.op('Add', [sum, body.floats([1])]),
): Value {
  const body = builder.subgraph('body');
  body.input('round', 'int64', []);
  const keep = body.input('keep', 'bool', []);
  const sum = body.input('sum', 'float32', [1]);
  const goesOn =
    condition === 'computed'
      ? body.op('Squeeze', [body.op('Less', [sum, body.floats([10])])])
      : body.op('Identity', [keep]);
  body.output('goes_on', goesOn, 'bool', []);
  body.output('next', work(body, sum), 'float32', [1]);
  const truth = builder.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
  const inputs = [tripCount(builder, start, trips), condition === 'left out' ? null : truth, start];
  return builder.op('Loop', inputs, { body: attr.graph(body.graph()) });
}

function tripCount(builder: GraphBuilder, start: Value, trips: TripCount): Value | null {
  if (trips === 'none') return null;
  if (typeof trips === 'bigint') return scalar(builder, trips);
  const asked = builder.op('Cast', [builder.op('Squeeze', [start])], { to: attr.int(7) });
  return trips === 'input' ? asked : builder.op('Add', [asked, scalar(builder, 2n ** 40n)]);
}

/** A model that repeats its one input value, a float32, so many times and more. */
export function memoryModel(times: number): Uint8Array<ArrayBuffer> {
  const builder = createGraphBuilder('memory');
  const x = builder.input('x', 'float32', [1]);
  const shape = builder.op('Add', [builder.op('Cast', [x], { to: attr.int(7) }), builder.integers([times])]);
  builder.output('y', builder.op('Expand', [x, shape]), 'float32', ['n']);
  return encodeModel(builder.model()) as Uint8Array<ArrayBuffer>;
}

/** y = -x for float32 of the shape [N, 2], under any names. */
export function negation(input = 'x', output = 'y'): Uint8Array<ArrayBuffer> {
  const builder = createGraphBuilder('negation');
  const x = builder.input(input, 'float32', ['N', 2]);
  builder.output(output, builder.op('Neg', [x]), 'float32', ['N', 2]);
  return encodeModel(builder.model()) as Uint8Array<ArrayBuffer>;
}

/** A file made field by field, for what the encoder cannot say. */
export function rawModel(writeGraph: (writer: WireWriter) => void): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter();
  writer.int(1, 9);
  writer.message(8, () => writer.int(2, 20));
  writer.message(7, () => writeGraph(writer));
  return writer.finish() as Uint8Array<ArrayBuffer>;
}

/** A weight of 2 GB by its dimensions, of which the file holds four bytes. */
export const hugeWeight = (): Uint8Array<ArrayBuffer> =>
  rawModel((graph) =>
    graph.message(5, () => {
      graph.ints(1, [536_870_912]);
      graph.int(2, 1);
      graph.string(8, 'w');
      graph.bytes(9, new Uint8Array(4));
    }),
  );

/** A weight that lies in another file. */
export const externalWeight = (): Uint8Array<ArrayBuffer> =>
  rawModel((graph) =>
    graph.message(5, () => {
      graph.ints(1, [4]);
      graph.int(2, 1);
      graph.string(8, 'w');
      graph.message(13, () => {
        graph.string(1, 'location');
        graph.string(2, '/etc/passwd');
      });
      graph.int(14, 1);
    }),
  );

/** An output that is a sequence of maps, as scikit-learn's exporters give out probabilities. */
export const zipMapOutput = (): Uint8Array<ArrayBuffer> =>
  rawModel((graph) =>
    graph.message(12, () => {
      graph.string(1, 'output_probability');
      graph.message(2, () => graph.message(4, () => {}));
    }),
  );
