/** Cuts a graph off at values inside it: what is left computes these values and nothing else. */
import { invalidInput } from '../core/index.ts';
import type { GraphModel, NodeModel, OnnxModel, ValueInfo } from './types.ts';

/**
 * A model that ends at the named values, with the nodes, weights and inputs that they need.
 *
 * @param outputs values of the outermost graph; their types and shapes must be what the graph computes
 * @throws OnrampError `unknown_value` for a value that the graph does not compute
 * @example
 * const encoder = cutModel(decodeModel(bytes), [{ name: 'features', type: 'float32', shape: ['N', 12] }]);
 */
export function cutModel(model: OnnxModel, outputs: readonly ValueInfo[]): OnnxModel {
  const { nodes, inputs, initializers, ...graph } = model.graph;
  const needed = new Set(outputs.map(({ name }) => name));
  const kept: NodeModel[] = [];
  // Nodes come after what they use, so one pass from the end finds everything.
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.push(node);
    for (const name of usedBy(node)) needed.add(name);
  }
  const keptInputs = inputs.filter(({ name }) => needed.has(name));
  const weights = new Map([...initializers].filter(([name]) => needed.has(name)));
  const computed = new Set([...kept.flatMap((node) => node.outputs), ...weights.keys()]);
  for (const { name } of keptInputs) computed.add(name);
  const unknown = outputs.find(({ name }) => !computed.has(name));
  if (unknown) {
    throw invalidInput(`the graph has no value "${unknown.name}" to be cut at`, { code: 'unknown_value' });
  }
  return {
    ...model,
    graph: { ...graph, nodes: kept.reverse(), initializers: weights, inputs: keptInputs, outputs },
  };
}

/** Names a node reads, those its inner graphs take from outside among them. */
function usedBy(node: NodeModel): readonly string[] {
  const inner = Object.values(node.attributes).flatMap((attribute) =>
    attribute.kind === 'graph' ? takenFromOutside(attribute.value) : [],
  );
  return [...node.inputs, ...inner].filter((name) => name !== '');
}

function takenFromOutside({ nodes, inputs, initializers, outputs }: GraphModel): readonly string[] {
  const own = new Set([...inputs.map(({ name }) => name), ...initializers.keys()]);
  for (const node of nodes) for (const name of node.outputs) own.add(name);
  const used = [...nodes.flatMap(usedBy), ...outputs.map(({ name }) => name)];
  return used.filter((name) => !own.has(name));
}
