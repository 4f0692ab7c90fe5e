/** Adds to a model file without reading its weights, which are most of it. */
import { readEntry } from './decode.ts';
import { readValueInfo } from './decode-value-info.ts';
import { writeGraphEnd, writeMetadata } from './encode.ts';
import { refuse } from './refusal.ts';
import { ENTRY, GRAPH, MODEL, NODE } from './schema.ts';
import type { GraphModel, OnnxModel, ValueInfo } from './types.ts';
import { readOnce, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** What a file tells without its weights. */
export interface ModelOutline {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Operators of the outermost graph. */
  readonly operators: ReadonlySet<string>;
}

/** Room for what is added. */
const overheadBytes = 64 * 1024;

/**
 * The outline of a model; what it is made of is not checked.
 *
 * @throws OnrampError with a `RefusalCode` for bytes that are no ONNX file
 */
export function outlineModel(bytes: Uint8Array): ModelOutline {
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const operators = new Set<string>();
  const graph = new WireReader(graphOf(bytes));
  while (graph.next()) {
    if (graph.field === GRAPH.input) inputs.push(readValueInfo(graph.message(), false));
    else if (graph.field === GRAPH.output) outputs.push(readValueInfo(graph.message(), false));
    else if (graph.field === GRAPH.node) operators.add(operatorOf(graph.message()));
    else graph.skip();
  }
  return { inputs, outputs, operators };
}

/** A text of the metadata as UTF-8, copied, or null; nothing else of the file is looked at. */
export function readMetadata(bytes: Uint8Array, key: string): Uint8Array | null {
  const model = new WireReader(bytes);
  while (model.next()) {
    const value = model.field === MODEL.metadataProps ? valueUnder(key, model.message()) : null;
    if (value !== null) return value.slice();
    if (model.field !== MODEL.metadataProps) model.skip();
  }
  return null;
}

/** The value of an entry, if it has this key. */
function valueUnder(key: string, entry: WireReader): Uint8Array | null {
  let value: Uint8Array = new Uint8Array();
  let isWanted = false;
  while (entry.next()) {
    if (entry.field === ENTRY.key) isWanted = entry.string() === key;
    else if (entry.field === ENTRY.value) value = entry.bytes();
    else entry.skip();
  }
  return isWanted ? value : null;
}

/**
 * The file with nodes and weights added after its own, with other outputs, and with metadata of which none has the same
 * key any more.
 *
 * @param end nodes, weights and the outputs that replace those of the file; its inputs are values of the file
 * @throws OnrampError with a `RefusalCode` for bytes that are no ONNX file
 */
export function extendModel(
  bytes: Uint8Array,
  end: GraphModel,
  metadata: OnnxModel['metadata'],
): Uint8Array<ArrayBuffer> {
  const texts = Object.entries(metadata).reduce((sum, [key, text]) => sum + key.length + 3 * text.length, 0);
  const writer = new WireWriter(bytes.length + texts + overheadBytes);
  const isReplaced = ([key]: readonly [string, string]): boolean => Object.hasOwn(metadata, key);
  copyFields(bytes, writer, {
    [MODEL.graph]: (reader) => {
      const graph = reader.bytes();
      writer.message(MODEL.graph, () => {
        copyFields(graph, writer, { [GRAPH.output]: skipField });
        writeGraphEnd(writer, end);
      });
      return true;
    },
    [MODEL.metadataProps]: (reader) => isReplaced(readEntry(reader.message())),
  });
  writeMetadata(writer, metadata);
  return writer.finish();
}

/** Reads a field; true if it is not to be copied. */
type FieldRule = (reader: WireReader) => boolean;

const skipField: FieldRule = (reader) => {
  reader.skip();
  return true;
};

function copyFields(bytes: Uint8Array, writer: WireWriter, rules: Readonly<Record<number, FieldRule>>): void {
  const reader = new WireReader(bytes);
  let start = 0;
  while (reader.next()) {
    const rule = rules[reader.field];
    if (!rule) reader.skip();
    else if (rule(reader)) {
      start = reader.position;
      continue;
    }
    writer.append(bytes.subarray(start, reader.position));
    start = reader.position;
  }
}

function graphOf(bytes: Uint8Array): Uint8Array {
  let graph: Uint8Array | null = null;
  const model = new WireReader(bytes);
  while (model.next()) {
    if (model.field === MODEL.graph) graph = readOnce('graph', graph, () => model.bytes());
    else model.skip();
  }
  if (graph === null) throw refuse('not_onnx', 'not an ONNX file: it has no graph');
  return graph;
}

function operatorOf(node: WireReader): string {
  while (node.next()) {
    if (node.field === NODE.opType) return node.string();
    node.skip();
  }
  return '';
}
