import { describe, expect, it } from 'vitest';
import {
  attr,
  createGraphBuilder,
  createSession,
  decodeModel,
  encodeModel,
  floatTensor,
  type OnnxModel,
  stringTensor,
  type TensorData,
} from '../../lib/onnx/index.ts';
import { runPython } from './python.ts';

interface Report {
  readonly file: string;
  readonly tensors: Record<string, string[]>;
  readonly answers: Record<string, unknown>;
}

/** What Python's onnx and onnxruntime make of a file. */
async function report(file: Uint8Array, feeds: Record<string, unknown> = {}): Promise<Report> {
  return JSON.parse(await runPython('onnx-report.py', [JSON.stringify(feeds)], { input: file })) as Report;
}

/** Hard values of every element type, with the way Python prints them. */
const extremes: readonly (readonly [TensorData, readonly string[]])[] = [
  [floatTensor([0.5, -3.25, Number.POSITIVE_INFINITY]), ['0.5', '-3.25', 'inf']],
  [{ type: 'float64', dims: [2], data: Float64Array.of(0.1, -1e300) }, ['0.1', '-1e+300']],
  [{ type: 'float16', dims: [2], data: Uint16Array.of(0x3e00, 0xc000) }, ['1.5', '-2.0']],
  [{ type: 'bfloat16', dims: [2], data: Uint16Array.of(0x3fc0, 0xc000) }, ['1.5', '-2.0']],
  [{ type: 'int8', dims: [2], data: Int8Array.of(-128, 127) }, ['-128', '127']],
  [{ type: 'uint8', dims: [2], data: Uint8Array.of(0, 255) }, ['0', '255']],
  [{ type: 'int16', dims: [2], data: Int16Array.of(-32768, 32767) }, ['-32768', '32767']],
  [{ type: 'uint16', dims: [2], data: Uint16Array.of(0, 65535) }, ['0', '65535']],
  [{ type: 'int32', dims: [1], data: Int32Array.of(-(2 ** 31)) }, ['-2147483648']],
  [{ type: 'uint32', dims: [1], data: Uint32Array.of(2 ** 32 - 1) }, ['4294967295']],
  [
    { type: 'int64', dims: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n) },
    ['-9223372036854775808', '9007199254740993'],
  ],
  [{ type: 'uint64', dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) }, ['18446744073709551615']],
  [{ type: 'bool', dims: [2], data: Uint8Array.of(1, 0) }, ['True', 'False']],
  [stringTensor(['köln', '', '東京']), ['köln', '', '東京']],
  [floatTensor([], [0, 3]), []],
  [floatTensor([2.5], []), ['2.5']],
];

/** A loop, texts, the classical operators, an operator of Microsoft's, and every kind of attribute. */
function variedModel(): OnnxModel {
  const builder = createGraphBuilder('varied');
  const x = builder.input('höhe [cm]', 'float32', ['rows', 2]);
  const city = builder.input('city', 'string', ['rows']);
  const scaler = { offset: attr.floats([1, -1]), scale: attr.floats([0.5, 2]) };
  const scaled = builder.op('Scaler', [x], scaler, { domain: 'ai.onnx.ml' });
  const body = builder.subgraph('body');
  body.input('round', 'int64', []);
  const go = body.input('go', 'bool', []);
  const state = body.input('state', 'float32', ['rows', 2]);
  body.output('go', go, 'bool', []);
  body.output('state', body.op('Mul', [state, builder.floats([2, 3])]), 'float32', ['rows', 2]);
  const always = builder.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
  const loop = { body: attr.graph(body.graph()) };
  const grown = builder.op('Loop', [builder.integers([3], []), always, scaled], loop);
  const gelu = builder.op('Gelu', [grown], {}, { domain: 'com.microsoft' });
  builder.output('grown', builder.op('Concat', [grown, gelu], { axis: attr.int(-1) }), 'float32', [
    'rows',
    4,
  ]);
  const codes = {
    keys_tensor: attr.tensor(stringTensor(['rom', 'köln'])),
    values_tensor: attr.tensor({ type: 'int64', dims: [2], data: BigInt64Array.of(7n, 2n ** 40n) }),
    default_tensor: attr.tensor({ type: 'int64', dims: [1], data: BigInt64Array.of(-1n) }),
  };
  builder.output('code', builder.op('LabelEncoder', [city], codes, { domain: 'ai.onnx.ml' }), 'int64', [
    'rows',
  ]);
  const pattern = { pattern: attr.string('r.*') };
  builder.output('matches', builder.op('RegexFullMatch', [city], pattern), 'bool', ['rows']);
  return builder.model({ metadata: { author: 'Zoë' } });
}

describe('files of encodeModel, seen by Python', () => {
  it('pass the full check, hold the same weights and come back equal', async () => {
    const builder = createGraphBuilder('weights');
    const names = extremes.map(([tensor]) => builder.constant(tensor, tensor.type));
    builder.output('y', builder.op('Neg', [builder.floats([1])]), 'float32', [1]);
    const model = builder.model();

    const { file, tensors } = await report(encodeModel(model));

    expect(names.map((name) => tensors[name])).toEqual(extremes.map(([, texts]) => texts));
    expect(decodeModel(Buffer.from(file, 'base64'))).toEqual(model);
  });

  it('compute the same in onnxruntime for Python and for Node.js', async () => {
    const model = variedModel();
    const file = encodeModel(model);
    const session = await createSession(file);
    const x = floatTensor([0.5, -0.25, 1, 2], [2, 2]);

    const ours = await session.run({ 'höhe [cm]': x, city: stringTensor(['rom', 'oslo']) });
    const theirs = await report(file, {
      'höhe [cm]': [
        [0.5, -0.25],
        [1, 2],
      ],
      city: ['rom', 'oslo'],
    });
    await session.release();

    const [first, second] = theirs.answers.grown as number[][];
    const values = [...(ours.grown!.data as Float32Array)];
    [...first!, ...second!].forEach((value, index) => {
      expect(values[index]).toBeCloseTo(value, 5);
    });
    expect(values.slice(0, 2)).toEqual([-2, 40.5]);
    expect([...(ours.code!.data as BigInt64Array)].map(Number)).toEqual(theirs.answers.code);
    expect([...(ours.matches!.data as Uint8Array)].map(Boolean)).toEqual(theirs.answers.matches);
    expect(decodeModel(Buffer.from(theirs.file, 'base64'))).toEqual(model);
  });
});
