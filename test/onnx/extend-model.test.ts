/** Files that are added to without being read. */
import { expect, test } from 'vitest';
import {
  checkModel,
  createGraphBuilder,
  createSession,
  encodeModel,
  extendModel,
  outlineModel,
  readMetadata,
} from '../../lib/onnx/index.ts';

/** y = x + 1, with a text of its own. */
function plusOne(): Uint8Array {
  const graph = createGraphBuilder('plus_one');
  const x = graph.input('x', 'float32', ['N']);
  graph.output('y', graph.op('Add', [x, graph.floats([1])]), 'float32', ['N']);
  return encodeModel(graph.model({ metadata: { author: 'somebody', kept: 'ä' } }));
}

/** Nodes that double a value `y`. */
function doubling() {
  const graph = createGraphBuilder('twice', { prefix: '__end_' });
  const y = graph.input('y', 'float32', ['N']);
  graph.output('z', graph.op('Mul', [y, graph.floats([2])]), 'float32', ['N']);
  return graph.graph();
}

test('nodes that are added follow those of the file, and their outputs replace its own', async () => {
  const extended = extendModel(plusOne(), doubling(), {});

  const session = await createSession(extended);
  const { z } = await session.run({ x: { type: 'float32', dims: [2], data: Float32Array.of(3, 4) } });
  await session.release();
  expect(session.outputs.map(({ name }) => name)).toEqual(['z']);
  expect(z!.data).toEqual(Float32Array.of(8, 10));
});

test('what was added is as if it had been there: the whole is a model that can be checked and read', () => {
  const { graph, metadata } = checkModel(
    extendModel(plusOne(), doubling(), { author: 'another', more: 'x' }),
  );

  expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Add', 'Identity', 'Mul', 'Identity']);
  expect(metadata).toEqual({ kept: 'ä', author: 'another', more: 'x' });
});

test('one text of the metadata is found without the others, as bytes', () => {
  const file = plusOne();

  expect(Buffer.from(readMetadata(file, 'kept')!).toString()).toBe('ä');
  expect(readMetadata(file, 'none')).toBeNull();
});

test('the outline of a file names what it takes, what it gives and what it does', () => {
  const { inputs, outputs, operators } = outlineModel(plusOne());

  expect(inputs).toEqual([{ name: 'x', type: 'float32', shape: ['N'] }]);
  expect(outputs).toEqual([{ name: 'y', type: 'float32', shape: ['N'] }]);
  expect([...operators]).toEqual(['Add', 'Identity']);
});

test.each([
  ['cut off', plusOne().subarray(0, 40), 'malformed_model'],
  ['empty', new Uint8Array(), 'not_onnx'],
  ['with two graphs', Buffer.concat([plusOne(), plusOne()]), 'malformed_model'],
])('bad call: a file that is %s has no outline', (_name, file, code) => {
  expect(() => outlineModel(file)).toThrow(expect.objectContaining({ code }));
});
