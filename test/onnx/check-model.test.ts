import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRandom, OnrampError } from '../../lib/core/index.ts';
import {
  attr,
  checkModel,
  createGraphBuilder,
  encodeModel,
  type GraphModel,
  type NodeModel,
  type OnnxModel,
} from '../../lib/onnx/index.ts';
import { WireWriter } from '../../lib/onnx/wire-writer.ts';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

const node = (parts: Partial<NodeModel>): NodeModel => ({
  opType: 'Identity',
  domain: '',
  name: '',
  inputs: ['x'],
  outputs: ['y'],
  attributes: {},
  ...parts,
});

const graphOf = (parts: Partial<GraphModel>): GraphModel => ({
  name: 'g',
  nodes: [node({})],
  initializers: new Map(),
  inputs: [{ name: 'x', type: 'float32', shape: [] }],
  outputs: [{ name: 'y', type: 'float32', shape: [] }],
  ...parts,
});

const fileOf = (parts: Partial<GraphModel>, model: Partial<OnnxModel> = {}): Uint8Array =>
  encodeModel({
    irVersion: 9,
    opsets: { '': 20 },
    producer: '',
    metadata: {},
    graph: graphOf(parts),
    ...model,
  });

/** A file made field by field, for what the encoder cannot say. */
function rawFile(writeModel: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  writer.int(1, 9);
  writeModel(writer);
  return writer.finish();
}

const rawGraph = (writeGraph: (writer: WireWriter) => void): Uint8Array =>
  rawFile((writer) => writer.message(7, () => writeGraph(writer)));

const rawTensor = (writeTensor: (writer: WireWriter) => void): Uint8Array =>
  rawGraph((writer) => writer.message(5, () => writeTensor(writer)));

const rawAttribute = (writeAttribute: (writer: WireWriter) => void): Uint8Array =>
  rawGraph((writer) => writer.message(1, () => writer.message(5, () => writeAttribute(writer))));

/** The type of an input, written by field. */
const rawType = (writeType: (writer: WireWriter) => void): Uint8Array =>
  rawGraph((writer) =>
    writer.message(11, () => {
      writer.string(1, 'x');
      writer.message(2, () => writeType(writer));
    }),
  );

function nested(depth: number): GraphModel {
  let graph = graphOf({
    name: 'innermost',
    inputs: [],
    nodes: [node({ outputs: [`y${depth}`] })],
    outputs: [],
  });
  for (let level = depth - 1; level > 0; level -= 1) {
    const holder = node({
      outputs: level === 1 ? ['y'] : [`y${level}`],
      attributes: { body: attr.graph(graph) },
    });
    graph = graphOf(level === 1 ? { nodes: [holder] } : { inputs: [], nodes: [holder], outputs: [] });
  }
  return graph;
}

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

const truncated = (): Uint8Array => {
  const file = fixture('attributes.onnx');
  return file.subarray(0, file.length - 40);
};

