import { describe, expect, it } from 'vitest';
import { attr, createGraphBuilder, type GraphModel, type Value } from '../../lib/onnx/index.ts';

const namesIn = (graph: GraphModel): string[] => [
  ...graph.inputs.map(({ name }) => name),
  ...graph.initializers.keys(),
  ...graph.nodes.flatMap((node) => [
    ...node.outputs,
    ...Object.values(node.attributes).flatMap((value) =>
      value.kind === 'graph' ? namesIn(value.value) : [],
    ),
  ]),
];

describe('createGraphBuilder', () => {
  it('keeps the names of inputs and outputs exactly', () => {
    const builder = createGraphBuilder('names');
    const input = builder.input('Größe (cm) [0]', 'float32', ['rows', 1]);

    builder.output('Antwort: ja?', input, 'float32', ['rows', 1]);

    const { inputs, outputs } = builder.graph();
    expect(inputs).toEqual([{ name: 'Größe (cm) [0]', type: 'float32', shape: ['rows', 1] }]);
    expect(outputs).toEqual([{ name: 'Antwort: ja?', type: 'float32', shape: ['rows', 1] }]);
  });

  it('makes names that step aside for inputs that look generated', () => {
    const builder = createGraphBuilder('look-alikes');
    const x = builder.input('__Neg_1', 'float32', []);
    builder.input('__Neg_2', 'float32', []);

    const value = builder.op('Neg', [x]);

    expect(value).toBe('__Neg_3');
  });

  it('names every node differently, as some versions of onnxruntime cannot fuse nodes without a name', () => {
    const builder = createGraphBuilder('nodes');
    const x = builder.input('x', 'float32', []);

    builder.output('y', builder.op('Neg', [builder.op('Neg', [x])]), 'float32', []);

    const names = builder.graph().nodes.map(({ name }) => name);
    expect(names).not.toContain('');
    expect(new Set(names).size).toBe(3);
  });

  it('never uses a name twice, also across graphs inside graphs', () => {
    const builder = createGraphBuilder('outer');
    const i = builder.input('i', 'int64', []);
    const bodies = ['then', 'else'].map((name) => {
      const body = builder.subgraph(name);
      const inner = body.input('i', 'int64', []);
      body.output('o', body.op('Add', [inner, body.integers([1], [])]), 'int64', []);
      return body.graph();
    });
    builder.op('Pair', [i], { first: attr.graph(bodies[0]!), second: attr.graph(bodies[1]!) });

    const names = namesIn(builder.graph());

    expect(names).toHaveLength(10);
    expect(new Set(names).size).toBe(names.length);
  });

  it('imports only the operator sets that are used, also inside graphs', () => {
    const plain = createGraphBuilder('plain', { opset: 21 });
    plain.output('y', plain.op('Neg', [plain.floats([1])]), 'float32', [1]);
    const nested = createGraphBuilder('nested', { mlOpset: 3 });
    const body = nested.subgraph('body');
    body.op('Scaler', [body.floats([1])], {}, { domain: 'ai.onnx.ml' });
    nested.op('If', [nested.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) })], {
      then_branch: attr.graph(body.graph()),
    });

    expect(plain.model().opsets).toEqual({ '': 21 });
    expect(nested.model().opsets).toEqual({ '': 20, 'ai.onnx.ml': 3 });
  });

  it('leaves out an optional input as an empty name and gives each of several outputs a name', () => {
    const builder = createGraphBuilder('optional');
    const x = builder.input('x', 'float32', [2]);

    const values = builder.ops('Clip', 2, [x, null, builder.floats([1], [])], {}, { hint: 'part of x' });

    expect(builder.graph().nodes[0]!.inputs).toEqual(['x', '', '__constant_1']);
    expect(values).toEqual(['__part_of_x_2', '__part_of_x_3']);
  });

  it('gives a graph that later steps do not change', () => {
    const builder = createGraphBuilder('snapshot');
    const before = builder.graph();

    builder.op('Neg', [builder.floats([1])]);

    expect(before.nodes).toEqual([]);
    expect(before.initializers.size).toBe(0);
  });

  it.each([
    ['an input name twice', 'duplicate_name', () => twice((b) => b.input('x', 'float32', []))],
    [
      'an output named like an input',
      'duplicate_name',
      () =>
        twice((b, round) =>
          round ? b.output('x', 'x' as Value, 'float32', []) : b.input('x', 'float32', []),
        ),
    ],
    [
      'a name that was generated before',
      'duplicate_name',
      () => twice((b, round) => (round ? b.input('__Neg_1', 'float32', []) : b.op('Neg', []))),
    ],
    ['an empty input name', 'invalid_request', () => createGraphBuilder('g').input('', 'float32', [])],
    ['an empty graph name', 'invalid_request', () => createGraphBuilder('')],
    [
      'weights that do not fill their shape',
      'tensor_size',
      () => createGraphBuilder('g').floats([1, 2, 3], [2, 2]),
    ],
    ['a fraction as an integer', 'unsupported_type', () => createGraphBuilder('g').integers([1.5])],
    ['a negative dimension', 'negative_dimension', () => createGraphBuilder('g').floats([1], [-1])],
    [
      'data of another type than the tensor says',
      'unsupported_type',
      () => createGraphBuilder('g').constant({ type: 'int64', dims: [1], data: Float32Array.of(1) }),
    ],
    ['the model of an inner graph', 'internal', () => createGraphBuilder('g').subgraph('body').model()],
  ])('bad call: %s', (_title, code, call) => {
    expect(call).toThrow(expect.objectContaining({ name: 'OnrampError', code }));
  });
});

function twice(call: (builder: ReturnType<typeof createGraphBuilder>, round: number) => unknown): void {
  const builder = createGraphBuilder('g');
  call(builder, 0);
  call(builder, 1);
}
