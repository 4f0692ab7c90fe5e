/** Turns an ONNX model into the bytes of a `.onnx` file. */
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIMENSION,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from './schema.ts';
import { checkTensor, ELEMENT_LAYOUTS } from './tensor.ts';
import type { AttributeValue, GraphModel, NodeModel, OnnxModel, TensorData, ValueInfo } from './types.ts';
import { WireWriter } from './wire-writer.ts';

/** Room for names and nodes beside the weights. */
const OVERHEAD_BYTES = 64 * 1024;

/**
 * The bytes of a `.onnx` file (ModelProto).
 *
 * Equal models give equal bytes, so the digest of a file is the digest of its model.
 *
 * @throws OnrampError when a tensor's data do not fit its type and dimensions, or the file would exceed 2 GiB
 */
export function encodeModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter(OVERHEAD_BYTES + weightBytes(model.graph));
  writer.int(MODEL.irVersion, model.irVersion);
  writer.string(MODEL.producerName, model.producer);
  writer.message(MODEL.graph, () => writeGraph(writer, model.graph));
  for (const [domain, version] of Object.entries(model.opsets)) {
    writer.message(MODEL.opsetImport, () => {
      writer.string(OPSET.domain, domain);
      writer.int(OPSET.version, version);
    });
  }
  writeMetadata(writer, model.metadata);
  return writer.finish();
}

/** Texts by key, beside the graph of a model. */
export function writeMetadata(writer: WireWriter, metadata: OnnxModel['metadata']): void {
  for (const [key, value] of Object.entries(metadata)) {
    writer.message(MODEL.metadataProps, () => {
      writer.string(ENTRY.key, key);
      writer.string(ENTRY.value, value);
    });
  }
}

function weightBytes(graph: GraphModel): number {
  let bytes = 0;
  for (const { data } of graph.initializers.values()) bytes += ArrayBuffer.isView(data) ? data.byteLength : 0;
  return bytes;
}

function writeGraph(writer: WireWriter, graph: GraphModel): void {
  for (const node of graph.nodes) writer.message(GRAPH.node, () => writeNode(writer, node));
  writer.string(GRAPH.name, graph.name);
  writeValues(writer, graph);
}

/** The nodes, weights and outputs of a graph, to be read after those of another one. */
export function writeGraphEnd(writer: WireWriter, graph: GraphModel): void {
  for (const node of graph.nodes) writer.message(GRAPH.node, () => writeNode(writer, node));
  writeValues(writer, { ...graph, inputs: [] });
}

function writeValues(writer: WireWriter, graph: GraphModel): void {
  for (const [name, tensor] of graph.initializers) {
    writer.message(GRAPH.initializer, () => writeTensor(writer, tensor, name));
  }
  for (const info of graph.inputs) writer.message(GRAPH.input, () => writeValueInfo(writer, info));
  for (const info of graph.outputs) writer.message(GRAPH.output, () => writeValueInfo(writer, info));
}

function writeNode(writer: WireWriter, node: NodeModel): void {
  for (const input of node.inputs) writer.string(NODE.input, input);
  for (const output of node.outputs) writer.string(NODE.output, output);
  if (node.name !== '') writer.string(NODE.name, node.name);
  writer.string(NODE.opType, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(NODE.attribute, () => writeAttribute(writer, name, value));
  }
  if (node.domain !== '') writer.string(NODE.domain, node.domain);
}

function writeAttribute(writer: WireWriter, name: string, attribute: AttributeValue): void {
  writer.string(ATTRIBUTE.name, name);
  writer.int(ATTRIBUTE.type, ATTRIBUTE_TYPE[attribute.kind]);
  switch (attribute.kind) {
    case 'float':
      writer.float(ATTRIBUTE.float, attribute.value);
      break;
    case 'int':
      writer.int(ATTRIBUTE.int, attribute.value);
      break;
    case 'string':
      writer.string(ATTRIBUTE.string, attribute.value);
      break;
    case 'tensor':
      writer.message(ATTRIBUTE.tensor, () => writeTensor(writer, attribute.value, ''));
      break;
    case 'graph':
      writer.message(ATTRIBUTE.graph, () => writeGraph(writer, attribute.value));
      break;
    case 'floats':
      writer.floats(ATTRIBUTE.floats, attribute.value);
      break;
    case 'ints':
      writer.ints(ATTRIBUTE.ints, attribute.value);
      break;
    case 'strings':
      for (const text of attribute.value) writer.string(ATTRIBUTE.strings, text);
  }
}

function writeTensor(writer: WireWriter, tensor: TensorData, name: string): void {
  checkTensor(tensor, name === '' ? 'a tensor attribute' : `tensor "${name}"`);
  writer.ints(TENSOR.dims, tensor.dims);
  writer.int(TENSOR.dataType, ELEMENT_LAYOUTS[tensor.type].code);
  if (name !== '') writer.string(TENSOR.name, name);
  const { data } = tensor;
  if (ArrayBuffer.isView(data)) {
    writer.bytes(TENSOR.rawData, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  } else {
    for (const text of data) writer.string(TENSOR.stringData, text);
  }
}

function writeValueInfo(writer: WireWriter, info: ValueInfo): void {
  writer.string(VALUE_INFO.name, info.name);
  if (info.untyped) return;
  writer.message(VALUE_INFO.type, () =>
    writer.message(TYPE.tensor, () => {
      writer.int(TENSOR_TYPE.elementType, ELEMENT_LAYOUTS[info.type].code);
      if (info.unknownRank) return;
      writer.message(TENSOR_TYPE.shape, () => {
        for (const size of info.shape) {
          writer.message(SHAPE.dimension, () => {
            if (typeof size === 'number') writer.int(DIMENSION.value, size);
            else if (size !== '') writer.string(DIMENSION.parameter, size);
          });
        }
      });
    }),
  );
}