describe('checkModel', () => {
  it.each(['tensors.onnx', 'attributes.onnx', 'unranked.onnx'])('takes %s and gives the model', (name) => {
    expect(checkModel(fixture(name)).graph.name).toBe(name.replace('.onnx', ''));
  });

  it('takes what the graph builder makes, with graphs inside graphs', () => {
    const builder = createGraphBuilder('g');
    const body = builder.subgraph('body');
    body.output('o', body.op('Neg', [builder.floats([1])]), 'float32', [1]);
    const choice = builder.op('If', [builder.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) })], {
      then_branch: attr.graph(body.graph()),
      else_branch: attr.graph(body.graph()),
    });
    builder.output('y', choice, 'float32', [1]);
    const model = builder.model();

    expect(checkModel(encodeModel(model))).toEqual(model);
  });

  it('takes a weight as the default of an input of the same name', () => {
    const file = fileOf({
      initializers: new Map([['x', { type: 'float32', dims: [], data: Float32Array.of(1) }]]),
    });

    expect(checkModel(file).graph.initializers.size).toBe(1);
  });

  it('knows ai.onnx as another name of the default operators', () => {
    const file = fileOf({ nodes: [node({ domain: 'ai.onnx' })] }, { opsets: { 'ai.onnx': 20 } });

    expect(checkModel(file)).toMatchObject({ opsets: { '': 20 }, graph: { nodes: [{ domain: '' }] } });
  });

  it.each([
    ['no bytes at all', new Uint8Array(0), 'empty'],
    ['a zip archive', latin1('PK\x03\x04rest'), 'zip'],
    ['a gzip file', new Uint8Array(gzipSync(fixture('tensors.onnx'))), 'gzip'],
    ['a PNG image', latin1('\x89PNG\r\n\x1a\n'), 'PNG'],
    ['an HDF5 file', latin1('\x89HDF\r\n\x1a\n'), 'HDF5'],
    ['a pickle', Uint8Array.of(0x80, 4, 0x95), 'pickle'],
    ['a TensorFlow Lite model', latin1('\x1c\0\0\0TFL3'), 'TensorFlow Lite'],
    ['JSON', latin1('{"model": 1}'), 'JSON'],
    ['an error page', latin1('<html>'), 'HTML'],
    ['a Git LFS pointer', latin1('version https://git-lfs.github.com/spec/v1\n'), 'git lfs pull'],
  ])('bad call: %s is named for what it is', (_title, bytes, words) => {
    expect(() => checkModel(bytes)).toThrow(
      expect.objectContaining({ code: 'not_onnx', message: expect.stringContaining(words) }),
    );
  });

  it.each<[string, string, Uint8Array]>([
    ['text', 'malformed_model', latin1('age,sex\n61,F\n')],
    ['a message without a graph', 'not_onnx', rawFile(() => {})],
    ['a file that is cut off', 'malformed_model', truncated()],
    ['a number of eleven bytes', 'malformed_model', Uint8Array.of(8, ...new Array(10).fill(0x80), 1)],
    ['a number of 65 bits', 'malformed_model', Uint8Array.of(8, ...new Array(9).fill(0xff), 2)],
    ['a length past the end', 'malformed_model', Uint8Array.of(8, 9, 0x3a, 0x7f, 0)],
    ['a length of nearly 2^64', 'malformed_model', Uint8Array.of(8, 9, 0x3a, ...new Array(9).fill(0xff), 1)],
    ['field number 0', 'malformed_model', Uint8Array.of(0, 1)],
    ['a dead wire type', 'malformed_model', Uint8Array.of(8, 9, 0x0b)],
    ['a field of another wire type', 'malformed_model', Uint8Array.of(0x0d, 1, 0, 0, 0)],
    ['a list that ends inside a value', 'malformed_model', rawTensor((w) => w.bytes(4, new Uint8Array(6)))],
    ['a text that is not UTF-8', 'malformed_model', rawGraph((w) => w.bytes(2, Uint8Array.of(0xff)))],
    [
      'two graphs, which protobuf would merge',
      'malformed_model',
      rawFile((w) => {
        w.message(7, () => {});
        w.message(7, () => {});
      }),
    ],
    [
      'weights in another file',
      'external_data',
      rawTensor((w) => w.message(13, () => w.string(1, 'location'))),
    ],
    ['weights said to be elsewhere', 'external_data', rawTensor((w) => w.int(14, 1))],
    ['a tensor in segments', 'unsupported_feature', rawTensor((w) => w.message(3, () => {}))],
    ['sparse weights', 'unsupported_feature', rawGraph((w) => w.message(15, () => {}))],
    ['local functions', 'local_functions', rawFile((w) => w.message(25, () => {}))],
    ['a reference to a function', 'local_functions', rawAttribute((w) => w.string(21, 'alpha'))],
    ['training information', 'training_info', rawFile((w) => w.message(20, () => {}))],
    ['INT4 weights', 'unsupported_type', rawTensor((w) => w.int(2, 22))],
    ['an unknown element type', 'unsupported_type', rawTensor((w) => w.int(2, 99))],
    ['an input of a map type', 'unsupported_type', rawType((w) => w.message(5, () => {}))],
    ['an input without a type', 'unsupported_type', rawType(() => {})],
    ['a list of tensors as an attribute', 'unsupported_attribute', rawAttribute((w) => w.int(20, 9))],
    ['an attribute without a type', 'unsupported_attribute', rawAttribute((w) => w.int(3, 1))],
    ['a tensor attribute without a tensor', 'unsupported_attribute', rawAttribute((w) => w.int(20, 4))],
    [
      'a huge tensor in a few bytes',
      'tensor_size',
      rawTensor((w) => {
        w.ints(1, [2 ** 40, 2 ** 40]);
        w.int(2, 1);
        w.bytes(9, new Uint8Array(4));
      }),
    ],
    [
      'a dimension beyond 2^53',
      'tensor_size',
      rawTensor((w) => {
        w.ints(1, [2n ** 60n]);
        w.int(2, 1);
      }),
    ],
    [
      'fewer listed values than the shape needs',
      'tensor_size',
      rawTensor((w) => {
        w.ints(1, [3]);
        w.int(2, 1);
        w.floats(4, [1, 2]);
      }),
    ],
    [
      'a negative size of a tensor',
      'negative_dimension',
      rawTensor((w) => {
        w.ints(1, [-1]);
        w.int(2, 1);
      }),
    ],
    [
      'a negative size of an input',
      'negative_dimension',
      fileOf({ inputs: [{ name: 'x', type: 'bool', shape: [-1] }] }),
    ],
    [
      'values in two places',
      'malformed_model',
      rawTensor((w) => {
        w.ints(1, [1]);
        w.int(2, 1);
        w.floats(4, [1]);
        w.bytes(9, new Uint8Array(4));
      }),
    ],
    [
      'values in the list of another type',
      'malformed_model',
      rawTensor((w) => {
        w.ints(1, [1]);
        w.int(2, 1);
        w.ints(7, [1]);
      }),
    ],
    ['operators of a foreign domain', 'unknown_domain', fileOf({ nodes: [node({ domain: 'evil.ops' })] })],
    ['a domain that is not imported', 'missing_opset', fileOf({ nodes: [node({ domain: 'ai.onnx.ml' })] })],
    [
      'a domain called like a property of objects',
      'unknown_domain',
      fileOf({ nodes: [node({ domain: 'toString' })] }),
    ],
    ['no outputs', 'no_outputs', fileOf({ outputs: [] })],
    [
      'an output nothing computes',
      'undefined_value',
      fileOf({ outputs: [{ name: 'z', type: 'bool', shape: [] }] }),
    ],
    ['an input nothing computes', 'undefined_value', fileOf({ nodes: [node({ inputs: ['z'] })] })],
    [
      'nodes out of order',
      'undefined_value',
      fileOf({ nodes: [node({ inputs: ['a'] }), node({ outputs: ['a'] })] }),
    ],
    [
      'a value of an inner graph used outside',
      'undefined_value',
      fileOf({
        nodes: [
          node({ outputs: ['a'], attributes: { body: attr.graph(graphOf({ inputs: [] })) } }),
          node({ inputs: ['y'], outputs: ['b'] }),
        ],
        outputs: [{ name: 'b', type: 'float32', shape: [] }],
      }),
    ],
    ['a value computed twice', 'duplicate_name', fileOf({ nodes: [node({}), node({})] })],
    ['a node that gives out an input', 'duplicate_name', fileOf({ nodes: [node({ outputs: ['x'] })] })],
    [
      'an inner graph that computes an outer value',
      'duplicate_name',
      fileOf({
        nodes: [
          node({}),
          node({ outputs: ['b'], attributes: { body: attr.graph(graphOf({ inputs: [] })) } }),
        ],
      }),
    ],
    [
      'two inputs of one name',
      'duplicate_name',
      fileOf({ inputs: graphOf({}).inputs.concat(graphOf({}).inputs) }),
    ],
    [
      'two outputs of one name',
      'duplicate_name',
      fileOf({ outputs: graphOf({}).outputs.concat(graphOf({}).outputs) }),
    ],
    [
      'two versions of one operator set',
      'duplicate_name',
      rawFile((w) => {
        w.message(8, () => w.int(2, 20));
        w.message(8, () => w.string(1, 'ai.onnx'));
      }),
    ],
    ['graphs nested too deep', 'nested_too_deep', fileOf(nested(17))],
  ])('bad call: %s', (_title, code, bytes) => {
    expect(() => checkModel(bytes)).toThrow(
      expect.objectContaining({ name: 'OnrampError', kind: 'invalid_request', code }),
    );
  });

  it('takes an import that is written twice, as skl2onnx writes it', () => {
    const again = new WireWriter();
    again.message(8, () => again.int(2, 20));

    const model = checkModel(Buffer.concat([fileOf({}), again.finish()]));

    expect(model.opsets).toEqual({ '': 20 });
  });

  it('takes graphs as deep as the limit', () => {
    expect(checkModel(fileOf(nested(16))).graph.nodes).toHaveLength(1);
  });

  it.each([
    ['bytes', { totalBytes: 100 }, 'model_too_large'],
    ['nodes', { nodes: 7 }, 'too_many_nodes'],
    ['graphs in graphs', { depth: 1 }, 'nested_too_deep'],
  ])('bad call: more %s than the caller allows', (_title, limits, code) => {
    expect(() => checkModel(fixture('attributes.onnx'), limits)).toThrow(expect.objectContaining({ code }));
  });
});

