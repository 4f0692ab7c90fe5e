/** Refuses model files that are unsafe, broken or unsupported before any native code sees them. */

import { checkLoops } from './check-loops.ts';
import { decodeModel } from './decode.ts';
import { describeForeignFile } from './foreign-files.ts';
import { DEFAULT_LIMITS, type ModelLimits } from './limits.ts';
import { refuse } from './refusal.ts';
import type { GraphModel, NodeModel, OnnxModel } from './types.ts';

/** Operators outside of these would need native code that we do not have, or should not run. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx.ml', 'com.microsoft']);

/** Names visible at a place in a graph: the graph's own, then those of the graphs around it. */
interface Names {
  readonly own: Set<string>;
  readonly outer: Names | null;
}

/**
 * Reads a `.onnx` file from outside and makes sure that it is whole and within what Onramp runs.
 *
 * The rules are those of the ONNX IR specification: every value has a name of its own, nodes come after what they
 * use, every operator's domain is imported. What an operator does with its inputs is left to onnxruntime.
 *
 * @param limits bounds that differ from `DEFAULT_LIMITS`
 * @throws OnrampError with a `RefusalCode`; the message says what is wrong and how to mend it
 */
export function checkModel(bytes: Uint8Array, limits: Partial<ModelLimits> = {}): OnnxModel {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const foreign = describeForeignFile(bytes);
  if (foreign !== null) throw refuse('not_onnx', `not an ONNX file: ${foreign}`);
  if (bytes.length > bounds.totalBytes) {
    throw refuse(
      'model_too_large',
      `the model has ${bytes.length} bytes; at most ${bounds.totalBytes} are taken`,
    );
  }
  const model = decodeModel(bytes, bounds);
  if (model.graph.outputs.length === 0) throw refuse('no_outputs', 'the model has no outputs');
  checkGraph(model.graph, null, model.opsets);
  checkLoops(model.graph, bounds.loopRounds);
  return model;
}

function checkGraph(graph: GraphModel, outer: Names | null, opsets: OnnxModel['opsets']): void {
  const names: Names = { own: new Set(), outer };
  for (const { name } of graph.inputs) declare(name, names.own, 'input');
  // A weight under an input's name is that input's default value; the reader has seen to it that weights differ.
  for (const name of graph.initializers.keys()) {
    if (!names.own.has(name)) declare(name, names.own, 'weight');
  }
  for (const node of graph.nodes) checkNode(node, names, opsets);
  const outputs = new Set<string>();
  for (const { name } of graph.outputs) {
    declare(name, outputs, 'output');
    if (!isVisible(name, names)) throw refuse('undefined_value', `no node computes the output "${name}"`);
  }
}

function checkNode(node: NodeModel, names: Names, opsets: OnnxModel['opsets']): void {
  const owner = `node ${node.opType}${node.name === '' ? '' : ` "${node.name}"`}`;
  checkDomain(node.domain, owner, opsets);
  for (const input of node.inputs) {
    if (input !== '' && !isVisible(input, names)) {
      throw refuse('undefined_value', `${owner} uses the value "${input}", which nothing before it computes`);
    }
  }
  for (const attribute of Object.values(node.attributes)) {
    if (attribute.kind === 'graph') checkGraph(attribute.value, names, opsets);
  }
  for (const output of node.outputs) {
    if (output === '') continue;
    if (isVisible(output, names)) {
      throw refuse('duplicate_name', `${owner} gives out "${output}", a name in use`);
    }
    names.own.add(output);
  }
}

function checkDomain(domain: string, owner: string, opsets: OnnxModel['opsets']): void {
  if (!KNOWN_DOMAINS.has(domain)) {
    throw refuse(
      'unknown_domain',
      `${owner} is of the domain "${domain}"; known are ai.onnx, ai.onnx.ml and com.microsoft`,
    );
  }
  if (!Object.hasOwn(opsets, domain)) {
    throw refuse('missing_opset', `${owner} needs an import of the operator set "${domain || 'ai.onnx'}"`);
  }
}

function declare(name: string, names: Set<string>, what: string): void {
  if (name === '') throw refuse('undefined_value', `a graph has a nameless ${what}`);
  if (names.has(name)) throw refuse('duplicate_name', `a graph uses the name "${name}" twice (${what})`);
  names.add(name);
}

function isVisible(name: string, names: Names): boolean {
  for (let scope: Names | null = names; scope !== null; scope = scope.outer) {
    if (scope.own.has(name)) return true;
  }
  return false;
}
