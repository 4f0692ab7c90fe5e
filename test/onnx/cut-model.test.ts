import { describe, expect, it } from 'vitest';
import {
  attr,
  createGraphBuilder,
  createSession,
  cutModel,
  decodeModel,
  encodeModel,
  floatTensor,
  type OnnxModel,
} from '../../lib/onnx/index.ts';

/** y = (x + 1) * 2 and z = z0 - 1, with a branch that takes `x + 1` from outside. */
function sample(): { readonly model: OnnxModel; readonly sum: string; readonly chosen: string } {
  const builder = createGraphBuilder('sample');
  const x = builder.input('x', 'float32', ['N']);
  const other = builder.input('other', 'float32', ['N']);
  const sum = builder.op('Add', [x, builder.floats([1])]);
  builder.output('y', builder.op('Mul', [sum, builder.floats([2])]), 'float32', ['N']);
  builder.output('z', builder.op('Sub', [other, builder.floats([1])]), 'float32', ['N']);
  const branch = (factor: number) => {
    const inner = builder.subgraph('branch');
    inner.output('result', inner.op('Mul', [sum, inner.floats([factor])]), 'float32', ['N']);
    return attr.graph(inner.graph());
  };
  const yes = builder.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
  const chosen = builder.op('If', [yes], { then_branch: branch(10), else_branch: branch(20) });
  builder.output('w', chosen, 'float32', ['N']);
  return { model: decodeModel(encodeModel(builder.model())), sum, chosen };
}

const vector = (name: string) => ({ name, type: 'float32' as const, shape: ['N'] });

async function runCut(model: OnnxModel, value: string): Promise<number[]> {
  const session = await createSession(encodeModel(cutModel(model, [vector(value)])));
  const answer = await session.run({ x: floatTensor([1, 2]) });
  await session.release();
  return [...(answer[value]!.data as Float32Array)];
}

describe('cutModel', () => {
  it('keeps what a value needs and drops the other nodes, weights and inputs', async () => {
    const { model, sum } = sample();

    const cut = cutModel(model, [vector(sum)]);

    expect(cut.graph.nodes.map(({ opType }) => opType)).toEqual(['Add']);
    expect(cut.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect([...cut.graph.initializers.values()].map(({ data }) => [...data])).toEqual([[1]]);
    expect(await runCut(model, sum)).toEqual([2, 3]);
  });

  it('keeps what an inner graph takes from outside', async () => {
    const { model, chosen } = sample();

    expect(await runCut(model, chosen)).toEqual([20, 30]);
  });

  it('bad call: a value that the graph does not compute', () => {
    const { model } = sample();

    expect(() => cutModel(model, [vector('nowhere')])).toThrow('no value "nowhere"');
  });
});