describe('checkModel on damaged files', () => {
  const files = ['tensors.onnx', 'attributes.onnx'].map(fixture);

  /** What became of a file: taken, or refused on purpose; any other error fails the test. */
  function outcome(bytes: Uint8Array): 'taken' | 'refused' {
    try {
      checkModel(bytes);
      return 'taken';
    } catch (error) {
      if (error instanceof OnrampError) return 'refused';
      throw error;
    }
  }

  it('refuses on purpose every file that is cut off anywhere, or takes what is whole', () => {
    const outcomes = files.flatMap((file) =>
      Array.from({ length: file.length }, (_, length) => outcome(file.subarray(0, length))),
    );

    expect(outcomes.filter((each) => each === 'refused').length).toBeGreaterThan(outcomes.length * 0.9);
  });

  it('survives any change of bytes: flipped, doubled, removed, swapped in from another file', () => {
    const random = createRandom(20);
    const counts = { taken: 0, refused: 0 };

    for (let round = 0; round < 4000; round += 1) {
      const bytes = mutate(files[round % 2]!, files[(round + 1) % 2]!, random);
      counts[outcome(bytes)] += 1;
    }

    expect(counts.refused).toBeGreaterThan(1000);
    expect(counts.taken).toBeGreaterThan(100);
  });

  it('does not reserve memory that a file only claims to need', () => {
    const claims = rawTensor((writer) => {
      writer.ints(1, [2 ** 31]);
      writer.int(2, 1);
    });
    const before = process.memoryUsage().arrayBuffers;

    for (let round = 0; round < 100; round += 1) expect(outcome(claims)).toBe('refused');

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
  });
});

function mutate(file: Uint8Array, other: Uint8Array, random: ReturnType<typeof createRandom>): Uint8Array {
  const bytes = [...file];
  for (let edits = 1 + random.integer(4); edits > 0; edits -= 1) {
    const at = random.integer(bytes.length);
    const piece = 1 + random.integer(16);
    const kind = random.integer(5);
    if (kind === 0) bytes[at] = random.integer(256);
    else if (kind === 1) bytes[at] = bytes[at]! ^ (1 << random.integer(8));
    else if (kind === 2) bytes.splice(at, piece);
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + piece));
    else bytes.splice(at, piece, ...other.subarray(at % other.length, (at % other.length) + piece));
  }
  return Uint8Array.from(bytes);
}
