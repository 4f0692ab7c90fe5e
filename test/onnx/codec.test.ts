import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  attr,
  decodeModel,
  type ElementType,
  encodeModel,
  floatTensor,
  type GraphModel,
  type OnnxModel,
  stringTensor,
  type TensorData,
} from '../../lib/onnx/index.ts';
import { WireWriter } from '../../lib/onnx/wire-writer.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

const graphOf = (parts: Partial<GraphModel>): GraphModel => ({
  name: 'g',
  nodes: [],
  initializers: new Map(),
  inputs: [],
  outputs: [],
  ...parts,
});

const modelOf = (parts: Partial<GraphModel>): OnnxModel => ({
  irVersion: 9,
  opsets: { '': 20 },
  producer: 'test',
  metadata: {},
  graph: graphOf(parts),
});

const withAttributes = (attributes: Record<string, AttributeValue>): OnnxModel =>
  modelOf({
    nodes: [{ opType: 'Op', domain: '', name: 'n', inputs: ['a', ''], outputs: ['b'], attributes }],
  });

/** The values that the fixture script gives each element type. */
const expectedTensors: readonly (readonly [ElementType, TensorData['data']])[] = [
  ['float32', Float32Array.of(0.1, -3.5, Number.POSITIVE_INFINITY)],
  ['float64', Float64Array.of(0.1, -1e300)],
  ['int8', Int8Array.of(-128, 127)],
  ['uint8', Uint8Array.of(0, 255)],
  ['int16', Int16Array.of(-32768, 32767)],
  ['uint16', Uint16Array.of(0, 65535)],
  ['int32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
  ['uint32', Uint32Array.of(0, 2 ** 32 - 1)],
  ['int64', BigInt64Array.of(-(2n ** 63n), -1n, 2n ** 53n + 1n, 2n ** 63n - 1n)],
  ['uint64', BigUint64Array.of(0n, 2n ** 64n - 1n)],
  ['bool', Uint8Array.of(1, 0)],
  ['float16', Uint16Array.of(0x3e00, 0xc000)],
  ['bfloat16', Uint16Array.of(0x3fc0, 0xc000)],
  ['string', ['köln', '', '東京']],
];

describe('decodeModel on files of the Python package onnx', () => {
  const { initializers } = decodeModel(fixture('tensors.onnx')).graph;

  it.each(expectedTensors)('reads a %s tensor from its typed list', (type, data) => {
    expect(initializers.get(`typed ${type}`)).toEqual({ type, dims: [data.length], data });
  });

  it.each(expectedTensors.filter(([type]) => type !== 'string'))(
    'reads a %s tensor from raw data',
    (type, data) => {
      expect(initializers.get(`raw ${type}`)).toEqual({ type, dims: [data.length], data });
    },
  );

  it('reads scalars and empty tensors', () => {
    expect(initializers.get('scalar')).toEqual(floatTensor([2.5], []));
    expect(initializers.get('empty')).toEqual(floatTensor([], [0, 3]));
    expect(initializers.size).toBe(29);
  });

  it('reads operator sets, producer and metadata, whatever the keys are called', () => {
    const model = decodeModel(fixture('attributes.onnx'));

    expect(model).toMatchObject({ irVersion: 9, opsets: { '': 20, 'ai.onnx.ml': 4 }, producer: 'fixtures' });
    expect(Object.entries(model.metadata)).toEqual([
      ['author', 'Zoë'],
      ['__proto__', 'a key like any other'],
    ]);
  });

  it('reads every kind of attribute', () => {
    const { nodes } = decodeModel(fixture('attributes.onnx')).graph;
    const [encoder, scaler, clip, transpose, leaky, words, , cast] = nodes;

    expect(encoder).toEqual({
      opType: 'LabelEncoder',
      domain: 'ai.onnx.ml',
      name: 'encoder',
      inputs: ['text'],
      outputs: ['code'],
      attributes: {
        keys_tensor: attr.tensor(stringTensor(['a', 'b'])),
        values_tensor: attr.tensor({ type: 'int64', dims: [2], data: BigInt64Array.of(7n, 2n ** 53n + 1n) }),
        default_tensor: attr.tensor({ type: 'int64', dims: [1], data: BigInt64Array.of(-1n) }),
      },
    });
    expect(scaler!.attributes).toEqual({ offset: attr.floats([0.5, -0.5]), scale: attr.floats([2, 0.25]) });
    expect(clip!.inputs).toEqual(['scaled', '', 'top']);
    expect(transpose!.attributes).toEqual({ perm: attr.ints([1, 0]) });
    expect(leaky!.attributes).toEqual({ alpha: attr.float(0.125) });
    expect(words!.attributes).toEqual({
      keys_strings: attr.strings(['a', 'é']),
      values_strings: attr.strings(['x', '']),
      default_string: attr.string('?'),
    });
    expect(cast!.attributes).toEqual({ to: attr.int(1) });
  });

  it('reads a graph inside an attribute, with named, unnamed and fixed sizes', () => {
    const { body } = decodeModel(fixture('attributes.onnx')).graph.nodes[6]!.attributes;

    expect(body).toMatchObject({
      kind: 'graph',
      value: {
        name: 'body',
        nodes: [{ opType: 'Identity' }, { opType: 'Add', inputs: ['state', 'top'], outputs: ['next'] }],
        inputs: [
          { name: 'round', type: 'int64', shape: [] },
          { name: 'go', type: 'bool', shape: [] },
          { name: 'state', type: 'float32', shape: [2, ''] },
        ],
      },
    });
  });

  it('tells an unknown number of dimensions from a scalar', () => {
    const { outputs } = decodeModel(fixture('unranked.onnx')).graph;

    expect(outputs).toEqual([{ name: 'y', type: 'float32', shape: [], unknownRank: true }]);
  });

  it('reads a tensor that lies misaligned in the file', () => {
    const file = fixture('tensors.onnx');

    for (let shift = 0; shift < 8; shift += 1) {
      const padded = new Uint8Array(file.length + shift);
      padded.set(file, shift);
      const tensors = decodeModel(padded.subarray(shift)).graph.initializers;
      expect(tensors).toEqual(initializers);
    }
  });
});

describe('encodeModel', () => {
  it.each(['tensors.onnx', 'attributes.onnx', 'unranked.onnx'])(
    'writes %s so that it reads back equal',
    (name) => {
      const model = decodeModel(fixture(name));

      expect(decodeModel(encodeModel(model))).toEqual(model);
    },
  );

  it('keeps every kind of attribute and the extremes of its numbers', () => {
    const model = withAttributes({
      least: attr.int(-(2n ** 63n)),
      most: attr.int(2n ** 63n - 1n),
      safe: attr.int(Number.MIN_SAFE_INTEGER),
      nan: attr.float(Number.NaN),
      small: attr.float(2 ** -149),
      text: attr.string('\u{feff}日本\u0000'),
      sizes: attr.ints([0, -1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 35, -(2 ** 31)]),
      wide: attr.ints([1n, 2n ** 62n]),
      none: attr.ints([]),
      weights: attr.floats([-0, 1 / 0]),
      texts: attr.strings(['', 'a']),
      noTexts: attr.strings([]),
      tensor: attr.tensor(floatTensor([1, 2], [2, 1])),
      body: attr.graph(
        graphOf({ name: 'inner', outputs: [{ name: 'o', type: 'bool', shape: ['n', 3, ''] }] }),
      ),
    });

    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it.each([0, 1, 127, 128, 16383, 16384, 2 ** 21 + 1])('writes and reads %i bytes of weights', (length) => {
    const data = new Uint8Array(length).fill(200);
    const model = modelOf({ initializers: new Map([['w', { type: 'uint8', dims: [length], data }]]) });

    const read = decodeModel(encodeModel(model)).graph.initializers.get('w')!;

    expect(read.dims).toEqual([length]);
    expect(Buffer.from(read.data as Uint8Array).equals(data)).toBe(true);
  });

  it('gives equal bytes for equal models', () => {
    const build = () => withAttributes({ a: attr.int(1), b: attr.floats([1, 2]) });

    expect(encodeModel(build())).toEqual(encodeModel(build()));
  });

  it.each([
    ['a fraction as an INT', withAttributes({ a: attr.int(1.5) }), 'malformed_model'],
    ['an INT of more than 64 bits', withAttributes({ a: attr.int(2n ** 64n) }), 'malformed_model'],
    ['half a surrogate pair', withAttributes({ a: attr.string('\ud800') }), 'malformed_model'],
    [
      'a tensor that does not fill its shape',
      modelOf({ initializers: new Map([['w', floatTensor([1], [2])]]) }),
      'tensor_size',
    ],
  ])('bad call: %s', (_title, model, code) => {
    expect(() => encodeModel(model)).toThrow(expect.objectContaining({ name: 'OnrampError', code }));
  });
});

describe('the wire format', () => {
  const decodeWith = (write: (writer: WireWriter) => void): OnnxModel => {
    const writer = new WireWriter();
    writer.int(1, 9);
    write(writer);
    return decodeModel(writer.finish());
  };

  it('matches the worked examples of the protobuf documentation', () => {
    const writer = new WireWriter();
    writer.int(1, 150);
    writer.string(2, 'testing');
    writer.message(3, () => writer.int(1, 150));
    writer.ints(6, [3, 270, 86942]);
    writer.int(1, -2);

    expect(Buffer.from(writer.finish()).toString('hex')).toBe(
      '089601' + '120774657374696e67' + '1a03089601' + '3206038e029ea705' + '08feffffffffffffffff01',
    );
  });

  it('passes over unknown fields of every wire type', () => {
    const model = decodeWith((writer) => {
      writer.int(1000, 2n ** 64n - 1n);
      writer.float(1001, 1);
      writer.string(1002, 'news from the future');
      writer.bytes(1003, new Uint8Array(300));
      writer.message(7, () => writer.string(2, 'g'));
    });

    expect(model.graph).toEqual(graphOf({}));
  });

  it('reads repeated numbers that are not packed like packed ones', () => {
    const model = decodeWith((writer) =>
      writer.message(7, () => {
        writer.string(2, 'g');
        writer.message(5, () => {
          writer.int(1, 2);
          writer.int(2, 7);
          writer.int(7, -5);
          writer.ints(7, [2n ** 62n]);
          writer.string(8, 'w');
        });
      }),
    );

    expect(model.graph.initializers.get('w')).toEqual({
      type: 'int64',
      dims: [2],
      data: BigInt64Array.of(-5n, 2n ** 62n),
    });
  });
});
